"""k-anonymity of groups: nothing is shown, named or used of a group so small that its members stand out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import polars as pl

K = 20
"""Least people in a group that anything is said of. The shop may ask for more, not for less than 2."""

Label = TypeVar("Label", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of small groups."""

    labels: np.ndarray[tuple[int], np.dtype[np.int64]]
    """New label of each person; -1: in no group."""
    merged: Mapping[int, int]
    """Small group -> the group it went into."""
    dropped: tuple[int, ...]
    """Small groups that no other group could take."""


def large(counts: Mapping[Label, int], k: int = K) -> dict[Label, int]:
    """Only the groups with at least k people. Raises ValueError for k < 2."""
    _check(k)
    return {label: count for label, count in counts.items() if count >= k}


def merge_small(labels: Sequence[int], matrix: np.ndarray[tuple[int, int], np.dtype[np.float64]], k: int = K) -> Merged:
    """Puts groups of fewer than k people into the group whose centre is nearest, smallest first.

    `matrix`: (people, features), scaled, without gaps. Label -1 means no group and stays. When fewer than k people are
    in any group, all are dropped to -1. Raises ValueError for k < 2 or lengths that differ.
    """
    _check(k)
    now = np.array(labels, dtype=np.int64)
    if len(now) != len(matrix):
        raise ValueError(f"{len(now)} labels for {len(matrix)} rows")
    merged: dict[int, int] = {}
    while True:
        names, counts = np.unique(now[now >= 0], return_counts=True)
        small = [(int(count), int(name)) for name, count in zip(names, counts, strict=True) if count < k]
        if not small:
            return Merged(now, _followed(merged), ())
        if len(names) == 1:
            now[now == names[0]] = -1
            gone = int(names[0])
            lost = tuple(sorted({gone, *(name for name, into in _followed(merged).items() if into == gone)}))
            return Merged(now, {}, lost)
        _, name = min(small)
        centres = {int(other): matrix[now == other].mean(axis=0) for other in names}
        into = min(
            (other for other in centres if other != name),
            key=lambda other: float(np.linalg.norm(centres[other] - centres[name])),
        )
        now[now == name] = into
        merged[name] = into


def suppress(frame: pl.DataFrame, count: str, k: int = K) -> pl.DataFrame:
    """Rows of an aggregated table whose `count` column has at least k people."""
    _check(k)
    return frame.filter(pl.col(count) >= k)


def _followed(merged: Mapping[int, int]) -> dict[int, int]:
    """a -> b and b -> c becomes a -> c."""
    found = {}
    for start, into in merged.items():
        while into in merged:
            into = merged[into]
        found[start] = into
    return found


def _check(k: int) -> None:
    if k < 2:
        raise ValueError(f"k must be at least 2, not {k}")
