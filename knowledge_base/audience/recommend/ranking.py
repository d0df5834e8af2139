"""Scores to ranked lists: what may not be shown is taken out first, variety is bought with a little relevance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.audience.recommend.metrics import Ranking
from knowledge_base.audience.recommend.scorers import Scorer, Scores

BATCH = 1024
"""Users scored at once; 1024 users and 20,000 items take 80 MB."""


def top(scores: Scores, k: int) -> Ranking:
    """Columns of the k best finite scores of each row, best first, ties to the lower column; -1 fills up."""
    k = min(k, scores.shape[1])
    if k < 1:
        return np.full((scores.shape[0], 0), -1, np.int64)
    part = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    values = np.take_along_axis(scores, part, axis=1)
    # argpartition picks any of the equal scores at the edge; only such rows are worth a full sort.
    tied = np.flatnonzero((scores >= values.min(axis=1, keepdims=True)).sum(axis=1) > k)
    part[tied] = np.argsort(-scores[tied], axis=1, kind="stable")[:, :k]
    values[tied] = np.take_along_axis(scores[tied], part[tied], axis=1)
    order = np.lexsort((part, -values), axis=1)
    found = np.take_along_axis(part, order, axis=1)
    kept = np.isfinite(np.take_along_axis(values, order, axis=1))
    return np.where(kept, found, -1).astype(np.int64)


def recommend(
    scorer: Scorer, history: Any, k: int, *, owned: Any = None, allowed: NDArray[np.bool_] | None = None
) -> Ranking:
    """The k best items of each user, without those in `owned` (CSR like `history`) and those not `allowed` (items,)."""
    lists = []
    for start in range(0, history.shape[0], BATCH):
        batch = slice(start, start + BATCH)
        mine = None if owned is None else owned[batch]
        lists.append(ranked(scorer.scores(history[batch]), k, owned=mine, allowed=allowed))
    return np.concatenate(lists) if lists else np.zeros((0, k), np.int64)


def ranked(scores: Scores, k: int, *, owned: Any = None, allowed: NDArray[np.bool_] | None = None) -> Ranking:
    """The same for scores that are there already, shape (users, items); they are not changed."""
    shown = np.array(scores, np.float32)
    if owned is not None:
        mine = owned.tocoo()
        shown[mine.row, mine.col] = -np.inf
    if allowed is not None:
        shown[:, ~allowed] = -np.inf
    return top(shown, k)


def diversified(ranking: Ranking, scores: NDArray[np.float64], vectors: Scores, k: int, trade: float) -> list[int]:
    """Maximal marginal relevance (Carbonell and Goldstein 1998) over one user's candidates.

    `ranking`, `scores`: candidates and their scores, shape (candidates,). `trade` in [0, 1]: 0 keeps the order.
    """
    left = [place for place in range(len(ranking)) if ranking[place] >= 0]
    if not left:
        return []
    low, high = scores[left].min(), scores[left].max()
    relevance = (scores - low) / (high - low if high > low else 1)
    chosen: list[int] = []
    nearest = np.zeros(len(ranking))
    while left and len(chosen) < k:
        best = max(left, key=lambda place: ((1 - trade) * relevance[place] - trade * nearest[place], -place))
        left.remove(best)
        chosen.append(best)
        nearest = np.maximum(nearest, vectors[np.maximum(ranking, 0)] @ vectors[ranking[best]])
    return [int(ranking[place]) for place in chosen]
