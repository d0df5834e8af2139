"""The shop's clock: zones whose clocks never change are much cheaper to reckon with."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from knowledge_base.errors import UsageError

DEFAULT_ZONE = "Asia/Shanghai"


def zone(name: str) -> ZoneInfo:
    """Raises UsageError for a zone nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"没有时区「{name}」", hint="例如 Asia/Shanghai、Asia/Tokyo、UTC。") from error


@cache
def fixed_offset(name: str) -> timedelta | None:
    """How far the zone is ahead of UTC, when its clocks have not changed since 2000; None when they have."""
    clock = zone(name)
    days = (datetime(year, month, 15, tzinfo=clock) for year in range(2000, 2041) for month in range(1, 13))
    offsets = {day.utcoffset() for day in days}
    return offsets.pop() if len(offsets) == 1 else None
