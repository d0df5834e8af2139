"""Times as exports write them -> UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from knowledge_base.audience.clock import fixed_offset
from knowledge_base.audience.schemas import TIME

HOURS = "%Y-%m-%d %H"
"""Times known to the hour."""
USUAL = "%Y-%m-%d %H:%M:%S"
LOCAL_FORMATS = (
    USUAL,
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日 %H时%M分",
    "%Y%m%d%H%M%S",
    "%Y%m%d%H%M",
    "%Y.%m.%d %H:%M:%S",
    "%Y%m%d %H:%M:%S",
    HOURS,
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d-%b-%Y %H:%M:%S",
)
SHORT_FORMATS = ("%m/%d/%y %H:%M:%S", "%m/%d/%y %H:%M")
"""Years of two digits. Tried first: the others take 10 for the year 10."""
UTC_FORMATS = ("%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S%.f UTC", "%Y-%m-%d %H:%M:%S GMT")
ZONED_FORMATS = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S %#z")
DATE_FORMATS = (
    "%m/%d/%y", "%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y",
    "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%m %d, %Y",
)  # fmt: skip
SAMPLE = 2000
SECONDS, MILLISECONDS = (10**8, 5 * 10**9), (5 * 10**11, 5 * 10**12)
"""Whole numbers read as times since 1970 (until 2128); others are 20261120, 20261120083000 or nothing."""
EARLIEST = datetime(1990, 1, 1)  # noqa: DTZ001 - UTC without a zone, as the store keeps it
OLDEST = datetime(1900, 1, 1)  # noqa: DTZ001
"""Times before are misread."""
LATE_DAYS = 1
"""A clock may run ahead; more than this ahead of now is impossible."""


def formats(sample: pl.Series) -> tuple[str, ...]:
    """As few formats as read what can be read of the sample; `epoch` among them for whole numbers."""
    # Spread over all of them, and the same ones each time.
    distinct = sample.drop_nulls().unique(maintain_order=True)
    values = distinct.gather_every(-(-len(distinct) // SAMPLE) or 1).to_frame("t")
    every = ("epoch", *SHORT_FORMATS, *LOCAL_FORMATS, *UTC_FORMATS, *ZONED_FORMATS, *DATE_FORMATS)
    # Most exports have the most usual format throughout: then only those that stand before it could be preferred.
    some = every[: every.index(USUAL) + 1]
    reads = _reads(values, some)
    if values.height and [form for form in some if reads[form].all()] == [USUAL]:
        return (USUAL,)
    reads = _reads(values, every)
    left, chosen = pl.Series([True] * values.height, dtype=pl.Boolean), list[str]()
    while left.any():
        gains = {form: int((reads[form] & left).sum()) for form in every}
        best = max(every, key=lambda form: gains[form])
        if not gains[best]:
            break
        chosen.append(best)
        left = left & ~reads[best]
    return tuple(chosen)


def _reads(values: pl.DataFrame, forms: Sequence[str]) -> pl.DataFrame:
    # A format that finds the year 25 has mistaken the day for it.
    return values.select((parsed(pl.col("t"), (form,), "UTC") >= OLDEST).fill_null(False).alias(form) for form in forms)


def parsed(column: pl.Expr, forms: tuple[str, ...], timezone: str) -> pl.Expr:
    """A column of text as UTC microseconds without a zone; null where no format fits."""
    readings = [_reading(column, form, timezone) for form in forms]
    return (pl.coalesce(readings) if len(readings) > 1 else readings[0]) if readings else pl.lit(None, TIME)


def date_only(forms: tuple[str, ...]) -> bool:
    """Whether nothing but days or hours is known, so that two actions of one cannot be told apart."""
    return bool(forms) and all(form in (*DATE_FORMATS, HOURS) for form in forms)


def impossible(column: pl.Expr, now: datetime) -> tuple[pl.Expr, pl.Expr]:
    """(before 1990, after now): two boolean expressions for a UTC column."""
    latest = now.astimezone(UTC).replace(tzinfo=None) + timedelta(days=LATE_DAYS)
    return column < EARLIEST, column > latest


def _reading(column: pl.Expr, form: str, timezone: str) -> pl.Expr:
    if form == "epoch":
        number = column.cast(pl.Int64, strict=False)
        micros = pl.when(number.is_between(*MILLISECONDS)).then(number * 1000).when(number.is_between(*SECONDS))
        return micros.then(number * 1_000_000).otherwise(None).cast(TIME)
    if form in ZONED_FORMATS:
        # Without a zone in the text this format reads nothing, so local formats stay unambiguous.
        stamp = column.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False, exact=True)
        return stamp.dt.replace_time_zone(None)
    if form in UTC_FORMATS:
        return column.str.to_datetime(form, time_unit="us", strict=False, exact=True)
    if form in DATE_FORMATS:
        local = column.str.to_date(form, strict=False, exact=True).cast(TIME)
    elif form == HOURS:
        # Where an hour is missing, the reader would take it from the year.
        whole = pl.when(column.str.contains(r"^\d{4}-\d{1,2}-\d{1,2} \d{1,2}$")).then(column + ":00")
        local = whole.str.to_datetime(f"{HOURS}:%M", time_unit="us", strict=False, exact=True)
    else:
        # Where every number has its place, reading a time takes less than looking up whether it was read before.
        again = not form.startswith("%Y")
        local = column.str.to_datetime(form, time_unit="us", strict=False, exact=True, cache=again)
    return _utc(local, timezone)


def _utc(local: pl.Expr, timezone: str) -> pl.Expr:
    offset = fixed_offset(timezone)
    if offset is not None:
        # Twenty times as fast as asking the zone for each time.
        return local - offset
    zoned = local.dt.replace_time_zone(timezone, non_existent="null", ambiguous="earliest")
    return zoned.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
