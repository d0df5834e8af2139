"""Character metrics: identical is 1, one changed character costs little, foldings hold, time stays linear."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals import text_metrics as tm

TWENTY = "图书馆的热水还没烧开撕一条进水瓶冷水三秒"
PAIRED: dict[str, Callable[[str, str], float]] = {
    "rouge_l": tm.rouge_l, "chrf": tm.chrf, "bleu": lambda a, b: tm.bleu(a, [b]), "jaccard": tm.jaccard,
}  # fmt: skip
TEXT = st.text(st.sampled_from("冷水三秒化开ABCabc０1 ３，。！😀繁體\ud800\u0301\n"), max_size=40)


@pytest.mark.parametrize("metric", PAIRED)
@pytest.mark.parametrize("text", [TWENTY, "水", "", "🌧🌧", "a\ud800b", "冷水 3 秒，化开。"])
def test_identical_is_one(metric: str, text: str) -> None:
    assert PAIRED[metric](text, text) == 1.0


@pytest.mark.parametrize("metric", ["rouge_l", "chrf", "bleu"])
@pytest.mark.parametrize("at", range(20))
def test_one_changed_character_of_twenty_costs_little(metric: str, at: int) -> None:
    changed = TWENTY[:at] + "鑫" + TWENTY[at + 1 :]
    assert 0.85 <= PAIRED[metric](TWENTY, changed) < 1.0


@pytest.mark.parametrize("metric", PAIRED)
def test_nothing_in_common_is_zero(metric: str) -> None:
    assert PAIRED[metric]("冷水化开", "茶几绊脚") < 0.02


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＢＣ３秒", "abc3秒"),
        ("繁體字後來著", "繁体字后来著"),
        ("冷水 3 秒　化开", "冷水3秒化开"),
        ("①", "1"),
        ("你好!", "你好！"),
        ("e\u0301", "é"),
    ],
    ids=["width", "traditional", "blanks", "circled", "marks", "combining"],
)
def test_foldings(one: str, other: str) -> None:
    assert tm.fold(one) == tm.fold(other)
    assert tm.rouge_l(one, other) == tm.bleu(one, [other]) == 1.0


def test_rouge_l_is_the_hand_computed_value() -> None:
    # 甲乙丙丁 and 甲丙戊: the longest common subsequence is 甲丙; F1 = 2 * 2 / (4 + 3).
    assert tm.rouge_l("甲乙丙丁", "甲丙戊") == pytest.approx(4 / 7)


def test_jaccard_is_the_hand_computed_value() -> None:
    assert tm.jaccard("甲乙丙", "甲乙丁") == pytest.approx(1 / 3)


def test_chrf_and_bleu_agree_with_the_library() -> None:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    one, other = "撕一条进水瓶冷水三秒化开", "撕一条进杯子冷水五秒化开"
    assert tm.chrf(one, other) == pytest.approx(CHRF(char_order=tm.CHRF_ORDER).sentence_score(one, [other]).score / 100)
    expected = BLEU(tokenize="char", effective_order=True).sentence_score(one, [other]).score / 100
    assert tm.bleu(one, [other]) == pytest.approx(expected)


@given(TEXT, TEXT)
@settings(max_examples=150, deadline=None)
def test_paired_metrics_stay_in_range_and_symmetric_where_promised(a: str, b: str) -> None:
    for metric in PAIRED.values():
        assert 0.0 <= metric(a, b) <= 1.0
    assert tm.rouge_l(a, b) == tm.rouge_l(b, a)
    assert tm.jaccard(a, b) == tm.jaccard(b, a)


@given(st.text(max_size=60), st.integers(0, 40), st.integers(1, 20))
@settings(max_examples=200, deadline=None)
def test_locate_points_into_the_original(text: str, start: int, size: int) -> None:
    wanted = text[start : start + size]
    span = tm.locate(text, wanted)
    if tm.letters(wanted) == "":
        assert span is None or tm.letters(text[slice(*span)])
    if span is not None:
        assert 0 <= span[0] < span[1] <= len(text)
        assert wanted.translate(tm._LETTERS) in text[slice(*span)].translate(tm._LETTERS)


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("只要３ 秒，化开。", "3秒化开", "３ 秒，化开"),
        ("純黑咖啡", "纯黑", "純黑"),
        ("没有", "有没", None),
        ("abc", "！", None),
        ("", "水", None),
    ],
)
def test_locate(text: str, wanted: str, found: str | None) -> None:
    span = tm.locate(text, wanted)
    assert (text[slice(*span)] if span else None) == found


@given(TEXT)
@settings(deadline=None)
def test_sentences_are_trimmed_spans_without_end_marks(text: str) -> None:
    for start, end in tm.sentences(text):
        part = text[start:end]
        assert part == part.strip() != ""
        assert not set(part) & set("。！？\n")


def test_self_bleu_tells_copies_from_others() -> None:
    same, other = "图书馆没热水，撕一条，冷水三秒化开", "收摊洗完笼布，手是紧的，抹一下"
    assert tm.self_bleu([same, same, other])[:2] == (1.0, 1.0)
    assert tm.self_bleu([same, other])[0] < 0.1
    assert tm.self_bleu([same]) == (0.0,)
    assert tm.self_bleu([]) == ()


def test_repeated_openings_ignore_marks() -> None:
    assert tm.opening("“图书馆没热水”") == tm.opening("图书馆，没热水？")[: tm.OPENING]


def test_cosine() -> None:
    assert tm.cosine([1, 0], [2, 0]) == 1.0
    assert tm.cosine([1, 0], [0, 1]) == 0.0
    assert tm.cosine([0, 0], [1, 1]) == 0.0


@pytest.mark.parametrize(
    "unit", ["图书馆的热水还没烧开。", "😀", "\ud800", " ", "\u0301\u0327", "\u093c\u094d", "a"],
    ids=["copy", "emoji", "surrogate", "blanks", "marks", "signs", "letters"],
)  # fmt: skip
def test_a_megabyte_comes_to_an_end(unit: str) -> None:
    """Canonical ordering of a million combining marks would take an hour; growth is printed by bench/scorers.py."""
    text = unit * (1_000_000 // len(unit.encode("utf-8", "surrogatepass")))
    assert len(tm.fold(text)) <= 1_000_000
    assert len(tm.sentences(text)) <= 1_000_000
    assert tm.ngrams(text, 2) is not None
    assert 0 <= tm.rouge_l(text, TWENTY) < 0.01
    assert 0 <= tm.bleu(text, [TWENTY]) < 0.01
