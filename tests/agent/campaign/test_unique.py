"""Likeness is found, measured exactly, and never invented."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.campaign.unique import MOST_OPENINGS, Guard, jaccard, shingles
from agent.copies import ArticleCopy, MomentsCopy, Section

TEXT = "图书馆没热水？撕一条，冷水 3 秒化开，晃三下就能喝。"


def ad(text: str) -> MomentsCopy:
    return MomentsCopy(text=text)


def test_a_changed_word_is_still_alike() -> None:
    guard = Guard(0.6)
    guard.add("d_1", ad(TEXT))
    clash = guard.clash("d_2", ad(TEXT.replace("晃三下", "摇三下")))
    assert clash is not None
    assert clash.id == "d_1"
    assert 0.6 <= clash.similarity < 1
    assert guard.clash("d_1", ad(TEXT)) is None, "a draft does not clash with itself"
    assert guard.clash("d_3", ad("合租阳台晾不开，无香洗衣液没有荧光增白剂。")) is None


def test_punctuation_and_spaces_do_not_make_a_difference() -> None:
    guard = Guard(0.9)
    guard.add("d_1", ad(TEXT))
    clash = guard.clash("d_2", ad(TEXT.replace("，", "。\n").replace(" ", "")))
    assert clash is not None
    assert clash.similarity == 1


def test_titles_and_openings() -> None:
    def article(n: int) -> ArticleCopy:
        body = "".join(chr(0x4E00 + (n * 97 + i * 13) % 5000) for i in range(200))
        return ArticleCopy(title="同一个题目", titles=(), digest="", sections=(Section("", body),), cta="")

    guard = Guard(0.7)
    guard.add("d_1", article(1))
    clash = guard.clash("d_2", article(2))
    assert clash is not None
    assert clash.kind == "title"
    for n in range(MOST_OPENINGS):
        guard.add(f"d_{n + 10}", ad("周一早上七点半的地铁" + chr(0x5000 + n) * 40))
    clash = guard.clash("d_99", ad("周一早上七点半的地铁口买咖啡的人排到了台阶上面去了呢"))
    assert clash is not None
    assert clash.kind == "opening"


@given(st.text(), st.text())
def test_the_measure(a: str, b: str) -> None:
    x, y = shingles(a), shingles(b)
    assert 0 <= jaccard(x, y) <= 1
    assert jaccard(x, y) == jaccard(y, x)
    assert jaccard(x, x) == 1


@given(st.lists(st.text(), max_size=4))
def test_any_text_can_be_kept(texts: list[str]) -> None:
    guard = Guard(0.7)
    for i, text in enumerate(texts):
        guard.add(f"d_{i}", ad(text))
        assert guard.clash(f"d_{i}", ad(text)) is None or i > 0


def test_the_past_counts_from_the_first_comparison_on() -> None:
    guard = Guard(0.7)
    guard.add_past([("d_past", TEXT), ("d_other", "合租阳台晾不开，无香洗衣液没有荧光增白剂。")])
    clash = guard.clash("d_new", ad(TEXT))
    assert clash is not None
    assert (clash.id, clash.similarity) == ("d_past", 1)
    guard.add_past([("d_more", "下课铃响了，和同桌分着吃一袋燕麦脆，酸奶也够两个人。")])
    clash = guard.clash("d_new", ad("下课铃响了，和同桌分着吃一袋燕麦脆，酸奶也够两个人。"))
    assert clash is not None
    assert clash.id == "d_more"
