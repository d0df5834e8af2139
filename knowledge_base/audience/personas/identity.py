"""Segment 3 stays segment 3: groups of a new build get the numbers of the earlier groups whose members they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

SAME = 0.3
"""Jaccard overlap of members from which two groups are one and the same."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Numbers from 1, as people type them."""

    numbers: Mapping[int, int]
    """Group of the new build (from 0) -> its lasting number."""
    overlap: Mapping[int, float]
    """Lasting number -> Jaccard overlap with the group that had it before; new ones are absent."""
    gone: tuple[int, ...]
    """Lasting numbers that no group has now."""


def identify(members: pl.DataFrame, before: pl.DataFrame | None, taken: frozenset[int] = frozenset()) -> Identity:
    """`members`: user, segment from 0 (-1: none). `before`: user, number, as lasting numbers.

    `taken`: numbers that were ever given and must not mean another group. The assignment with the largest total
    overlap wins (Kuhn-Munkres). New groups get the lowest numbers never used, larger groups first.
    """
    inside = members.filter(pl.col("segment") >= 0)
    sizes = dict(inside.group_by("segment").len().iter_rows())
    order = sorted(sizes, key=lambda one: (-sizes[one], one))
    numbers: dict[int, int] = {}
    overlap: dict[int, float] = {}
    used = set(taken)
    if before is not None and before.height and order:
        from scipy.optimize import linear_sum_assignment

        old_sizes = dict(before.group_by("number").len().iter_rows())
        old = sorted(old_sizes)
        used |= set(old)
        shared = {row[:2]: row[2] for row in inside.join(before, on="user").group_by("segment", "number").len().rows()}
        likeness = np.zeros((len(order), len(old)))
        for i, group in enumerate(order):
            for j, number in enumerate(old):
                both = shared.get((group, number), 0)
                likeness[i, j] = both / (sizes[group] + old_sizes[number] - both)
        for i, j in zip(*linear_sum_assignment(-likeness), strict=True):
            if likeness[i, j] >= SAME:
                numbers[order[i]] = old[j]
                overlap[old[j]] = float(likeness[i, j])
    fresh = (number for number in range(1, len(used) + len(order) + 1) if number not in used)
    for group in order:
        if group not in numbers:
            numbers[group] = next(fresh)
    gone = tuple(sorted(used - set(numbers.values())))
    return Identity(numbers, overlap, gone)


def renumbered(members: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    """user, number of everybody who is in a group."""
    inside = members.filter(pl.col("segment") >= 0)
    old, new = list(identity.numbers), list(identity.numbers.values())
    number = pl.col("segment").replace_strict(old, new, return_dtype=pl.Int64).alias("number")
    return inside.select("user", number)
