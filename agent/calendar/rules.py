"""When a day falls: solar terms, lunar days, fixed days, n-th weekdays, each as the dates of one solar year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
FIRST_YEAR, LAST_YEAR = 1901, 2099
"""What the lunar library is trusted for."""
TERMS = (
    "小寒", "大寒", "立春", "雨水", "惊蛰", "春分", "清明", "谷雨", "立夏", "小满", "芒种", "夏至",
    "小暑", "大暑", "立秋", "处暑", "白露", "秋分", "寒露", "霜降", "立冬", "小雪", "大雪", "冬至",
)  # fmt: skip
"""In the order of the solar year."""
_NEIGHBOURS = {
    "DA_XUE": "大雪", "DONG_ZHI": "冬至", "XIAO_HAN": "小寒", "DA_HAN": "大寒", "LI_CHUN": "立春",
    "YU_SHUI": "雨水", "JING_ZHE": "惊蛰",
}  # fmt: skip
LONGEST_MONTH = 30
YEARS_KEPT = 64
"""Lunar years held at once: each takes the library some 20 ms, and a window of a year asks for four."""


@lru_cache(maxsize=YEARS_KEPT)
def solar_terms(year: int) -> Mapping[str, date]:
    """The 24 terms of a solar year, in order. The sun passes them in Beijing time."""
    from lunar_python import Lunar

    # The library keeps terms by lunar year, the neighbours' under other names: each date goes by its own year.
    names = (_NEIGHBOURS.get(name, name) for name in Lunar.JIE_QI_IN_USE)
    days = (_day(julian) for julian in _lunar_year(year).getJieQiJulianDays())
    found = {name: day for name, day in zip(names, days, strict=True) if day.year == year}
    return {name: found[name] for name in TERMS}


def lunar_days(year: int, month: int, day: int) -> tuple[date, ...]:
    """Where a day of the lunar calendar falls within a solar year: once, seldom twice or never.

    A lunar month without that day (a 30th in a short month) takes its last.
    """
    found = []
    for lunar_year in (year - 1, year):
        months = _months(lunar_year)
        if month not in months or not 1 <= day <= LONGEST_MONTH:
            raise ValueError(f"农历没有 {month} 月 {day} 日")
        first, days = months[month]
        found.append(first + timedelta(min(day, days) - 1))
    return tuple(one for one in found if one.year == year)


@lru_cache(maxsize=YEARS_KEPT)
def _months(lunar_year: int) -> Mapping[int, tuple[date, int]]:
    """(first day, days) of the twelve months; leap months stay out, nobody keeps a feast in them."""
    return {
        month.getMonth(): (_day(month.getFirstJulianDay()), month.getDayCount())
        for month in _lunar_year(lunar_year).getMonthsInYear()
        if not month.isLeap()
    }


@lru_cache(maxsize=YEARS_KEPT)
def _lunar_year(year: int) -> Any:
    """The library itself keeps one year only, and works it out anew at every change."""
    from lunar_python import LunarYear

    return LunarYear(year)


def nth_weekday(year: int, month: int, weekday: str, nth: int) -> date:
    """The `nth` (from 1) 周日 and so on of a month. Raises ValueError when the month has fewer."""
    first = date(year, month, 1)
    wanted = first + timedelta((WEEKDAYS.index(weekday) - first.weekday()) % 7 + 7 * (nth - 1))
    if wanted.month != month:
        raise ValueError(f"{month} 月没有第 {nth} 个{weekday}")
    return wanted


def yearly(year: int, month: int, day: int) -> Iterator[date]:
    """The day of that year; a 29 February only in leap years."""
    try:
        yield date(year, month, day)
    except ValueError:
        return


def _day(julian: float) -> date:
    from lunar_python import Solar

    solar = Solar.fromJulianDay(julian)
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
