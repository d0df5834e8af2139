"""Title lines: nothing lost, nothing torn that need not be, no punctuation at a line's start."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.channels.images.lines import NEVER_FIRST, NEVER_LAST, break_lines, pieces_of
from agent.channels.images.words import words_of


def width(text: str) -> float:
    """A Chinese character is 1 wide, a Latin letter .55."""
    return sum(0.55 if ord(c) < 256 else 1 for c in text)


TITLES = st.text(
    st.sampled_from("图书馆没热水冷三秒也能喝上咖啡的了一杯，。！？：“”《》（）、·… 0123456789abcXYZ%-."),
    min_size=1,
    max_size=60,
).filter(lambda text: bool(text.strip()))


@settings(max_examples=150, deadline=None)
@given(TITLES, st.integers(1, 5), st.integers(4, 30))
def test_lines_hold_the_title_and_keep_the_rules(title: str, count: int, room: int) -> None:
    pieces = pieces_of(title)
    assert "".join(pieces) == " ".join(title.split())
    broken = break_lines(title, room, count, width)
    if broken is None:
        return
    assert len(broken.lines) == count
    assert "".join("".join(broken.lines).split()) == "".join(title.split())
    for number, line in enumerate(broken.lines):
        assert line
        assert width(line) <= room
        assert number == 0 or line[0] not in NEVER_FIRST
        assert number == count - 1 or line[-1] not in NEVER_LAST


@pytest.mark.parametrize(
    ("title", "room", "count", "lines"),
    [
        ("图书馆没热水，冷水三秒也能喝上咖啡", 11, 2, ("图书馆没热水，", "冷水三秒也能喝上咖啡")),
        ("69 元 24 条，一杯不到 3 元", 12, 2, ("69 元 24 条，", "一杯不到 3 元")),
        ("凌晨四点半，卷帘门拉到一半：一支护手霜", 9, 3, ("凌晨四点半，", "卷帘门拉到一半：", "一支护手霜")),
        ("iPhone 17 用户的 USB-C 数据线怎么选？", 12, 2, ("iPhone 17 用户的", "USB-C 数据线怎么选？")),
        ("“苦得清醒点”：给第七版稿子的一杯", 10, 2, ("“苦得清醒点”：", "给第七版稿子的一杯")),
    ],
)
def test_titles_break_where_people_would(title: str, room: float, count: int, lines: tuple[str, ...]) -> None:
    broken = break_lines(title, room, count, width, words_of(title))
    assert broken is not None
    assert broken.lines == lines


def test_numbers_words_and_units_stay_together() -> None:
    assert "3 秒" in pieces_of("冷水 3 秒化开")
    assert "USB-C " in pieces_of("USB-C 线")
    assert "100%" in pieces_of("100%棉")
    assert break_lines("Supercalifragilistic", 5, 1, width) is None
    assert break_lines("好", 5, 2, width) is None


def test_named_words_are_not_torn() -> None:
    title = "给第七版稿子一杯冻干黑咖啡"
    assert "冻干黑咖啡" in words_of(title, ["冻干黑咖啡", "燕麦脆"])
    broken = break_lines(title, 8, 2, width, words_of(title, ["冻干黑咖啡"]))
    assert broken is not None
    assert broken.lines == ("给第七版稿子", "一杯冻干黑咖啡")
