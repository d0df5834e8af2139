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


@lru_cache(maxsize=16)
def solar_terms(year: int) -> Mapping[str, date]:
    """The 24 terms of a solar year, in order. The sun passes them in Beijing time."""
    from lunar_python import Solar

    # The library keeps terms by lunar year, the neighbours' under other names: each date goes by its own year.
    table: dict[str, Any] = Solar.fromYmd(year, 7, 1).getLunar().getJieQiTable()
    found = {_NEIGHBOURS.get(name, name): _day(solar) for name, solar in table.items() if solar.getYear() == year}
    return {name: found[name] for name in TERMS}


def lunar_days(year: int, month: int, day: int) -> tuple[date, ...]:
    """Where a day of the lunar calendar falls within a solar year: once, seldom twice or never.

    A lunar month without that day (a 30th in a short month) takes its last.
    """
    from lunar_python import Lunar

    found = []
    for lunar_year in (year - 1, year):
        try:
            solar = Lunar.fromYmd(lunar_year, month, day).getSolar()
        except Exception as error:  # the library raises bare Exception for a day that this month has not
            if day != 30:
                raise ValueError(f"农历没有 {month} 月 {day} 日") from error
            solar = Lunar.fromYmd(lunar_year, month, 29).getSolar()
        if solar.getYear() == year:
            found.append(_day(solar))
    return tuple(found)


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


def _day(solar: Any) -> date:
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
