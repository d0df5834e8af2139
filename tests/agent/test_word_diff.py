"""Diffs lose nothing and read like a person marked them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.word_diff import abridged, as_plain, as_rich, word_diff


@given(st.text(), st.text())
def test_both_texts_can_be_read_back(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert "".join(p.text for p in pieces if p.change != "ins") == old
    assert "".join(p.text for p in pieces if p.change != "del") == new
    assert all(p.text for p in pieces)


@given(st.text())
def test_equal_texts_have_no_changes(text: str) -> None:
    assert all(p.change == "same" for p in word_diff(text, text))


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("一盒 69 元", "一盒 59 元", "一盒 [-69-]{+59+} 元"),
        ("冷水 3 秒化开，不结块。", "冷水 3 秒化开。", "冷水 3 秒化开[-，不结块-]。"),
        ("try it now", "try this now", "try [-it-]{+this+} now"),
        ("", "新的", "{+新的+}"),
        ("旧的", "", "[-旧的-]"),
        ("她手里有半瓶凉水", "我包里带着一条咖啡", "[-她手里有半瓶凉水-]{+我包里带着一条咖啡+}"),
    ],
    ids=["number", "clause", "english", "all new", "all gone", "chance matches are no islands"],
)
def test_what_is_shown(old: str, new: str, shown: str) -> None:
    assert as_plain(word_diff(old, new)) == shown


def test_user_text_is_no_markup() -> None:
    pieces = word_diff("[red]甲[/red]\\", "[red]乙[/red]\\")
    assert as_rich(pieces).plain == "[red]甲乙[/red]\\"


def test_long_common_runs_are_shortened() -> None:
    old, new = "甲" * 100 + "旧" + "乙" * 10, "甲" * 100 + "新" + "乙" * 10
    assert as_plain(abridged(word_diff(old, new), 3)) == "甲甲甲……甲甲甲[-旧-]{+新+}乙乙乙……乙乙乙"
