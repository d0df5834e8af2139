"""Recommendations for people, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from knowledge_base.audience.recommend.choose import Choice
from knowledge_base.audience.recommend.interactions import Interactions
from knowledge_base.audience.recommend.metrics import coverage, variety
from knowledge_base.audience.recommend.ranking import diversified, recommend
from knowledge_base.audience.recommend.scorers import Hybrid, ItemKnn, Popularity, Scorer, Scores

CANDIDATES = 5
"""Times k that variety is chosen from."""
TRADE = 0.3
"""How much relevance may be given up for variety, 0 none."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    item: str
    score: float
    reason: str
    """In Chinese, for the person who writes the copy."""


@dataclass(frozen=True)
class Recommender:
    """`vectors`: unit rows, shape (items, dimensions), what variety is measured by; None leaves the order alone."""

    seen: Interactions
    choice: Choice
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Item -> why it may not be shown."""
    vectors: Scores | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def for_users(
        self, users: Sequence[str], k: int, *, owned: Any = None, trade: float = TRADE
    ) -> list[list[Recommendation]]:
        """k items each. `owned`: CSR like `seen.matrix`, what each already has. Unknown users get what is popular."""
        rows = [self.seen.user_rows.get(user, -1) for user in users]
        history, mine = _rows(self.seen.matrix, rows), None if owned is None else _rows(owned, rows)
        allowed = np.array([item not in self.excluded for item in self.seen.items], bool)
        wide = k * CANDIDATES if self.vectors is not None and trade else k
        scorer, popular = self.choice.scorer, Popularity.of(self.seen)
        ranking = recommend(scorer, history, wide, owned=mine, allowed=allowed)
        scores = np.array(scorer.scores(history))
        # Without any history the other scorers know nothing, and would answer in the order of item names.
        cold = np.flatnonzero(np.diff(history.indptr) == 0)
        if len(cold):
            theirs = None if mine is None else mine[cold]
            ranking[cold] = recommend(popular, history[cold], wide, owned=theirs, allowed=allowed)
            scores[cold] = popular.scores(history[cold])
        return [self._explained(history[row], ranking[row], scores[row], k, trade) for row in range(len(rows))]

    def quality(self, lists: Sequence[Sequence[Recommendation]]) -> dict[str, float]:
        """Coverage of the items that may be shown, and variety, of lists that were made."""
        width = max((len(one) for one in lists), default=0)
        columns = [[self.seen.item_columns[each.item] for each in one] + [-1] * (width - len(one)) for one in lists]
        ranking = np.array(columns, np.int64).reshape(len(lists), width)
        found = {"coverage": coverage(ranking, len(self.seen.items) - sum(i in self.excluded for i in self.seen.items))}
        if self.vectors is not None:
            found["variety"] = variety(ranking, self.vectors)
        return found

    def _explained(self, history: Any, ranking: Any, scores: Any, k: int, trade: float) -> list[Recommendation]:
        if self.vectors is not None and trade:
            columns = diversified(ranking, scores[np.maximum(ranking, 0)].astype(float), self.vectors, k, trade)
        else:
            columns = [int(column) for column in ranking[:k] if column >= 0]
        return [Recommendation(self.seen.items[c], float(scores[c]), self._reason(history, c)) for c in columns]

    def _reason(self, history: Any, column: int) -> str:
        """The past interest that pulled an item up most, where there is one; otherwise how many people like it."""
        people = int(self.seen.popularity[column])
        crowd = f"{people} 个人对它有过兴趣"
        pulls = np.zeros(0)
        knn = _neighbours(self.choice.scorer)
        if knn is not None and history.nnz:
            row = knn.similarity[column]
            pulls = history.data * np.asarray(row[:, history.indices].todense()).ravel()
            if len(pulls) and pulls.max() > 0:
                return f"对「{self._name(history.indices[int(pulls.argmax())])}」感兴趣的人也常看它；{crowd}"
        if self.vectors is not None and history.nnz:
            pulls = history.data * (self.vectors[history.indices] @ self.vectors[column])
            if pulls.max() > 0:
                return f"和感兴趣过的「{self._name(history.indices[int(pulls.argmax())])}」相近；{crowd}"
        return f"近期热门；{crowd}" if people else "新品，还没有人看过"

    def _name(self, column: int) -> str:
        item = self.seen.items[column]
        return self.names.get(item, item)


def _neighbours(scorer: Scorer) -> ItemKnn | None:
    if isinstance(scorer, ItemKnn):
        return scorer
    if isinstance(scorer, Hybrid):
        return next((part for _, part in scorer.parts if isinstance(part, ItemKnn)), None)
    return None


def _rows(matrix: Any, rows: Sequence[int]) -> Any:
    """Rows of a CSR matrix; an empty row for -1."""
    from scipy import sparse

    padded = sparse.vstack([matrix, sparse.csr_matrix((1, matrix.shape[1]), dtype=matrix.dtype)]).tocsr()
    return padded[[row if row >= 0 else matrix.shape[0] for row in rows]]
