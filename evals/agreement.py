"""How far two raters agree: raw agreement, base rates, Cohen's kappa with an interval, the confusion matrix.

Kappa is statsmodels' (Cohen 1960; weighted: Cohen 1968 with Fleiss-Cohen quadratic weights), the interval scipy's BCa
bootstrap over cases, so that several drafts of one case do not pass for independent evidence.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

RESAMPLES = 2000
CONFIDENCE = 0.95
MIN_CLUSTERS = 8
"""Fewer cases give no interval: resampling a handful of them promises more than it knows."""
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two raters on the same things. `kappa` None: not defined, and `why` says so in Chinese."""

    n: int
    """Things that both rated."""
    cases: int
    """Different cases among them: the independent units of the interval."""
    agreement: float
    """Share in [0, 1] of identical ratings; nan when n is 0."""
    kappa: float | None
    low: float | None
    high: float | None
    """95 % interval; None with too few cases."""
    weighted: bool
    """Quadratic weights, for ordered levels."""
    categories: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    """table[i][j]: things the first rater put into category i and the second into j."""
    first: tuple[float, ...]
    """Base rates of the first rater, by category; zeros when n is 0."""
    second: tuple[float, ...]
    """Base rates of the second rater."""
    why: str = ""


def agreement(
    first: Sequence[str],
    second: Sequence[str],
    categories: Sequence[str],
    *,
    levels: Sequence[float] | None = None,
    cases: Sequence[str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> Agreement:
    """Compares two raters' ratings of the same things, in the same order.

    `levels`: the categories' numbers where they are ordered; kappa is then quadratic. `cases`: to which case each thing
    belongs; things of one case are resampled together. Raises ValueError for a rating outside `categories`.
    """
    if len(first) != len(second):
        raise ValueError("ratings must come in pairs")
    place = {name: i for i, name in enumerate(categories)}
    if strange := {*first, *second} - place.keys():
        raise ValueError(f"ratings outside the categories: {sorted(strange)}")
    groups = list(dict.fromkeys(cases if cases is not None else map(str, range(len(first)))))
    index = {name: i for i, name in enumerate(groups)}
    tables = np.zeros((len(groups), len(categories), len(categories)))
    for i, (a, b) in enumerate(zip(first, second, strict=True)):
        tables[index[cases[i] if cases is not None else str(i)], place[a], place[b]] += 1
    whole: Values = tables.sum(axis=0)
    weights = None if levels is None else np.asarray(levels, float)
    value = kappa(whole, weights)
    low, high = _interval(tables, weights, resamples, seed) if value is not None else (None, None)
    why = "" if value is not None else ("没有共同评过的" if not first else "两边都只用了同一个档，κ 没有定义")
    same = float(np.trace(whole))
    return Agreement(
        n=len(first),
        cases=len(groups),
        agreement=same / len(first) if first else float("nan"),
        kappa=value,
        low=low,
        high=high,
        weighted=levels is not None,
        categories=tuple(categories),
        table=tuple(tuple(int(cell) for cell in row) for row in whole),
        first=tuple(float(share) for share in whole.sum(axis=1) / max(1, len(first))),
        second=tuple(float(share) for share in whole.sum(axis=0) / max(1, len(first))),
        why=why,
    )


def kappa(table: Values, levels: Values | None = None) -> float | None:
    """Cohen's kappa of a square table of counts, quadratic where `levels` are given; None where it is not defined."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    # Both raters used one and the same category: nothing is left for chance to explain.
    if rows @ columns == rows.sum() ** 2:
        return None
    if levels is None:
        return float(cohens_kappa(table, return_results=False))
    return float(cohens_kappa(table, weights=levels, wt="quadratic", return_results=False))


def many(ratings: Sequence[Sequence[str]]) -> float | None:
    """Fleiss' kappa of three or more raters; one row a thing, one rating a rater. None where it is not defined."""
    if not ratings or len({rating for row in ratings for rating in row}) < 2:
        return None
    table, _ = aggregate_raters(np.array([list(row) for row in ratings]))
    return float(fleiss_kappa(table))


def _interval(tables: Values, levels: Values | None, resamples: int, seed: int) -> tuple[float | None, float | None]:
    if len(tables) < MIN_CLUSTERS:
        return None, None

    def statistic(chosen: NDArray[np.intp]) -> float:
        found = kappa(tables[chosen].sum(axis=0), levels)
        return float("nan") if found is None else found

    def resampled(method: str) -> Any:
        return bootstrap(
            (np.arange(len(tables)),),
            statistic,
            n_resamples=resamples,
            vectorized=False,
            method=method,
            confidence_level=CONFIDENCE,
            rng=np.random.default_rng(seed),
        )

    with warnings.catch_warnings():
        # BCa cannot be had where leaving out any one case changes nothing; the percentiles then still can.
        warnings.simplefilter("ignore")
        found = resampled("BCa")
    low, high = found.confidence_interval
    if np.isnan(low) or np.isnan(high):
        drawn = found.bootstrap_distribution[~np.isnan(found.bootstrap_distribution)]
        if not len(drawn):
            return None, None
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)
