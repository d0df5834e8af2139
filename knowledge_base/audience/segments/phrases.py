"""Typical sequences of actions and typical words of each segment: what it uses more than the others do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

VISIT_GAP_MINUTES = 30
LENGTHS = (2, 3)
"""Actions of a sequence."""
ARROW = "→"
TOP = 5
SURE = 1.96
"""Standard deviations of the log-odds from which a phrase is typical."""


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str
    people: int
    """In the segment who use it."""
    here: float
    """Share of the segment's people who do."""
    elsewhere: float
    z: float
    """Log-odds against the others, informative Dirichlet prior, in standard deviations (Monroe and others, 2008)."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


def sequences(events: pl.LazyFrame, members: pl.DataFrame, *, smallest: int, top: int = TOP) -> dict[int, list[Phrase]]:
    """Segment -> sequences of actions within one visit. `members`: user, segment."""
    gap = pl.duration(minutes=VISIT_GAP_MINUTES)
    ordered = (
        events.select("user", "time", pl.col("action").cast(pl.String))
        .filter(pl.col("action") != "未读")
        .sort("user", "time")
        .with_columns(
            next1=pl.col("action").shift(-1),
            next2=pl.col("action").shift(-2),
            joins1=(pl.col("user") == pl.col("user").shift(-1)) & (pl.col("time").shift(-1) - pl.col("time") <= gap),
        )
        .with_columns(joins2=pl.col("joins1") & pl.col("joins1").shift(-1))
    )
    pairs = ordered.filter("joins1").select("user", text=pl.col("action") + ARROW + pl.col("next1"))
    triples = ordered.filter("joins2").select(
        "user", text=pl.col("action") + ARROW + pl.col("next1") + ARROW + pl.col("next2")
    )
    return _typical(pl.concat([pairs, triples]).unique().collect(), members, smallest, top)


def words(messages: pl.LazyFrame, members: pl.DataFrame, *, smallest: int, top: int = TOP) -> dict[int, list[Phrase]]:
    """Segment -> words of customers' messages, stop words left out; only words that `smallest` people of it used."""
    import rjieba

    said = messages.filter(pl.col("role").is_null() | (pl.col("role") == "customer")).select("user", "text").collect()
    stop = _stop_words()
    users, texts = [], []
    for user, text in said.filter(pl.col("text").is_not_null()).iter_rows():
        for word in set(rjieba.cut(text)):
            if len(word) > 1 and word not in stop and word.isalpha():
                users.append(user)
                texts.append(word)
    frame = pl.DataFrame({"user": users, "text": texts}, schema={"user": pl.String, "text": pl.String})
    return _typical(frame.unique(), members, smallest, top)


def _typical(used: pl.DataFrame, members: pl.DataFrame, smallest: int, top: int) -> dict[int, list[Phrase]]:
    """`used`: user, text; one row a person and text."""
    joined = used.join(members, on="user").filter(pl.col("segment") >= 0)
    sizes = dict(members.filter(pl.col("segment") >= 0).group_by("segment").len().iter_rows())
    counts = joined.group_by("segment", "text").len()
    totals = counts.group_by("text").agg(total=pl.col("len").sum())
    everybody, everything = sum(sizes.values()), int(totals["total"].sum() or 0)
    found: dict[int, list[Phrase]] = {segment: [] for segment in sorted(sizes)}
    for segment, size in sizes.items():
        rows = counts.filter((pl.col("segment") == segment) & (pl.col("len") >= smallest)).join(totals, on="text")
        if not rows.height or size == everybody:
            continue
        here, total = rows["len"].to_numpy().astype(float), rows["total"].to_numpy().astype(float)
        used_here = float(counts.filter(pl.col("segment") == segment)["len"].sum())
        z = _log_odds(here, total - here, used_here, everything - used_here, total, float(everything))
        for place in np.argsort(-z, kind="stable")[:top]:
            if z[place] > SURE:
                others = (total[place] - here[place]) / (everybody - size)
                text, people = str(rows["text"][int(place)]), int(here[place])
                found[segment].append(Phrase(text, people, people / size, float(others), float(z[place])))
    return found


def _log_odds(here: Any, there: Any, all_here: float, all_there: float, prior: Any, all_prior: float) -> Any:
    # A prior as heavy as the segment itself lets frequent words of everybody cancel out.
    weight = all_here / max(all_prior, 1.0)
    alpha, alpha_all = prior * weight, all_prior * weight
    odds_here = np.log((here + alpha) / (all_here + alpha_all - here - alpha))
    odds_there = np.log((there + alpha) / (all_there + alpha_all - there - alpha))
    return (odds_here - odds_there) / np.sqrt(1 / (here + alpha) + 1 / (there + alpha))


@cache
def _stop_words() -> frozenset[str]:
    import stopwordsiso

    return frozenset(stopwordsiso.stopwords("zh"))
