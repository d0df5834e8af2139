"""How many people go on from reading to buying, and week by week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience.privacy.kanon import K

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

STEPS = ("阅读", "点击", "加购", "购买")
ZONE = "Asia/Shanghai"
MOST_WEEKS = 26


def funnel(store: AudienceStore, k: int = K) -> dict[str, Any] | None:
    """Plain JSON values; None when fewer than two of the steps are in the data.

    A person counts at a step who did it and every earlier one, in whatever order: logs lose the first views of many.
    Steps with no event at all are left out; those of fewer than `k` people are shown as null.
    """
    actions = store.events().select("user", "time", pl.col("action").cast(pl.String))
    orders = store.orders().select("user", "time", pl.lit(STEPS[-1]).alias("action"))
    rows = pl.concat([actions, orders]).filter(pl.col("action").is_in(STEPS))
    did = rows.group_by("user").agg((pl.col("action") == step).any().alias(step) for step in STEPS).collect()
    present = [step for step in STEPS if did.height and did[step].any()]
    if len(present) < 2:
        return None
    steps, reached = [], pl.repeat(value=True, n=did.height, dtype=pl.Boolean, eager=True)
    before = first = 0
    for step in present:
        reached &= did[step]
        people = int(reached.sum())
        first = first or people
        shown = people >= k
        steps.append(
            {
                "step": step,
                "people": people if shown else None,
                "of_previous": people / before if before and shown else None,
                "of_first": people / first if shown and first else None,
            }
        )
        before = people
    return {"steps": steps, "absent": [step for step in STEPS if step not in present], "weeks": _weeks(rows, k), "k": k}


def _weeks(rows: pl.LazyFrame, k: int) -> list[dict[str, Any]]:
    """People a week who were seen and who bought; the first and the running week, and those of fewer than `k`, go."""
    local = pl.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE).dt.truncate("1w").dt.date()
    people = pl.col("user").n_unique()
    counted = (
        rows.drop_nulls("time")
        .group_by(local.alias("week"))
        .agg(people.alias("seen"), pl.col("user").filter(pl.col("action") == STEPS[-1]).n_unique().alias("bought"))
        .sort("week")
        .collect()[1:-1]
        .tail(MOST_WEEKS)
    )
    return [
        {"week": str(week), "seen": seen, "bought": bought if bought >= k else None}
        for week, seen, bought in counted.iter_rows()
        if seen >= k
    ]
