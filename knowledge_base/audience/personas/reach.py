"""How often what was sent is opened, by channel and hour, for a segment and for everybody else.

What counts as sent and as opened is `timing`'s to say: the same as behind the best channel and hour.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from knowledge_base.audience.timing import UNREAD, deliveries

Key = tuple[int, str, int | None]
"""Segment, channel, hour; None for all hours."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sent to one segment by one channel (in one hour)."""

    people: int
    """Of the segment, who left any of it unread: they got it for certain."""
    here: float
    """Share opened."""
    elsewhere: float


def reach(events: pl.LazyFrame, members: pl.DataFrame, zone: str) -> dict[Key, Opened]:
    """By (segment, channel, None) and (segment, channel, hour). `members`: user, segment."""
    sent = deliveries(events, members, zone=zone).with_columns(
        pl.col("segment").cast(pl.Int64), pl.col("hour").cast(pl.Int64)
    )
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    got = (
        events.filter(pl.col("channel").is_not_null() & (pl.col("action").cast(pl.String) == UNREAD))
        .select("user", "channel", local.dt.hour().cast(pl.Int64).alias("hour"))
        .join(members.lazy().with_columns(pl.col("segment").cast(pl.Int64)), on="user")
    )
    found: dict[Key, Opened] = {}
    for by in (["channel"], ["channel", "hour"]):
        people = got.group_by("segment", *by).agg(people=pl.col("user").n_unique()).collect()
        table = sent.group_by("segment", *by).agg(pl.col("opened", "unread").sum()).join(people, on=["segment", *by])
        total = {row[:-2]: row[-2:] for row in sent.group_by(by).agg(pl.col("opened", "unread").sum()).iter_rows()}
        for row in table.iter_rows(named=True):
            all_opened, all_unread = total[tuple(row[name] for name in by)]
            opened, unread = all_opened - row["opened"], all_unread - row["unread"]
            key = (row["segment"], row["channel"], row.get("hour"))
            elsewhere = opened / (opened + unread) if opened + unread else 0.0
            found[key] = Opened(row["people"], row["opened"] / (row["opened"] + row["unread"]), elsewhere)
    return found
