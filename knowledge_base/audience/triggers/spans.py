"""Durations, and the shop's clock with its quiet hours. Times are whole microseconds since 1970, UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from knowledge_base.audience.clock import fixed_offset, zone

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
_UNITS = {
    "s": SECOND, "秒": SECOND,
    "m": MINUTE, "min": MINUTE, "分": MINUTE, "分钟": MINUTE,
    "h": HOUR, "小时": HOUR, "时": HOUR,
    "d": DAY, "天": DAY, "日": DAY,
    "w": 7 * DAY, "周": 7 * DAY,
}  # fmt: skip
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+|[\u4e00-\u9fff]+)\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - stands for wall clocks, which have no zone


def duration(text: str) -> int:
    """`2h`, `30 天`, `90m` as microseconds. Raises ValueError with the reason in Chinese."""
    match = _DURATION.match(text.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"时长「{text}」看不懂，写成 30m、2h、7d（30 分钟、2 小时、7 天）")
    return round(float(match[1]) * _UNITS[match[2]])


def spoken(span: int) -> str:
    """A duration in Chinese, in the largest unit that divides it."""
    for unit, name in ((DAY, "天"), (HOUR, "小时"), (MINUTE, "分钟")):
        if span >= unit and span % unit == 0:
            return f"{span // unit} {name}"
    return f"{span / SECOND:g} 秒"


def micros(moment: datetime) -> int:
    """An aware time as microseconds, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """Microseconds as an aware UTC time."""
    return _EPOCH + timedelta(microseconds=at)


def minute_of_day(text: str) -> int:
    """`22:00` as minutes since midnight. Raises ValueError."""
    try:
        hour, minute = (int(part) for part in text.strip().replace("：", ":").split(":"))
    except ValueError:
        hour = minute = -1
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        raise ValueError(f"时刻「{text}」看不懂，写成 08:00 这样")
    return hour * 60 + minute


@dataclass(frozen=True)
class Clock:
    """The shop's wall clock."""

    name: str

    @cached_property
    def _zone(self) -> ZoneInfo:
        return zone(self.name)

    @cached_property
    def _offset(self) -> int | None:
        offset = fixed_offset(self.name)
        return None if offset is None else offset // timedelta(microseconds=1)

    def wall(self, at: int) -> int:
        """Microseconds since 1970 as the wall clock would count them."""
        if self._offset is not None:
            return at + self._offset
        local = moment(at).astimezone(self._zone).replace(tzinfo=None)
        return (local - _NAIVE_EPOCH) // timedelta(microseconds=1)

    def utc(self, wall: int) -> int:
        """The moment when the wall clock shows `wall`; the first of two, and the next where it jumps over."""
        if self._offset is not None:
            return wall - self._offset
        local = (_NAIVE_EPOCH + timedelta(microseconds=wall)).replace(tzinfo=self._zone)
        return micros(local.astimezone(UTC))

    def day(self, at: int) -> date:
        """The calendar day."""
        return (_NAIVE_EPOCH + timedelta(microseconds=self.wall(at))).date()

    def on(self, day: date, minute: int) -> int:
        """The moment when the clock shows this minute of this day."""
        midnight = datetime.combine(day, time())
        return self.utc((midnight - _NAIVE_EPOCH) // timedelta(microseconds=1) + minute * MINUTE)

    def text(self, at: int) -> str:
        """`2026-11-22 08:00`."""
        return f"{_NAIVE_EPOCH + timedelta(microseconds=self.wall(at)):%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nobody is to be written to, minutes of the day; from `start` on, up to but not at `end`."""

    start: int
    end: int

    def over(self, at: int, clock: Clock) -> int:
        """`at` itself outside quiet hours, else the moment when they end. Never earlier than `at`."""
        if self.start == self.end:
            return at
        wall = clock.wall(at)
        midnight = wall - wall % DAY
        since, start, end = wall - midnight, self.start * MINUTE, self.end * MINUTE
        if start < end:
            return clock.utc(midnight + end) if start <= since < end else at
        if since >= start:
            return clock.utc(midnight + DAY + end)
        return clock.utc(midnight + end) if since < end else at


def quiet_hours(text: str) -> Quiet:
    """`22:00-08:00`; `无` for none. Raises ValueError."""
    if text.strip() in ("无", "没有", ""):
        return Quiet(0, 0)
    parts = re.split(r"\s*(?:-|~|—|–|到|至|～)+\s*", text.strip())
    if len(parts) != 2:
        raise ValueError(f"免打扰时段「{text}」看不懂，写成 22:00-08:00；不要就写 无")
    return Quiet(minute_of_day(parts[0]), minute_of_day(parts[1]))
