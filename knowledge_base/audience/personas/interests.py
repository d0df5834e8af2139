"""What each segment looks at and buys, by item and by category: people, not clicks."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """One item or category."""

    value: str
    people: int
    """Of the segment, with any action on it."""
    here: float
    """Share of the segment's people."""
    elsewhere: float
    """Share of everybody else."""
    buyers: int
    buyers_here: float
    buyers_elsewhere: float

    @property
    def gain(self) -> float:
        """How telling it is: common here and rare elsewhere."""
        return self.here * (self.here - self.elsewhere)


def interests(
    events: pl.LazyFrame, orders: pl.LazyFrame, members: pl.DataFrame, column: str, k: int
) -> dict[int, tuple[Interest, ...]]:
    """Segment -> interests of at least k people of it, most telling first. `column`: item or category.

    Orders count as purchases; they know items only.
    """
    action, value = pl.col("action").cast(pl.String), pl.col(column).cast(pl.String).alias("value")
    seen = events.filter(action != "未读").select("user", value, bought=action == "购买")
    parts = [seen]
    if column == "item":
        parts.append(orders.select("user", pl.col("item").cast(pl.String).alias("value"), bought=pl.lit(True)))
    counted = (
        pl.concat(parts)
        .filter(pl.col("value").is_not_null())
        .group_by("user", "value")
        .agg(pl.col("bought").any())
        .join(members.lazy().filter(pl.col("segment") >= 0), on="user")
        .group_by("segment", "value")
        .agg(people=pl.len(), buyers=pl.col("bought").sum())
        .collect()
    )
    sizes = dict(members.filter(pl.col("segment") >= 0).group_by("segment").len().iter_rows())
    everybody = sum(sizes.values())
    totals = {row[0]: row[1:] for row in counted.group_by("value").agg(pl.col("people", "buyers").sum()).iter_rows()}
    found: dict[int, list[Interest]] = {segment: [] for segment in sizes}
    for segment, value, people, buyers in counted.iter_rows():
        if people < k:
            continue
        size, others = sizes[segment], max(everybody - sizes[segment], 1)
        all_people, all_buyers = totals[value]
        found[segment].append(
            Interest(
                value=value,
                people=people,
                here=people / size,
                elsewhere=(all_people - people) / others,
                buyers=buyers,
                buyers_here=buyers / size,
                buyers_elsewhere=(all_buyers - buyers) / others,
            )
        )
    return {segment: tuple(sorted(rows, key=lambda one: (-one.gain, one.value))) for segment, rows in found.items()}
