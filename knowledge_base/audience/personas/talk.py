"""What each segment writes about: people by intent, and words they use more than others. No text leaves this file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from knowledge_base.audience.messages.verdict import Classifier

MOST_MESSAGES = 4_000
"""Newest messages that are read: intents of a year ago say little of today, and reading them takes time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One intent."""

    intent: str
    people: int
    """Of the segment, who wrote about it."""
    here: float
    """Share of the segment's people who wrote at all."""
    elsewhere: float
    """The same of everybody else."""


def topics(
    messages: pl.LazyFrame, members: pl.DataFrame, classifier: Classifier, k: int
) -> dict[int, tuple[Topic, ...]]:
    """Segment -> intents of at least k people of it, most frequent first; what the classifier does not know is left."""
    customers = messages.filter(pl.col("role").is_null() | (pl.col("role").cast(pl.String) == "customer"))
    rows = (
        customers.select("user", "time", "text")
        .drop_nulls(["user", "text"])
        .join(members.lazy().filter(pl.col("segment") >= 0), on="user")
        .sort("time", "user", descending=True)
        .head(MOST_MESSAGES)
        .collect()
    )
    if not rows.height:
        return {}
    said = pl.Series("intent", [one.label for one in classifier.judge(rows["text"].to_list())])
    people = rows.select("user", "segment").with_columns(said).unique()
    writers = dict(people.group_by("segment").agg(pl.col("user").n_unique()).iter_rows())
    counts = people.group_by("segment", "intent").len()
    totals = dict(counts.group_by("intent").agg(pl.col("len").sum()).iter_rows())
    everybody = sum(writers.values())
    found: dict[int, list[Topic]] = {}
    for segment, intent, count in counts.iter_rows():
        if count >= k:
            others = max(everybody - writers[segment], 1)
            share = count / writers[segment]
            topic = Topic(intent=intent, people=count, here=share, elsewhere=(totals[intent] - count) / others)
            found.setdefault(segment, []).append(topic)
    return {one: tuple(sorted(rows, key=lambda t: (-t.here, t.intent))) for one, rows in found.items()}
