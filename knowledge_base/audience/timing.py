"""The best channel and hour to reach a segment, from what was delivered and opened, with the evidence.

A log of behaviour does not say which readings answer something that was sent. What it does say: 未读 was delivered and
not opened. So a channel sends at those minutes of the day at which it left something unread; a 阅读 or 点击 at such a
minute, after half an hour in which the person did nothing, counts as opened. People also come by themselves at those
minutes: how many, the minutes of the same hour in which the channel never sends tell, and as many are taken off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

READ = ("阅读", "点击")
UNREAD = "未读"
ZONE = "Asia/Shanghai"
PRIOR = 20.0
"""Messages' worth of the wider rate mixed into each rate: a rate of few is drawn towards it."""
LEAST_SENT = 30
"""Fewer deliveries say nothing about a channel or an hour: they are not shown."""
LEAST_UNREAD = 3
"""Fewer left unread are no evidence that a channel sends at that hour at all."""
CONFIDENCE = 0.95
QUIET_MINUTES = 30
"""Whoever did something so shortly before was there already, and nothing called them."""
NEAR_MINUTES = 5
"""Deliveries spread over so many minutes before and after one that was left unread."""
NONE = "不发"
"""The channel when nothing works: its upper bound is under `floor`."""
NO_DELIVERIES = "没有送达记录（数据里没有「未读」），算不出打开率"
EVERYBODY = "全部"

