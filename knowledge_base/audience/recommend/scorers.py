"""Ways to score every item for many users at once. All return float32 of shape (users asked, items); more is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge_base.audience.recommend.interactions import Interactions

Scores = NDArray[np.float32]

NEIGHBOURS, SHRINKAGE = 200, 5.0
"""Of item-kNN. A pair seen together by few users is worth less: cosine times n / (n + SHRINKAGE) in spirit. Chosen on
ratings held out of the training part of MovieLens 100k (`python -m bench audience_recommend`), not on its test part."""
FACTORS, REGULARISATION, ITERATIONS, CONFIDENCE, SEED = 32, 0.05, 15, 10.0, 7
BLOCK = 2048
"""Items whose neighbours are found at once."""
FOLDED = 256
"""Users whose factors are solved for at once; each item any of them knows takes 4 kB."""


class Scorer(Protocol):
    @property
    def name(self) -> str:
        """In Chinese, as reasons and reports call it."""

    def scores(self, history: Any) -> Scores:
        """`history` is CSR of shape (users, items) with the same items the scorer was made with."""


@dataclass(frozen=True)
class Popularity:
    """The same for everybody: how many users each item had."""

    counts: NDArray[np.float64]
    name: str = "热门"

    @classmethod
    def of(cls, seen: Interactions) -> Popularity:
        return cls(seen.popularity)

    def scores(self, history: Any) -> Scores:
        row = np.log1p(self.counts).astype(np.float32)
        return np.broadcast_to(row, (history.shape[0], len(row)))


@dataclass(frozen=True)
class ItemKnn:
    """Cosine between items over users, shrunk where few users back it; each item keeps its nearest neighbours."""

    similarity: Any
    """CSR of shape (items, items): row i holds i's neighbours, no diagonal."""
    name: str = "看过也喜欢"

    @classmethod
    def of(cls, seen: Interactions, *, neighbours: int = NEIGHBOURS, shrinkage: float = SHRINKAGE) -> ItemKnn:
        matrix = seen.matrix.tocsc()
        norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
        rows, columns, values = [], [], []
        for start in range(0, len(seen.items), BLOCK):
            end = min(start + BLOCK, len(seen.items))
            together = (matrix[:, start:end].T @ matrix).tocoo()
            part = together.data / (norms[start + together.row] * norms[together.col] + shrinkage)
            keep = start + together.row != together.col
            row, column, value = _largest(together.row[keep], together.col[keep], part[keep], neighbours)
            rows.append(row + start)
            columns.append(column)
            values.append(value)
        data = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))) if rows else ([], ([], []))
        shape = (len(seen.items), len(seen.items))
        return cls(sparse.csr_matrix(data, shape=shape, dtype=np.float32))

    def scores(self, history: Any) -> Scores:
        return np.asarray((history @ self.similarity.T).todense(), np.float32)


@dataclass(frozen=True)
class Als:
    """Implicit-feedback matrix factorisation (Hu, Koren, Volinsky 2008) by the library implicit."""

    items: Scores
    """Factors, shape (items, factors)."""
    name: str = "口味相近"

    @classmethod
    def of(cls, seen: Interactions, *, factors: int = FACTORS, iterations: int = ITERATIONS) -> Als:
        """Raises MissingExtraError without implicit."""
        from knowledge_base.audience.extra import need

        need("implicit")
        from implicit.cpu.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        # implicit does its own threading, and a threaded BLAS below it makes it many times slower; it says so already
        # when the model is made.
        with threadpool_limits(1, user_api="blas"):
            model = AlternatingLeastSquares(
                factors=factors,
                regularization=REGULARISATION,
                iterations=iterations,
                alpha=CONFIDENCE,
                random_state=SEED,
                num_threads=1,
            )
            model.fit(seen.matrix, show_progress=False)
        return cls(np.asarray(model.item_factors, np.float32))

    def scores(self, history: Any) -> Scores:
        """Users are folded in from their history by one least-squares step, so that unseen users have scores too."""
        factors = self.items.shape[1]
        gram = self.items.T @ self.items + REGULARISATION * np.eye(factors, dtype=np.float32)
        users = np.zeros((history.shape[0], factors), np.float32)
        for start in range(0, history.shape[0], FOLDED):
            part = history[start : start + FOLDED]
            known = np.unique(part.indices)
            liked, mine = self.items[known], part[:, known]
            # Sum of confidence times the outer product of an item's factors: one sparse product for all users.
            outer = (liked[:, :, None] * liked[:, None, :]).reshape(len(known), factors * factors)
            left = gram + (CONFIDENCE * (mine @ outer)).reshape(-1, factors, factors)
            wanted = mine.copy()
            wanted.data = 1 + CONFIDENCE * mine.data
            users[start : start + FOLDED] = np.linalg.solve(left, (wanted @ liked)[:, :, None])[:, :, 0]
        return np.asarray(users @ self.items.T, np.float32)


@dataclass(frozen=True)
class Content:
    """Items like the ones in the history, by unit vectors of what they are; works for items nobody has seen."""

    vectors: Scores
    """Shape (items, dimensions); a zero row is an item we know nothing about."""
    name: str = "内容相近"

    def scores(self, history: Any) -> Scores:
        return np.asarray((history @ self.vectors) @ self.vectors.T, np.float32)


def standardised(scores: Scores) -> Scores:
    """Each user's scores with mean 0 and deviation 1, so that scorers can be mixed; constant rows become 0."""
    spread = scores.std(axis=1, keepdims=True)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1), np.float32)


@dataclass(frozen=True)
class Hybrid:
    """A weighted sum of standardised scores."""

    parts: Sequence[tuple[float, Scorer]]
    """Weights, over 0, add up to 1."""
    name: str = "综合"

    def scores(self, history: Any) -> Scores:
        total = np.zeros(history.shape, np.float32)
        for weight, part in self.parts:
            total += weight * standardised(part.scores(history))
        return total


def _largest(row: Any, column: Any, value: Any, most: int) -> tuple[Any, Any, Any]:
    """The `most` largest values of each row; ties go to the lower column."""
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    starts = np.r_[0, np.flatnonzero(np.diff(row)) + 1] if len(row) else np.zeros(0, int)
    lengths = np.diff(np.r_[starts, len(row)])
    keep = np.arange(len(row)) - np.repeat(starts, lengths) < most
    return row[keep], column[keep], value[keep]
