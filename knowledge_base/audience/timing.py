"""The best channel and hour to reach a segment, from what was opened and clicked, with the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

OPENED = ("阅读", "点击", "点赞", "评论", "转发", "收藏", "加购", "购买")
"""Anything but 未读 means that it was opened."""
ZONE = "Asia/Shanghai"
PRIOR = 20.0
"""Messages' worth of the overall rate mixed into each rate: a rate of few is drawn towards it."""
LEAST_SENT = 30
"""Fewer deliveries say nothing about a channel or an hour."""
CONFIDENCE = 0.95
NONE = "不发"
"""The channel when nothing works: its upper bound is under `floor`."""

Dimension = Literal["channel", "hour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    segment: str
    value: str
    """A channel, or an hour 0 to 23 on the shop's clock."""
    sent: int
    opened: int
    rate: float
    """Beta posterior mean, in [0, 1]."""
    low: float
    high: float
    """Equal-tailed credible interval of CONFIDENCE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    segment: str
    channel: str
    """Empty when there is not enough data; NONE when no channel reaches the floor."""
    hour: int | None
    channel_sure: bool
    """Whether the interval of the best lies above those of all others with enough data."""
    hour_sure: bool
    channels: tuple[Rate, ...]
    """Best first."""
    hours: tuple[Rate, ...]
    note: str
    """What is missing, in Chinese; empty when nothing is."""


def best_times(
    events: pl.LazyFrame, segments: pl.DataFrame | None = None, *, zone: str = ZONE, floor: float = 0.0
) -> tuple[Timing, ...]:
    """One a segment, in order of name. `segments`: user, segment; without it everybody is 全部.

    Deliveries are events with a channel: 未读 is one that was not opened, the others one that was. Without any 未读
    in the log there is no rate of opening, and the note says so; hours are then ranked by share of activity.
    """
    frame = events.filter(pl.col("channel").is_not_null()).with_columns(
        pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.hour().cast(pl.String).alias("hour"),
        pl.col("action").cast(pl.String).is_in(OPENED).alias("opened"),
    )
    if segments is None:
        frame = frame.with_columns(pl.lit("全部").alias("segment"))
    else:
        frame = frame.join(segments.lazy().select("user", pl.col("segment").cast(pl.String)), on="user")
    counted = (
        frame.group_by("segment", "channel", "hour")
        .agg(pl.len().alias("sent"), pl.col("opened").sum().alias("opened"))
        .collect()
    )
    names = sorted(counted["segment"].unique().to_list())
    return tuple(_timing(name, counted.filter(pl.col("segment") == name), floor) for name in names)


def _timing(segment: str, counted: pl.DataFrame, floor: float) -> Timing:
    if counted["sent"].sum() == counted["opened"].sum():
        note = "数据里没有「未读」，算不出打开率：按活动多少给时间，不比较渠道"
        hours = _shares(segment, counted)
        best = int(hours[0].value) if hours and hours[0].sent >= LEAST_SENT else None
        return Timing(
            segment=segment, channel="", hour=best, channel_sure=False, hour_sure=_sure(hours), channels=(),
            hours=hours, note=note,
        )  # fmt: skip
    channels = _rates(segment, counted, "channel")
    usable = [one for one in channels if one.sent >= LEAST_SENT]
    channel = usable[0].value if usable else ""
    if usable and all(one.high < floor for one in usable):
        channel = NONE
    inside = counted.filter(pl.col("channel") == channel) if channel not in ("", NONE) else counted
    hours = _rates(segment, inside, "hour")
    sure_hours = [one for one in hours if one.sent >= LEAST_SENT]
    hour = int(sure_hours[0].value) if sure_hours and channel != NONE else None
    short = [word for word, found in (("渠道", usable), ("时间", sure_hours)) if not found]
    note = f"{'、'.join(short)}的送达都不到 {LEAST_SENT} 次，给不出结论" if short else ""
    return Timing(
        segment=segment, channel=channel, hour=hour, channel_sure=_sure(usable), hour_sure=_sure(sure_hours),
        channels=channels, hours=hours, note=note,
    )  # fmt: skip


def _rates(segment: str, counted: pl.DataFrame, by: Dimension) -> tuple[Rate, ...]:
    """Smoothed towards the segment's own rate; enough data first, then best first."""
    overall = int(counted["opened"].sum()) / int(counted["sent"].sum())
    rows = counted.group_by(by).agg(pl.col("sent", "opened").sum()).iter_rows()
    return _ranked(segment, [(str(value), sent, opened) for value, sent, opened in rows], overall)


def _shares(segment: str, counted: pl.DataFrame) -> tuple[Rate, ...]:
    total = int(counted["sent"].sum())
    rows = counted.group_by("hour").agg(pl.col("sent").sum()).iter_rows()
    return _ranked(segment, [(str(hour), total, count) for hour, count in rows], 1 / 24)


def _ranked(segment: str, rows: list[tuple[str, int, int]], overall: float) -> tuple[Rate, ...]:
    from scipy.stats import beta

    tail = (1 - CONFIDENCE) / 2
    found = []
    for value, sent, opened in rows:
        yes, no = opened + PRIOR * overall, sent - opened + PRIOR * (1 - overall)
        # With a rate of exactly 0 or 1 one side would be empty, and the distribution undefined.
        low, high = beta.ppf([tail, 1 - tail], max(yes, 1e-9), max(no, 1e-9))
        found.append(
            Rate(
                segment=segment,
                value=value,
                sent=sent,
                opened=opened,
                rate=yes / (yes + no),
                low=float(low),
                high=float(high),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.sent < LEAST_SENT, -one.rate, one.value)))


def _sure(ranked: tuple[Rate, ...] | list[Rate]) -> bool:
    usable = [one for one in ranked if one.sent >= LEAST_SENT]
    return len(usable) > 1 and usable[0].low > max(one.high for one in usable[1:])
