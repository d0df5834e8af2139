"""HDBSCAN: groups of any shape where people lie densely; those in between go to the nearest group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knowledge_base.audience.propensity.models import one_thread
from knowledge_base.audience.segments.kmeans import Floats, Ints

SAMPLE_ROWS = 4_000
"""People on whom the density is estimated: its cost grows with the square."""
SMALLEST_SHARE = 0.03
NEIGHBOURS = 10


@dataclass(frozen=True, slots=True)
class Dense:
    labels: Ints
    """(people,) from 0; everybody belongs somewhere."""
    groups: int
    noise: float
    """Share of the sample that lay between the groups."""
    stability: float
    """Adjusted Rand index between two halves' groups, seen on the same people."""


def dense(values: Floats, smallest: int, seed: int = 0) -> Dense | None:
    """None when fewer than two groups are found."""
    with one_thread():
        return _dense(values, smallest, seed)


def _dense(values: Floats, smallest: int, seed: int) -> Dense | None:
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(seed)
    places = rng.permutation(len(values))[:SAMPLE_ROWS]
    some = values[places]
    labels = _cluster(some, smallest)
    if labels.max() < 1:
        return None
    everybody = _nearest(some, labels, values)
    halves = np.arange(len(some)) % 2 == 0
    seen = [_cluster(some[half], max(2, smallest // 2)) for half in (halves, ~halves)]
    stability = 0.0
    if all(one.max() >= 1 for one in seen):
        left, right = (_nearest(some[half], one, some) for half, one in zip((halves, ~halves), seen, strict=True))
        stability = float(adjusted_rand_score(left, right))
    return Dense(everybody, int(labels.max()) + 1, float((labels < 0).mean()), stability)


def agreement(values: Floats, labels: Ints, seed: int = 0) -> float:
    """Share of nearest neighbours that are in one's own group, on a sample: low where a border cuts through a crowd."""
    from sklearn.neighbors import NearestNeighbors

    places = np.random.default_rng(seed).permutation(len(values))[:SAMPLE_ROWS]
    some, own = values[places], labels[places]
    count = min(NEIGHBOURS, len(some) - 1)
    near = NearestNeighbors(n_neighbors=count + 1).fit(some).kneighbors(some, return_distance=False)[:, 1:]
    return float((own[near] == own[:, None]).mean())


def _cluster(values: Floats, smallest: int) -> Ints:
    from sklearn.cluster import HDBSCAN

    size = max(smallest, round(SMALLEST_SHARE * len(values)), 5)
    if size >= len(values):
        return np.full(len(values), -1, dtype=np.int64)
    found = HDBSCAN(min_cluster_size=size, min_samples=min(10, size), copy=True).fit_predict(values)
    return np.asarray(found, dtype=np.int64)


def _nearest(values: Floats, labels: Ints, asked: Floats) -> Ints:
    from sklearn.neighbors import KNeighborsClassifier

    inside = labels >= 0
    model = KNeighborsClassifier(n_neighbors=min(5, int(inside.sum()))).fit(values[inside], labels[inside])
    return np.asarray(model.predict(asked), dtype=np.int64)
