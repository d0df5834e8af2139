"""Several variants at once: Bradley-Terry strengths from who beats whom on each case."""

from __future__ import annotations

from itertools import combinations

import choix
import numpy as np

from evals.stats.pairing import Floats, Table
from evals.stats.resample import resampled_counts
from evals.stats.values import MissingPair, Ranked, Ranking

RESAMPLES = 400
"""Each one is a fit of its own."""
PRIOR = 0.5
"""Half a win each way for every pair: a variant that wins everything keeps a finite strength."""


def rank(
    tables: dict[str, Table], scorer: str, *, higher_is_better: bool, seed: int = 0, level: float = 0.95
) -> Ranking:
    """Best first. Cases that some variant has no value for are left out for all, and listed.

    Ties give half a win to each. Intervals are percentiles over resampled cases: the strengths of all variants move
    together, as they were judged on the same cases.
    """
    names = list(tables)
    kept, missing, values = _values(tables, scorer)
    if len(names) < 2 or not kept:
        return Ranking(scorer=scorer, places=(), cases=len(kept), missing=missing, note="没有可以比较的用例")
    signed = np.round(values if higher_is_better else -values, 12)
    pairs = list(combinations(range(len(names)), 2))
    outcomes = np.stack([(np.sign(signed[:, i] - signed[:, j]) + 1) / 2 for i, j in pairs], axis=1)
    strengths = _strengths(outcomes.sum(axis=0), len(kept), pairs, len(names))
    draws = [
        _strengths(row, len(kept), pairs, len(names), start=strengths)
        for counts in resampled_counts(len(kept), RESAMPLES, seed)
        for row in counts @ outcomes
    ]
    low, high = np.quantile(np.array(draws), [(1 - level) / 2, (1 + level) / 2], axis=0)
    places = []
    for place, name in enumerate(names):
        won = sum(np.count_nonzero(signed[:, place] > signed[:, other]) for other in range(len(names)))
        lost = sum(np.count_nonzero(signed[:, place] < signed[:, other]) for other in range(len(names)))
        places.append(
            Ranked(
                name=name,
                strength=float(strengths[place]),
                low=float(low[place]),
                high=float(high[place]),
                win_rate=float(won / (won + lost)) if won + lost else None,
                decisive=int(won + lost),
                ties=len(kept) * (len(names) - 1) - int(won + lost),
            )
        )
    return Ranking(
        scorer=scorer,
        places=tuple(sorted(places, key=lambda one: (-one.strength, one.name))),
        cases=len(kept),
        missing=missing,
        level=level,
        note="所有用例都打平，排不出先后" if np.all(outcomes == 0.5) else "",
        settings={"resamples": RESAMPLES, "seed": seed},
    )


def _values(tables: dict[str, Table], scorer: str) -> tuple[list[str], tuple[MissingPair, ...], Floats]:
    ids = list(dict.fromkeys(case_id for table in tables.values() for case_id in table.cases))
    kept, missing, rows = [], [], []
    for case_id in ids:
        found = [_value(table, case_id, scorer) for table in tables.values()]
        if any(value is None for value in found):
            lacking = [name for name, value in zip(tables, found, strict=True) if value is None]
            missing.append(MissingPair(case_id, "both", f"{'、'.join(lacking)} 没有这项分数"))
        else:
            kept.append(case_id)
            rows.append(found)
    return kept, tuple(missing), np.array(rows, dtype=float).reshape(len(kept), len(tables))


def _value(table: Table, case_id: str, scorer: str) -> float | None:
    case = table.cases.get(case_id)
    values = case.values.get(scorer) if case else None
    return sum(values) / len(values) if values else None


def _strengths(
    wins: Floats, cases: int, pairs: list[tuple[int, int]], variants: int, start: Floats | None = None
) -> Floats:
    """`wins` of the first of each pair, out of `cases`; log-odds with mean 0."""
    matrix = np.zeros((variants, variants))
    for (i, j), won in zip(pairs, wins, strict=True):
        matrix[i, j], matrix[j, i] = won + PRIOR, cases - won + PRIOR
    strengths: Floats = choix.ilsr_pairwise_dense(matrix, initial_params=start, tol=1e-6)
    return strengths
