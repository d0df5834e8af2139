"""Programs among the people: action rates no hand reaches. Judged within one file, as it was exported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

PER_MINUTE, PER_HOUR, PER_DAY = 50, 600, 3000
"""More own actions than one of these within one clock minute, hour or day, and it is a program.

Half a second to three seconds an action for a whole minute or hour is a script; reading even one screen takes longer.
"""
RULE = f"一分钟超过 {PER_MINUTE} 次、一小时超过 {PER_HOUR} 次或一天超过 {PER_DAY} 次动作（未读不算）"


@dataclass(frozen=True, slots=True)
class Bot:
    user: Any
    rows: int
    most: int
    """Actions in its busiest minute."""


def find_bots(frame: pl.DataFrame) -> tuple[Bot, ...]:
    """`frame` has user, time, action. Only people with enough actions to break a rule are looked at closely."""
    own = frame.lazy().filter(pl.col("action") != "未读").select("user", "time")
    totals = own.group_by("user").len().filter(pl.col("len") > PER_MINUTE)
    busy = own.join(totals.select("user"), on="user", how="semi").collect()
    if not busy.height:
        return ()
    suspects = []
    for length, limit in (("1m", PER_MINUTE), ("1h", PER_HOUR), ("1d", PER_DAY)):
        counts = busy.group_by("user", pl.col("time").dt.truncate(length)).len()
        suspects.append(counts.filter(pl.col("len") > limit).select("user"))
    bots = pl.concat(suspects).unique()
    if not bots.height:
        return ()
    rows = frame.join(bots, on="user", how="semi").group_by("user").len("rows")
    most = busy.join(bots, on="user", how="semi").group_by("user", pl.col("time").dt.truncate("1m")).len("most")
    found = rows.join(most.group_by("user").agg(pl.col("most").max()), on="user").sort(
        "rows", "user", descending=[True, False]
    )
    return tuple(Bot(user, count, peak) for user, count, peak in found.rows())
