"""K-means for every k in a range, judged by silhouette and by whether other samples of people give the same groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from knowledge_base.audience.propensity.models import one_thread

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

MOST_SEGMENTS = 10
STARTS = 4
SWEEP_ROWS = 5_000
"""People on whom k is chosen; the centres are then refined on everybody."""
SILHOUETTE_ROWS = 2_000
STABILITY_ROWS = 2_000
STABILITY_DRAWS = 4
STABLE = 0.75
"""Mean adjusted Rand index of bootstrap samples from which a k counts as reproducible (after Hennig, 2007)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One k of the sweep."""

    k: int
    silhouette: float
    """-1..1, mean of a sample."""
    stability: float
    """Adjusted Rand index against groups found on bootstrap samples, mean; 1 is the same groups every time."""


@dataclass(frozen=True, slots=True)
class Sweep:
    steps: tuple[Step, ...]
    best: Step
    centres: Floats
    """(k, columns) of the best k, fitted on a sample."""


def sweep(values: Floats, ks: Sequence[int], seed: int = 0) -> Sweep:
    """Tries every k. Best is the largest silhouette among stable ones; when none is stable, the most stable."""
    rng = np.random.default_rng(seed)
    some = values[_some(len(values), SWEEP_ROWS, rng)]
    with one_thread():
        return _sweep(some, ks, seed, rng)


def _sweep(some: Floats, ks: Sequence[int], seed: int, rng: np.random.Generator) -> Sweep:
    from sklearn.metrics import silhouette_score

    shown = _some(len(some), SILHOUETTE_ROWS, rng)
    steps, centres = [], {}
    for k in ks:
        model = _fit(some, k, STARTS, seed)
        centres[k] = model.cluster_centers_
        labels = model.labels_[shown]
        found = len(np.unique(labels))
        silhouette = float(silhouette_score(some[shown], labels)) if 1 < found < len(shown) else 0.0
        steps.append(Step(k, silhouette, _stability(some, model, k, rng)))
    stable = [step for step in steps if step.stability >= STABLE]
    best = max(stable, key=lambda one: one.silhouette) if stable else max(steps, key=lambda one: one.stability)
    return Sweep(tuple(steps), best, centres[best.k])


def assign(values: Floats, centres: Floats) -> Ints:
    """Everybody's group, the centres refined on everybody first."""
    from sklearn.cluster import KMeans

    # Threads add their sums in the order in which they end, so that two runs would differ in the last bit.
    with one_thread():
        model = KMeans(len(centres), init=centres, n_init=1, max_iter=50).fit(values)
    return np.asarray(model.labels_, dtype=np.int64)


def _stability(values: Floats, whole: Any, k: int, rng: np.random.Generator) -> float:
    from sklearn.metrics import adjusted_rand_score

    check = values[_some(len(values), STABILITY_ROWS, rng)]
    expected = whole.predict(check)
    found = []
    for _ in range(STABILITY_DRAWS):
        drawn = values[rng.integers(0, len(values), min(len(values), STABILITY_ROWS))]
        model = _fit(drawn, k, 2, int(rng.integers(2**31)))
        found.append(float(adjusted_rand_score(expected, model.predict(check))))
    return float(np.mean(found))


def _fit(values: Floats, k: int, starts: int, seed: int) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=starts, random_state=seed).fit(values)


def _some(rows: int, most: int, rng: np.random.Generator) -> Ints:
    return np.arange(rows) if rows <= most else np.sort(rng.choice(rows, most, replace=False))
