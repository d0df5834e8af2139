"""How often what was sent is opened, by channel and hour, for a segment and for everybody else.

Logs do not say which readings follow a message that was sent. Hours in which a channel leaves nothing unread at all
are taken for people coming by themselves, and left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

READ, UNREAD = "阅读", "未读"
Key = tuple[int, str, int | None]
"""Segment, channel, hour; None for all hours."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sent to one segment by one channel (in one hour)."""

    people: int
    """Of the segment, who got any."""
    here: float
    """Share opened."""
    elsewhere: float


def reach(events: pl.LazyFrame, members: pl.DataFrame, zone: str) -> dict[Key, Opened]:
    """By (segment, channel, None) and (segment, channel, hour). `members`: user, segment."""
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    sent = (
        events.filter(pl.col("channel").is_not_null() & pl.col("action").cast(pl.String).is_in([READ, UNREAD]))
        .select(
            "user",
            "channel",
            local.dt.hour().cast(pl.Int64).alias("hour"),
            (pl.col("action").cast(pl.String) == READ).alias("opened"),
        )
        .join(members.lazy(), on="user")
    )
    pushed = sent.filter(~pl.col("opened")).select("channel", "hour").unique()
    sent = sent.join(pushed, on=["channel", "hour"], how="semi")
    found: dict[Key, Opened] = {}
    for by in (["channel"], ["channel", "hour"]):
        grouped = sent.group_by("segment", *by)
        table = grouped.agg(sent=pl.len(), opened=pl.col("opened").sum(), people=pl.col("user").n_unique()).collect()
        total = {row[:-2]: row[-2:] for row in table.group_by(by).agg(pl.col("sent", "opened").sum()).iter_rows()}
        for row in table.iter_rows(named=True):
            all_sent, all_opened = total[tuple(row[name] for name in by)]
            others = all_sent - row["sent"]
            elsewhere = (all_opened - row["opened"]) / others if others else 0.0
            key = (row["segment"], row["channel"], row.get("hour"))
            found[key] = Opened(row["people"], row["opened"] / row["sent"], elsewhere)
    return found
