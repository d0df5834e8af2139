"""How good probabilities are: ranking, decisions and calibration, each with a bootstrap interval over people.

Rows of one person move together, so people are drawn, not rows. All figures of one draw share its weights: a
difference of two models is therefore paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from knowledge_base.audience.estimate import LEVEL, Estimate
from knowledge_base.audience.propensity.examples import Bools, Floats, Ints

RESAMPLES = 300
TOP = 0.10
"""Share of people that `lift` looks at."""
BINS = 10
"""Bins of equal numbers of people for the calibration error."""
BATCH_CELLS = 1_000_000
"""Weights held at once; bounds memory at any number of people."""

Figures = dict[str, Floats]
"""Name of a figure -> its value in each draw."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows in the order of a score, made once and used for every draw: sorting costs more than reckoning."""

    order: Ints
    """Places of the rows, best score first."""
    ends: Ints
    """After each different score: the number of rows that score at least as much."""
    outcome: Bools
    """In that order."""
    buyers: Ints
    """Places in that order of the rows with the outcome."""
    tie: Ints
    """Of each buyer: the number of its score among the different ones, from 0."""

    @classmethod
    def of(cls, ranking: Floats, outcome: Bools) -> Ranked:
        order = np.argsort(-ranking, kind="stable")
        scores, yes = ranking[order], outcome[order]
        ends = np.flatnonzero(np.append(np.diff(scores) != 0, True)) + 1
        buyers = np.flatnonzero(yes)
        return cls(order, ends, yes, buyers, np.searchsorted(ends, buyers, side="right"))

    def auc(self, weights: Floats) -> Floats:
        """Of each row of weights (draws, rows): probability that a buyer ranks above a non-buyer; ties count half."""
        return np.array([self._area(one[self.order]) for one in weights])

    def lift(self, weights: Floats, top: float) -> Floats:
        return np.array([self._lift(one[self.order], top) for one in weights])

    def _area(self, sorted_weights: Floats) -> float:
        positive = sorted_weights[self.buyers]
        # Weights of the others, added up to the end of each score.
        negative = np.cumsum(np.where(self.outcome, 0, sorted_weights))
        upto = np.append(0, negative[self.ends - 1])
        others = upto[-1]
        won = float(positive @ (others - (upto[self.tie] + upto[self.tie + 1]) / 2))
        total = float(positive.sum()) * float(others)
        return won / total if total > 0 else float("nan")

    def _lift(self, sorted_weights: Floats, top: float) -> float:
        both = np.append(0, np.cumsum(sorted_weights)[self.ends - 1])
        bought = np.append(0, np.cumsum(np.where(self.outcome, sorted_weights, 0))[self.ends - 1])
        if not bought[-1] > 0:
            return float("nan")
        # Between two ends the buyers rise evenly: of tied people the same share is taken.
        hits = float(np.interp(top * both[-1], both, bought))
        return hits / (top * float(both[-1])) / (float(bought[-1]) / float(both[-1]))


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
    of = _figures(probability, probability if ranking is None else ranking, outcome, threshold)
    point = of(np.ones((1, len(outcome))))
    draws: dict[str, list[Floats]] = {name: [] for name in point}
    for weights in resample(users, resamples, seed):
        for name, values in of(weights).items():
            draws[name].append(values)
    return {name: _estimate(float(value[0]), np.concatenate(draws[name])) for name, value in point.items()}


def auc_gains(
    better: Floats,
    worse: Mapping[str, Floats],
    outcome: Bools,
    users: Ints,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Estimate]:
    """AUC of `better` minus that of each of `worse`, paired: all on the same draws."""
    best, others = Ranked.of(better, outcome), {name: Ranked.of(one, outcome) for name, one in worse.items()}
    ones = np.ones((1, len(outcome)))
    draws: dict[str, list[Floats]] = {name: [] for name in others}
    for weights in resample(users, resamples, seed):
        own = best.auc(weights)
        for name, other in others.items():
            draws[name].append(own - other.auc(weights))
    return {
        name: _estimate(float((best.auc(ones) - other.auc(ones))[0]), np.concatenate(draws[name]))
        for name, other in others.items()
    }


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
    return _figures(probability, ranking, outcome, threshold)(weights)


def _figures(probability: Floats, ranking: Floats, outcome: Bools, threshold: float) -> Callable[[Floats], Figures]:
    """Weights -> figures; what does not depend on weights is reckoned here, once."""
    chosen, ranked = probability >= threshold, Ranked.of(ranking, outcome)
    bins, gap = _bins(probability), probability - outcome
    columns = np.column_stack([chosen & outcome, chosen, outcome, gap**2, np.ones(len(outcome))])
    table = np.hstack([columns, gap[:, None] * (bins[:, None] == np.arange(bins.max() + 1))])

    def of(weights: Floats) -> Figures:
        sums = weights @ table
        hits, picked, positive, squares, total = sums.T[:5]
        return {
            "auc": ranked.auc(weights),
            "lift": ranked.lift(weights, TOP),
            "f1": _ratio(2 * hits, picked + positive),
            "recall": _ratio(hits, positive),
            "precision": _ratio(hits, picked),
            "ece": _ratio(np.abs(sums[:, 5:]).sum(axis=1), total),
            "brier": _ratio(squares, total),
        }

    return of


def area(ranking: Floats, outcome: Bools) -> float:
    """AUC without weights, for one ranking: sorting values alone is many times faster than sorting places."""
    buyers, others = np.sort(ranking[outcome]), np.sort(ranking[~outcome])
    if not len(buyers) or not len(others):
        return float("nan")
    below = np.searchsorted(others, buyers, "left").sum() + np.searchsorted(others, buyers, "right").sum()
    return float(below) / 2 / (len(buyers) * len(others))


def auc(weights: Floats, ranking: Floats, outcome: Bools) -> Floats:
    """Probability that a buyer ranks above a non-buyer; ties count half."""
    return Ranked.of(ranking, outcome).auc(weights)


def lift(weights: Floats, ranking: Floats, outcome: Bools, top: float = TOP) -> Floats:
    """Share of buyers among the `top` best ranked, over the share among all. Tied people are taken in proportion."""
    return Ranked.of(ranking, outcome).lift(weights, top)


def ece(weights: Floats, probability: Floats, outcome: Bools) -> Floats:
    """Expected calibration error: mean distance of promised and found share over bins of equal numbers of people."""
    bins, gap = _bins(probability), probability - outcome
    parts = np.stack([weights[:, bins == one] @ gap[bins == one] for one in range(bins.max() + 1)])
    return _ratio(np.abs(parts).sum(axis=0), weights.sum(axis=1))


def _bins(probability: Floats) -> Ints:
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(edges, probability, side="right")


def best_threshold(probability: Floats, outcome: Bools) -> float:
    """The probability from which saying yes gives the best F1 on these rows."""
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(outcome[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + outcome.sum())
    # Only the last row of a tie is a threshold that can be had.
    last = np.append(np.diff(probability[order]) != 0, True)
    return float(probability[order][int(np.argmax(np.where(last, f1, -1)))])


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
