"""From features, events and messages to described segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from knowledge_base.audience.ordering import by_content
from knowledge_base.audience.segments.cluster import SMALLEST_SEGMENT, Clustering, Method, Small, cluster
from knowledge_base.audience.segments.describe import Difference, Leaning, differences, leanings
from knowledge_base.audience.segments.matrix import numeric, standardised
from knowledge_base.audience.segments.phrases import Phrase, sequences, words

NOT_SHOWN = ("user", "birthday", "tags", "joined")


@dataclass(frozen=True, slots=True)
class Segment:
    """One group of people."""

    number: int
    """From 0, largest first."""
    size: int
    share: float
    differences: tuple[Difference, ...]
    leanings: tuple[Leaning, ...]
    sequences: tuple[Phrase, ...]
    words: tuple[Phrase, ...]

    @property
    def id(self) -> str:
        """As people type it: segment:3 counts from 1."""
        return f"segment:{self.number + 1}"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        lists = {name: [one.as_dict() for one in getattr(self, name)] for name in self.__slots__[3:]}
        return {"id": self.id, "size": self.size, "share": self.share, **lists}


@dataclass(frozen=True, slots=True)
class Segments:
    """All groups and how they were found."""

    users: pl.DataFrame
    """user, segment (from 0; -1: in no segment)."""
    clustering: Clustering
    columns: tuple[str, ...]
    """Features that the groups were made from."""
    segments: tuple[Segment, ...]
    reasons: Mapping[str, str]
    """Protected attributes used, with the stated reason."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values: aggregates only, no person."""
        made = self.clustering
        return {
            "method": made.method, "stability": made.stability, "noise": made.noise, "merged": made.merged,
            "dropped": made.dropped, "notes": list(made.notes), "columns": list(self.columns),
            "reasons": dict(self.reasons), "people": self.users.height,
            "sweep": [{name: getattr(step, name) for name in step.__slots__} for step in made.sweep],
            "segments": [one.as_dict() for one in self.segments],
        }  # fmt: skip


def segment(
    features: pl.DataFrame,
    *,
    columns: Sequence[str] = (),
    users: pl.DataFrame | None = None,
    events: pl.LazyFrame | None = None,
    messages: pl.LazyFrame | None = None,
    reasons: Mapping[str, str] | None = None,
    method: Method = "auto",
    ks: tuple[int, ...] = (),
    smallest: int = SMALLEST_SEGMENT,
    small: Small = "merge",
    seed: int = 0,
) -> Segments:
    """`features`: user and numeric columns. `users` (text columns), `events` and `messages` only describe the groups.

    The order of the rows changes nothing. Errors are those of `standardised` and `cluster`.
    """
    features = _in_order(features)
    matrix = standardised(features.drop("user"), columns, reasons=reasons)
    made = cluster(matrix.values, method=method, ks=ks, smallest=smallest, small=small, seed=seed)
    members = features.select("user").with_columns(segment=pl.Series(made.labels))
    profile = None if users is None else members.join(users, on="user", how="left", maintain_order="left")
    typical = {} if events is None else sequences(events, members, smallest=smallest)
    said = {} if messages is None else words(messages, members, smallest=smallest)
    found = []
    for number in range(made.count):
        inside = made.labels == number
        hidden = [name for name in (*NOT_SHOWN, "segment") if profile is not None and name in profile.columns]
        found.append(
            Segment(
                number=number,
                size=int(inside.sum()),
                share=float(np.mean(inside)),
                differences=differences(features.drop("user"), inside),
                leanings=() if profile is None else leanings(profile.drop(hidden), inside, smallest=smallest),
                sequences=tuple(typical.get(number, ())),
                words=tuple(said.get(number, ())),
            )
        )
    members = members.sort("user")
    made = replace(made, labels=members["segment"].to_numpy())
    return Segments(members, made, matrix.names, tuple(found), reasons or {})


def _in_order(features: pl.DataFrame) -> pl.DataFrame:
    """People in an order that their pseudonyms do not decide: samples are drawn by place."""
    measured = features.select(numeric(features.drop("user"))).cast(pl.Float64).fill_null(float("nan"))
    return features[by_content(measured.to_numpy())]
