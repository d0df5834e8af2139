"""Public holidays and the working weekends that pay for them, as far as the State Council has announced them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MOST_DAYS = 12
"""Longer than any holiday; ends the search for its edges."""


@dataclass(frozen=True, slots=True)
class DaysOff:
    """One holiday with its make-up days, or one working weekend day."""

    name: str
    start: date
    end: date
    works: bool
    """True for a weekend day on which people work."""


def days_off(first: date, last: date) -> tuple[tuple[DaysOff, ...], tuple[int, ...]]:
    """(what touches [first, last] in order, years nobody has announced yet as far as this program knows)."""
    from chinese_calendar import get_holiday_detail
    from chinese_calendar.constants import Holiday, holidays, workdays

    announced = {day.year for day in holidays}
    years = range(first.year, last.year + 1)
    chinese = {one.value: one.chinese for one in Holiday}

    def name_of(day: date) -> str:
        """The holiday this day is off for; empty for working days and plain weekends."""
        if day.year not in announced:
            return ""
        off, name = get_holiday_detail(day)
        return chinese.get(name, name or "") if off else ""

    def periods() -> Iterator[DaysOff]:
        day = first - timedelta(_MOST_DAYS)
        while day <= last:
            name, start = name_of(day), day
            if not name:
                day += timedelta(1)
                continue
            while name_of(day + timedelta(1)) == name:
                day += timedelta(1)
            if day >= first:
                yield DaysOff(name, start, day, works=False)
            day += timedelta(1)

    worked = [
        DaysOff(chinese.get(name, name), day, day, works=True) for day, name in workdays.items() if first <= day <= last
    ]
    found = sorted([*periods(), *worked], key=lambda one: (one.start, one.works))
    return tuple(found), tuple(year for year in years if year not in announced)
