"""Any text gives an answer, spans index the original, and disguises come down to the words they hide."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.checks.compliance import examine
from agent.checks.compliance.fold import fold
from agent.checks.compliance.sound import restore
from knowledge_base.rules.law import load_rules

BOOK = load_rules()
CLAIM = "全国销量第一"
STREWN = st.text(alphabet=" ·•*~_|\u200b\u200d\ufe0f\u3000🔥✨", min_size=1, max_size=3)
PIECES = st.sampled_from(
    (
        "最",
        "第1",
        "全国",
        "zui",
        "hao",
        "№",
        "①",
        "㎏",
        "國",
        "\u0301",
        "\u200b",
        "\r\n",
        "\ud800",
        "ﷺ",
        "<",
        "（好）",
        "🔥",
        "癌",
        "治",
    )
)
ANY_TEXT = st.one_of(st.text(alphabet=st.characters(), max_size=60), st.lists(PIECES, max_size=30).map("".join))


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT)
def test_any_text_gives_an_answer_whose_spans_index_it(text: str) -> None:
    for finding in examine(text, "ad", book=BOOK):
        assert 0 <= finding.start < finding.end <= len(text)
        assert text[finding.start : finding.end] == finding.text


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT)
def test_every_skeleton_character_knows_where_it_comes_from(text: str) -> None:
    for folded in (fold(text), restore(fold(text), BOOK)):
        assert len(folded.text) == len(folded.starts) == len(folded.ends)
        assert all(0 <= s < e <= len(text) for s, e in zip(folded.starts, folded.ends, strict=True))
        assert list(folded.starts) == sorted(folded.starts)


@settings(max_examples=60, deadline=None)
@given(st.lists(STREWN, min_size=len(CLAIM) - 1, max_size=len(CLAIM) - 1))
def test_symbols_strewn_into_a_claim_do_not_hide_it(strewn: list[str]) -> None:
    text = "".join(c + s for c, s in zip(CLAIM, [*strewn, ""], strict=True))
    assert any(f.severity == "block" for f in examine(text, "ad", book=BOOK))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("國家級", "国家级"),
        ("最 佳", "最佳"),
        ("最·好", "最好"),
        ("蕞好", "最好"),
        ("第①", "第一"),
        ("第 1 名", "第一名"),
        ("ＮＯ．１", "no.1"),
        ("№1", "no1"),
        ("zui好", "最好"),
        ("zuì好", "最好"),
        ("国佳级", "国家级"),
        ("顶（级）", "顶级"),
        ("氵台疗", "治疗"),
        ("top 1", "top 1"),
        ("嘴好吃", "嘴好吃"),
        ("喝醉了", "喝醉了"),
    ],
)
def test_spellings_fold(text: str, plain: str) -> None:
    assert restore(fold(text), BOOK).text == plain


def test_a_span_covers_the_whole_disguise() -> None:
    text = "这款 zui·好 的锅"
    (finding,) = (f for f in examine(text, "ad", book=BOOK) if f.severity == "block")
    assert finding.text.startswith("zui")
    assert "即“最好" in finding.message


def test_without_the_ear_for_pinyin_it_is_not_heard() -> None:
    assert not examine("zui好的锅", "ad", book=BOOK, sound=False)


@pytest.mark.parametrize(
    "text", ["最" * 5000, "第一" * 3000, "治" * 4000, "全国" * 3000, "(" * 5000, "zui" * 2000, "·最" * 3000]
)
def test_hostile_repetition_is_answered(text: str) -> None:
    examine(text, "ad", book=BOOK)
