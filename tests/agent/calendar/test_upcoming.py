"""What comes when: the shipped days, holidays as announced, a workspace's own days, offers."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.calendar.calendar_file import Calendar, of_workspace, shipped
from agent.calendar.days_off import days_off
from agent.calendar.find import find_event
from agent.calendar.upcoming import upcoming
from knowledge_base.errors import BadInputError, UnknownIdError
from knowledge_base.records import Coupon, Product, Promotion
from knowledge_base.workspace import Workspace


def names(first: date, days: int) -> dict[str, tuple[date, date]]:
    return {one.name: (one.start, one.end) for one in upcoming(shipped(), first, days).events}


def test_every_shipped_day_says_where_it_comes_from() -> None:
    calendar = shipped()
    assert {event.source for event in calendar.events} <= set(calendar.sources)
    assert {event.kind for event in calendar.events} <= set(calendar.lead)
    assert len({event.name for event in calendar.events}) == len(calendar.events)


def test_the_great_sales_of_a_year_are_there() -> None:
    year = names(date(2026, 1, 1), 365)
    assert {"三八大促", "618", "99 大促", "双11", "双12", "年货节"} <= set(year)
    assert year["双11"] == (date(2026, 11, 11), date(2026, 11, 11))
    assert year["年货节"] == (date(2026, 1, 18), date(2026, 2, 6))


def test_autumn_2026_as_announced() -> None:
    found = names(date(2026, 9, 18), 30)
    assert found["国庆节放假"] == (date(2026, 10, 1), date(2026, 10, 7))
    assert found["中秋放假"] == (date(2026, 9, 25), date(2026, 9, 27))
    working = [one for one in upcoming(shipped(), date(2026, 9, 18), 30).events if one.kind == "调休上班"]
    assert [one.start for one in working] == [date(2026, 9, 20), date(2026, 10, 10)]


def test_a_holiday_that_has_begun_is_still_shown_whole() -> None:
    off, _ = days_off(date(2026, 10, 5), date(2026, 10, 6))
    assert [(one.start, one.end) for one in off] == [(date(2026, 10, 1), date(2026, 10, 7))]


def test_a_year_nobody_has_announced_is_said_so() -> None:
    from chinese_calendar.constants import holidays

    unknown = max(day.year for day in holidays) + 1
    coming = upcoming(shipped(), date(unknown, 1, 1), 60)
    assert coming.unannounced == (unknown,)
    assert not [one for one in coming.events if one.kind in ("放假", "调休上班")]
    assert "春节" in {one.name for one in coming.events}
    assert upcoming(shipped(), date(2026, 3, 1), 60).unannounced == ()


@settings(max_examples=40, deadline=None)
@given(start=st.dates(date(2020, 1, 1), date(2040, 1, 1)), days=st.integers(1, 100))
def test_two_windows_show_what_one_shows(start: date, days: int) -> None:
    """Nothing is lost or doubled at the edges: single days of two adjoining windows are those of the whole."""
    calendar = shipped()

    def single(first: date, count: int) -> list[tuple[str, date]]:
        return [(one.name, one.start) for one in upcoming(calendar, first, count).events if one.start == one.end]

    assert single(start, 2 * days) == single(start, days) + single(start + timedelta(days), days)


@settings(max_examples=40, deadline=None)
@given(start=st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_every_event_touches_the_window_and_begins_by_its_lead(start: date) -> None:
    for one in upcoming(shipped(), start, 20).events:
        assert one.start <= start + timedelta(19)
        assert one.end >= start
        assert one.begin == one.start - timedelta(one.lead)
        assert one.before is None or 330 <= (one.start - one.before).days <= 400


def test_offers_begin_and_end() -> None:
    offer = Promotion(name="早饭周", text="任选 2 盒 82 元", start=date(2026, 11, 20), end=date(2026, 11, 29))
    product = Product(id="p", name="燕麦脆", promotions=(offer, Promotion(name="常年", text="包邮")))
    coupon = Coupon(id="c", name="减八块", code="X8", end=date(2026, 11, 25), products=("p",))
    found = upcoming(shipped(), date(2026, 11, 21), 10, products=[product], coupons=[coupon])
    offers = [(one.start, one.name) for one in found.events if one.kind == "优惠"]
    assert offers == [
        (date(2026, 11, 25), "优惠券「减八块」最后一天"),
        (date(2026, 11, 29), "燕麦脆「早饭周」最后一天"),
    ]


@pytest.mark.parametrize(
    ("wanted", "name", "start"),
    [
        ("白露", "白露", date(2027, 9, 8)),
        ("小雪", "小雪", date(2026, 11, 22)),
        ("双十二", "双12", date(2026, 12, 12)),
        ("中秋", "中秋节", date(2027, 9, 15)),
        ("三八", "三八大促", date(2027, 3, 8)),
        ("99", "99 大促", date(2027, 9, 9)),
    ],
    ids=lambda value: str(value),
)
def test_an_event_is_found_as_people_call_it(wanted: str, name: str, start: date) -> None:
    event = find_event(shipped(), wanted, date(2026, 11, 22))
    assert (event.name, event.start) == (name, start)


def test_an_unknown_event_names_the_nearest() -> None:
    with pytest.raises(UnknownIdError) as caught:
        find_event(shipped(), "大学", date(2026, 11, 22))
    assert "大雪" in caught.value.hint


OWN = """\
lead: {品牌日: 20}
events:
  - {name: 店庆, solar: 05-06}
  - {name: 会员日, monthly: 18, lead: 5}
  - {name: 双12, kind: 大促, dates: [2026-12-10], days: 3, note: 我们提前两天}
"""


def test_a_workspace_adds_its_days_and_replaces_ours(tmp_path: Path) -> None:
    (tmp_path / "calendar.yaml").write_text(OWN, encoding="utf-8")
    calendar = of_workspace(Workspace(tmp_path))
    found = {one.name: one for one in upcoming(calendar, date(2026, 11, 22), 200).events}
    assert found["店庆"].begin == date(2027, 4, 16)
    assert (found["双12"].start, found["双12"].end) == (date(2026, 12, 10), date(2026, 12, 12))
    members = [one for one in upcoming(calendar, date(2026, 11, 22), 60).events if one.name == "会员日"]
    assert [(one.start, one.lead) for one in members] == [(date(2026, 12, 18), 5), (date(2027, 1, 18), 5)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("events:\n  - {name: 店庆}\n", 2, "只写一种"),
        ("events:\n  - {name: 店庆, solar: 5月6日}\n", 2, "月-日"),
        ("events:\n  - name: 店庆\n    term: 大学\n", 3, "没有节气"),
        ("events:\n  - name: 店庆\n    solr: 05-06\n", 3, "没有这个字段"),
        ("events:\n  - name: 店庆\n    nth: [5, 礼拜天, 2]\n", 3, "周日"),
    ],
    ids=["no day", "wrong day", "unknown term", "misspelt", "weekday"],
)
def test_mistakes_name_their_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    (tmp_path / "calendar.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=words) as caught:
        of_workspace(Workspace(tmp_path))
    assert caught.value.row == line


def test_days_of_other_brands_stay_out() -> None:
    calendar = Calendar.model_validate({"events": [{"name": "店庆", "solar": "12-01", "brand": "b-1"}]})
    assert upcoming(calendar, date(2026, 11, 22), 30, brand="b-2").events == ()
    assert len(upcoming(calendar, date(2026, 11, 22), 30, brand="b-1").events) == 1
