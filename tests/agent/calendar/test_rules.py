"""Days by rule, against an independent formula for the sun and days everybody knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from math import radians, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.calendar.rules import TERMS, lunar_days, nth_weekday, solar_terms, yearly

BEIJING = timezone(timedelta(hours=8))


def sun_longitude(at: datetime) -> float:
    """Apparent longitude of the sun in degrees, to 0.01 (the low-precision series of the Astronomical Almanac)."""
    days = (at - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86_400
    anomaly = radians((357.528 + 0.9856003 * days) % 360)
    return (280.460 + 0.9856474 * days + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly)) % 360


@settings(max_examples=60, deadline=None)
@given(year=st.integers(1950, 2050), number=st.integers(0, 23))
def test_the_sun_passes_each_term_on_its_day(year: int, number: int) -> None:
    day = solar_terms(year)[TERMS[number]]
    wanted = (285 + 15 * number) % 360

    def ahead(at: datetime) -> float:
        """Degrees past the term; negative before it."""
        return (sun_longitude(at) - wanted + 180) % 360 - 180

    midnight = datetime.combine(day, time(), BEIJING)
    # 0.02 degrees are half an hour of the sun's way: terms near midnight may fall on either side of this formula.
    assert ahead(midnight) < 0.02
    assert ahead(midnight + timedelta(1)) > -0.02


def test_terms_are_a_fortnight_apart_and_stay_in_their_year() -> None:
    for year in (2026, 2027, 2028):
        days = list(solar_terms(year).values())
        assert all(13 <= (b - a).days <= 17 for a, b in pairwise(days))
        assert {day.year for day in days} == {year}


@pytest.mark.parametrize(
    ("year", "month", "day", "found"),
    [
        pytest.param(2026, 1, 1, [date(2026, 2, 17)], id="new year 2026"),
        pytest.param(2027, 1, 1, [date(2027, 2, 6)], id="new year 2027"),
        pytest.param(2026, 8, 15, [date(2026, 9, 25)], id="mid-autumn 2026"),
        pytest.param(2025, 8, 15, [date(2025, 10, 6)], id="mid-autumn after a leap sixth month"),
        pytest.param(2026, 5, 5, [date(2026, 6, 19)], id="dragon boat 2026"),
        pytest.param(2026, 12, 8, [date(2026, 1, 26)], id="the twelfth month lies in the next solar year"),
        pytest.param(2025, 12, 30, [date(2025, 1, 28)], id="a short month ends on its 29th"),
    ],
)
def test_lunar_days(year: int, month: int, day: int, found: list[date]) -> None:
    assert list(lunar_days(year, month, day)) == found


def test_a_lunar_month_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="农历没有 13 月"):
        lunar_days(2026, 13, 1)


def test_weekdays_and_leap_days() -> None:
    assert nth_weekday(2026, 5, "周日", 2) == date(2026, 5, 10)
    assert nth_weekday(2026, 6, "周日", 3) == date(2026, 6, 21)
    assert list(yearly(2026, 2, 29)) == []
    assert list(yearly(2028, 2, 29)) == [date(2028, 2, 29)]
