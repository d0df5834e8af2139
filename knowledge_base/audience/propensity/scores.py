"""How good probabilities are: ranking, decisions and calibration, each with a bootstrap interval over people.

Rows of one person move together, so people are drawn, not rows. All figures of one draw share its weights: a
difference of two models is therefore paired.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from knowledge_base.audience.estimate import LEVEL, Estimate
from knowledge_base.audience.propensity.examples import Bools, Floats, Ints

RESAMPLES = 300
TOP = 0.10
"""Share of people that `lift` looks at."""
BINS = 10
"""Bins of equal numbers of people for the calibration error."""
BATCH_CELLS = 4_000_000
"""Weights held at once; bounds memory at any number of people."""

Figures = dict[str, Floats]
"""Name of a figure -> its value in each draw."""


def measure(
    probability: Floats,
    outcome: Bools,
    users: Ints,
    threshold: float,
    *,
    ranking: Floats | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Estimate]:
    """auc, lift (top 10 %), f1, recall, precision (at `threshold`), ece and brier; percentile intervals.

    `ranking`: scores to rank by, where calibration made ties; default `probability`.
    """
    ranked = probability if ranking is None else ranking
    point = figures(np.ones((1, len(outcome))), probability, ranked, outcome, threshold)
    draws: dict[str, list[Floats]] = {name: [] for name in point}
    for weights in resample(users, resamples, seed):
        for name, values in figures(weights, probability, ranked, outcome, threshold).items():
            draws[name].append(values)
    return {name: _estimate(float(value[0]), np.concatenate(draws[name])) for name, value in point.items()}


def auc_gain(
    better: Floats, worse: Floats, outcome: Bools, users: Ints, *, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """AUC of `better` minus that of `worse`, paired."""
    ones = np.ones((1, len(outcome)))
    point = auc(ones, better, outcome) - auc(ones, worse, outcome)
    draws = [auc(w, better, outcome) - auc(w, worse, outcome) for w in resample(users, resamples, seed)]
    return _estimate(float(point[0]), np.concatenate(draws))


def resample(users: Ints, count: int, seed: int) -> Iterator[Floats]:
    """Batches of (draws, rows) weights: how often each row's person was drawn."""
    rng = np.random.default_rng(seed)
    people = int(users.max()) + 1
    size = max(1, BATCH_CELLS // max(len(users), people))
    for start in range(0, count, size):
        batch = min(size, count - start)
        drawn = rng.integers(0, people, (batch, people)) + np.arange(batch)[:, None] * people
        counts = np.bincount(drawn.ravel(), minlength=batch * people).reshape(batch, people)
        yield counts[:, users].astype(float)


def figures(weights: Floats, probability: Floats, ranking: Floats, outcome: Bools, threshold: float) -> Figures:
    """Every figure under each row of weights (draws, rows)."""
    chosen = probability >= threshold
    hits = weights @ (chosen & outcome).astype(float)
    picked, positive = weights @ chosen.astype(float), weights @ outcome.astype(float)
    total = weights.sum(axis=1)
    return {
        "auc": auc(weights, ranking, outcome),
        "lift": lift(weights, ranking, outcome),
        "f1": _ratio(2 * hits, picked + positive),
        "recall": _ratio(hits, positive),
        "precision": _ratio(hits, picked),
        "ece": ece(weights, probability, outcome),
        "brier": _ratio(weights @ (probability - outcome) ** 2, total),
    }


def auc(weights: Floats, ranking: Floats, outcome: Bools) -> Floats:
    """Probability that a buyer ranks above a non-buyer; ties count half."""
    positive, negative = _tied(weights, ranking, outcome)
    below = negative.sum(axis=1, keepdims=True) - np.cumsum(negative, axis=1)
    won = (positive * (below + negative / 2)).sum(axis=1)
    return _ratio(won, positive.sum(axis=1) * negative.sum(axis=1))


def lift(weights: Floats, ranking: Floats, outcome: Bools, top: float = TOP) -> Floats:
    """Share of buyers among the `top` best ranked, over the share among all. Tied people are taken in proportion."""
    positive, negative = _tied(weights, ranking, outcome)
    both = positive + negative
    total = both.sum(axis=1, keepdims=True)
    before = np.cumsum(both, axis=1) - both
    with np.errstate(divide="ignore", invalid="ignore"):
        taken = np.where(both > 0, np.clip((top * total - before) / both, 0, 1), 0)
    hits = (taken * positive).sum(axis=1)
    return _ratio(hits / (top * total[:, 0]), positive.sum(axis=1) / total[:, 0])


def ece(weights: Floats, probability: Floats, outcome: Bools) -> Floats:
    """Expected calibration error: mean distance of promised and found share over bins of equal numbers of people."""
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, probability, side="right")
    gap = probability - outcome
    parts = np.stack([weights[:, bins == one] @ gap[bins == one] for one in range(len(edges) + 1)])
    return _ratio(np.abs(parts).sum(axis=0), weights.sum(axis=1))


def best_threshold(probability: Floats, outcome: Bools) -> float:
    """The probability from which saying yes gives the best F1 on these rows."""
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(outcome[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + outcome.sum())
    # Only the last row of a tie is a threshold that can be had.
    last = np.append(np.diff(probability[order]) != 0, True)
    return float(probability[order][int(np.argmax(np.where(last, f1, -1)))])


def _tied(weights: Floats, ranking: Floats, outcome: Bools) -> tuple[Floats, Floats]:
    """Weights of buyers and of others for each different score, best score first."""
    order = np.argsort(-ranking, kind="stable")
    scores = ranking[order]
    starts = np.flatnonzero(np.append(True, np.diff(scores) != 0))
    sorted_weights = weights[:, order]
    positive: Floats = np.add.reduceat(sorted_weights * outcome[order], starts, axis=1)
    both: Floats = np.add.reduceat(sorted_weights, starts, axis=1)
    return positive, both - positive


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _estimate(value: float, draws: Floats) -> Estimate:
    """Draws in which a figure does not exist (no buyer drawn) are left out."""
    found = draws[~np.isnan(draws)]
    if not len(found):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))
