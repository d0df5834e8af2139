"""Cells as people write them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.ingest import coerce
from knowledge_base.ingest.coerce import CellError

NOV = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("69", "69"),
        ("¥69.00", "69"),
        ("￥ 69", "69"),
        ("69元", "69"),
        ("69 元/盒", "69"),
        ("1,299.00", "1299"),
        ("１２９．５", "129.5"),
        ("人民币 88 元", "88"),
        ("1.2万", "12000"),
        ("RMB 12.50", "12.5"),
        (69.9, "69.9"),
        (Decimal("0.10"), "0.1"),
        (0, "0"),
    ],
    ids=str,
)
def test_money(cell: Any, yuan: str) -> None:
    assert coerce.money(cell) == Decimal(yuan)


@pytest.mark.parametrize("cell", ["", "-", "—", "无", "暂无", "N/A", "null"], ids=str)
def test_marks_for_nothing_are_nothing(cell: str) -> None:
    assert coerce.money(cell) is None
    assert coerce.day(cell) is None
    assert coerce.whole(cell) is None
    assert coerce.flag(cell) is None
    assert coerce.items(cell) == []


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("69-99", "价格区间"),
        ("69~99元", "价格区间"),
        ("$12", "外币"),
        ("面议", "不是金额"),
        ("12,34", "不是金额"),
        ("69起", "不是金额"),
    ],
    ids=str,
)
def test_money_that_could_mean_two_things_is_refused(cell: str, told: str) -> None:
    with pytest.raises(CellError, match=told):
        coerce.money(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-01",
        "2026/11/1",
        "2026.11.1",
        "2026年11月1日",
        "２０２６年１１月０１日",
        "20261101",
        "2026-11-01 08:30:00",
        "2026-11-01T08:30:00+08:00",
        "46327",
        NOV,
        datetime(2026, 11, 1, 8),  # noqa: DTZ001
    ],
    ids=str,
)
def test_days(cell: Any) -> None:
    assert coerce.day(cell) == NOV


@pytest.mark.parametrize("cell", ["11/1/2026", "1.11", "2026-13-01", "2026-02-30", "下周", "69", "26-11-01"], ids=str)
def test_days_that_are_none_or_ambiguous_are_refused(cell: str) -> None:
    with pytest.raises(CellError):
        coerce.day(cell)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_any_day_in_any_spelling(when: date) -> None:
    serial = str((when - coerce.EXCEL_EPOCH).days)
    spellings = (
        f"{when.year}/{when.month}/{when.day}",
        f"{when.year}年{when.month}月{when.day}日",
        f"{when:%Y%m%d}",
        serial,
    )
    assert {coerce.day(one) for one in spellings} == {when}


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-01 至 2026-11-11",
        "2026/11/1到2026/11/11",
        "2026.11.01-2026.11.11",
        "2026年11月1日—2026年11月11日",
        "2026-11-01 00:00:00-2026-11-11 23:59:59",
        "2026-11-01 00:00:00 ~ 2026-11-11 23:59:59",
    ],
)
def test_periods(cell: str) -> None:
    assert coerce.period(cell) == (NOV, date(2026, 11, 11))


def test_periods_without_a_start_or_an_end() -> None:
    assert coerce.period("2026-11-11") == (None, date(2026, 11, 11))
    assert coerce.period("长期有效") == (None, None)


@pytest.mark.parametrize(
    ("cell", "short", "items"),
    [
        ("冷水即溶；0 蔗糖；便携", False, ["冷水即溶", "0 蔗糖", "便携"]),
        ("冷水泡20分钟出味;3克一包,一共15包", False, ["冷水泡20分钟出味", "3克一包,一共15包"]),
        ("一行\n二行\r\n\n三行；还是三行", False, ["一行", "二行", "三行；还是三行"]),
        ("甲|乙｜丙", False, ["甲", "乙", "丙"]),
        ("- 甲\n• 乙\n3. 丙", False, ["甲", "乙", "3. 丙"]),
        ("1. 甲\n2. 乙", False, ["甲", "乙"]),
        ("1、冷水即溶 2、配料干净 3、便携", False, ["冷水即溶", "配料干净", "便携"]),
        ("①甲②乙", False, ["甲", "乙"]),
        ("1.5 升大容量，2.0 版", False, ["1.5 升大容量，2.0 版"]),
        ("撕开，冷水晃三下，就能喝", False, ["撕开，冷水晃三下，就能喝"]),
        ("早餐、午后、加班都能喝", False, ["早餐、午后、加班都能喝"]),
        ("水、甘油、角鲨烷", True, ["水", "甘油", "角鲨烷"]),
        ("乌龙茶,桂花", True, ["乌龙茶", "桂花"]),
        ("植物油（大豆油、菜籽油）、盐", True, ["植物油（大豆油、菜籽油）", "盐"]),
        ("p1,p2，101,102", True, ["p1", "p2", "101", "102"]),
        ("1,2-己二醇、水", True, ["1,2-己二醇", "水"]),
        ("本品不含香精，也不含酒精。请放心。", True, ["本品不含香精，也不含酒精。请放心。"]),
        ('["a；b", "c"]', False, ["a；b", "c"]),
        ("[限量] 甲；乙", False, ["[限量] 甲", "乙"]),
        (["甲；乙", " ", "丙"], False, ["甲；乙", "丙"]),
    ],
    ids=str,
)
def test_lists_in_a_cell(cell: Any, short: bool, items: list[str]) -> None:
    assert coerce.items(cell, short=short) == items


@given(st.text(), st.booleans())
def test_splitting_loses_no_visible_character(cell: str, short: bool) -> None:
    kept = "".join("".join(coerce.items(cell, short=short)).split())
    marks = set('；;|｜、，,-*•·●◆■▪.)（）()[]"\\0123456789①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳')
    shown = "".join(coerce.printable(cell).split())
    if not coerce.is_blank(coerce.printable(cell)) and not cell.strip().startswith("["):
        assert [c for c in shown if c not in marks] == [c for c in kept if c not in marks]


@given(st.text(st.sampled_from("aB，。；、\n 1.①|（）"), max_size=40))
def test_splitting_again_what_was_split_at_line_breaks_changes_nothing(cell: str) -> None:
    once = coerce.items(cell)
    if len(once) > 1:
        assert all("\n" not in item for item in once)


def test_cursor_and_direction_tricks_are_taken_out() -> None:
    assert coerce.printable(" a\x1b[31mb\u202ec\x00\r\nd ") == "a[31mbc\nd"


@pytest.mark.parametrize(("text", "yes"), [("6.90E+12", True), ("6.9e+12", True), ("2E10", False), ("A-1", False)])
def test_ids_that_excel_has_rounded(text: str, yes: bool) -> None:
    assert coerce.scientific(text) is yes


@given(st.text())
def test_any_text_is_read_or_explained(cell: str) -> None:
    for read in (coerce.money, coerce.day, coerce.period, coerce.whole, coerce.flag):
        try:
            read(cell)
        except CellError as error:
            assert str(error)  # noqa: PT017
