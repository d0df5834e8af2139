"""How good rankings are, and how varied."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ranking = NDArray[np.int64]


def ndcg(ranking: Ranking, truth: Any) -> NDArray[np.float64]:
    """nDCG at the ranking's width with binary relevance (Järvelin and Kekäläinen 2002); nan for users without truth.

    `ranking`: item columns, -1 where there is nothing, shape (users, k). `truth`: CSR of shape (users, items).
    """
    users, k = ranking.shape
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.r_[0, np.cumsum(discounts)]
    relevant = np.diff(truth.indptr)
    rows = np.repeat(np.arange(users), relevant)
    wanted = np.sort(rows.astype(np.int64) * truth.shape[1] + truth.indices)
    keys = np.arange(users)[:, None] * truth.shape[1] + ranking
    hits = np.isin(keys, wanted) & (ranking >= 0)
    best = ideal[np.minimum(relevant, k)]
    with np.errstate(invalid="ignore"):
        return np.where(best > 0, (hits * discounts).sum(axis=1) / np.where(best > 0, best, 1), np.nan)


def coverage(ranking: Ranking, items: int) -> float:
    """Share of the items that anybody is shown."""
    return len(np.unique(ranking[ranking >= 0])) / items if items else 0.0


def variety(ranking: Ranking, vectors: NDArray[np.float32]) -> float:
    """Mean over users of 1 - cosine between the items of a list; nan where no list has two."""
    found = []
    for row in ranking:
        shown = vectors[row[row >= 0]]
        if len(shown) > 1:
            likeness = shown @ shown.T
            pairs = len(shown) * (len(shown) - 1)
            found.append(1 - (likeness.sum() - np.trace(likeness)) / pairs)
    return float(np.mean(found)) if found else float("nan")