Dimension = Literal["channel", "hour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    segment: str
    value: str
    """A channel, or an hour 0 to 23 on the shop's clock."""
    sent: int
    """Deliveries: opened and 未读."""
    opened: int
    """Less those who would have come anyway."""
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
    """Best first; only those with LEAST_SENT deliveries."""
    hours: tuple[Rate, ...]
    """Of the best channel, best first; only those with LEAST_SENT deliveries."""
    note: str
    """What is missing, in Chinese; empty when nothing is."""


def best_times(
    events: pl.LazyFrame, segments: pl.DataFrame | None = None, *, zone: str = ZONE, floor: float = 0.0
) -> tuple[Timing, ...]:
    """One a segment, in order of name. `segments`: user, segment; without it everybody is 全部.

    Rates are smoothed: a channel's towards the segment's, an hour's towards its channel's. A segment without any
    delivery has no rates and says so.
    """
    counted = deliveries(events, segments, zone=zone)
    if segments is None:
        names = [EVERYBODY]
    else:
        names = sorted(segments["segment"].cast(pl.String).drop_nulls().unique().to_list())
    return tuple(_timing(name, counted.filter(pl.col("segment") == name), floor) for name in names)


def deliveries(events: pl.LazyFrame, segments: pl.DataFrame | None = None, *, zone: str = ZONE) -> pl.DataFrame:
    """segment, channel, hour (0..23), unread, opened (float, who came anyway taken off): where something was sent."""
    wall = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    frame = events.select("user", "time", pl.col("action").cast(pl.String), "channel").with_columns(
        (wall.dt.hour().cast(pl.Int32) * 60 + wall.dt.minute()).alias("minute")
    )
    starts = _starts(frame)
    unread = frame.filter(pl.col("channel").is_not_null() & (pl.col("action") == UNREAD))
    sending = _sending(unread)
    if segments is None:
        starts, unread = (one.with_columns(pl.lit(EVERYBODY).alias("segment")) for one in (starts, unread))
    else:
        named = segments.lazy().select("user", pl.col("segment").cast(pl.String))
        starts, unread = (one.join(named, on="user") for one in (starts, unread))
    by, hour = ["segment", "channel", "hour"], (pl.col("minute") // 60).alias("hour")
    left = unread.with_columns(hour).group_by(by).agg(pl.len().alias("unread")).collect()
    came = (
        starts.join(sending.lazy(), on=["channel", "minute"], how="left")
        .with_columns(hour, pl.col("sends").fill_null(False))
        .group_by(by)
        .agg(pl.col("sends").sum().alias("during"), (~pl.col("sends")).sum().alias("apart"))
        .collect()
    )
    minutes = sending.with_columns(hour).group_by("channel", "hour").agg(pl.len().alias("minutes"))
    both = left.join(came, on=by, how="left").join(minutes, on=["channel", "hour"]).fill_null(0)
    # Readings in the hour's other minutes are people coming by themselves; they come in these minutes, too.
    own = pl.col("apart") * pl.col("minutes") / (60 - pl.col("minutes"))
    own = pl.when(pl.col("minutes") < 60).then(own).otherwise(0.0)
    return (
        both.filter(pl.col("unread") >= LEAST_UNREAD)
        .select(*by, "unread", (pl.col("during") - own).clip(lower_bound=0.0).alias("opened"))
        .sort(by)
    )


def _starts(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Readings by a channel after which nothing went before for a while: somebody came, called or not."""
    did = frame.filter(pl.col("action") != UNREAD).sort("user", "time")
    before = pl.col("time") - pl.col("time").shift(1).over("user")
    quiet = before.is_null() | (before > pl.duration(minutes=QUIET_MINUTES))
    return did.filter(quiet & pl.col("channel").is_not_null() & pl.col("action").is_in(READ))


def _sending(unread: pl.LazyFrame) -> pl.DataFrame:
    """channel, minute (of the day), sends = True: when the channel delivers, as what was left unread shows."""
    seen = unread.select("channel", "minute").unique().collect()
    near = pl.DataFrame({"shift": range(-NEAR_MINUTES, NEAR_MINUTES + 1)}, schema={"shift": pl.Int32})
    spread = seen.join(near, how="cross").with_columns(minute=pl.col("minute") + pl.col("shift"))
    # An hour keeps to itself: nine o'clock's deliveries are no evidence of any at eight.
    inside = (pl.col("minute") // 60) == ((pl.col("minute") - pl.col("shift")) // 60)
    return spread.filter(inside).select("channel", "minute", sends=pl.lit(True)).unique()


def _timing(segment: str, counted: pl.DataFrame, floor: float) -> Timing:
    if not counted.height:
        return Timing(
            segment=segment, channel="", hour=None, channel_sure=False, hour_sure=False, channels=(), hours=(),
            note=NO_DELIVERIES,
        )  # fmt: skip
    channels = _rates(segment, counted, "channel")
    channel = channels[0].value if channels else ""
    if channels and all(one.high < floor for one in channels):
        channel = NONE
    hours = _rates(segment, counted.filter(pl.col("channel") == channel), "hour") if channel not in ("", NONE) else ()
    short = [word for word, found in (("渠道", channels), ("时间", hours)) if not found and channel != NONE]
    return Timing(
        segment=segment, channel=channel, hour=int(hours[0].value) if hours else None, channel_sure=_sure(channels),
        hour_sure=_sure(hours), channels=channels, hours=hours,
        note=f"{'、'.join(short)}的送达都不到 {LEAST_SENT} 次，给不出结论" if short else "",
    )  # fmt: skip


def _rates(segment: str, counted: pl.DataFrame, by: Dimension) -> tuple[Rate, ...]:
    """Best first, smoothed towards the rate of all of `counted`; what was seldom sent is left out."""
    from scipy.stats import beta

    tail = (1 - CONFIDENCE) / 2
    all_opened, all_unread = float(counted["opened"].sum()), float(counted["unread"].sum())
    overall = all_opened / (all_opened + all_unread)
    found = []
    for value, opened, unread in counted.group_by(by).agg(pl.col("opened", "unread").sum()).iter_rows():
        if opened + unread < LEAST_SENT:
            continue
        yes, no = opened + PRIOR * overall, unread + PRIOR * (1 - overall)
        # With a rate of exactly 0 or 1 one side would be empty, and the distribution undefined.
        low, high = beta.ppf([tail, 1 - tail], max(yes, 1e-9), max(no, 1e-9))
        found.append(
            Rate(
                segment=segment, value=str(value), sent=round(opened + unread), opened=round(opened),
                rate=yes / (yes + no), low=float(low), high=float(high),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.rate, one.value)))


def _sure(ranked: tuple[Rate, ...]) -> bool:
    return len(ranked) > 1 and ranked[0].low > max(one.high for one in ranked[1:])
