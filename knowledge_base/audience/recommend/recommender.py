"""Recommendations for people, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from knowledge_base.audience.recommend.causes import Cause, causes
from knowledge_base.audience.recommend.choose import Choice
from knowledge_base.audience.recommend.interactions import Interactions
from knowledge_base.audience.recommend.metrics import coverage, variety
from knowledge_base.audience.recommend.ranking import BATCH, diversified, ranked
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
        popular = Popularity.of(self.seen)
        found: list[list[Recommendation]] = []
        for start in range(0, len(rows), BATCH):
            batch = slice(start, start + BATCH)
            theirs = None if mine is None else mine[batch]
            found += self._batch(history[batch], k, theirs, allowed, popular, trade)
        return found

    def _batch(
        self, history: Any, k: int, owned: Any, allowed: Any, popular: Popularity, trade: float
    ) -> list[list[Recommendation]]:
        varied = self.vectors is not None and trade > 0
        scores = np.array(self.choice.scorer.scores(history))
        # Without any history the other scorers know nothing, and would answer in the order of item names.
        cold = np.flatnonzero(np.diff(history.indptr) == 0)
        scores[cold] = popular.scores(history[cold])
        columns = ranked(scores, k * CANDIDATES if varied else k, owned=owned, allowed=allowed)
        values = np.take_along_axis(scores, np.maximum(columns, 0), axis=1)
        if varied:
            assert self.vectors is not None
            places = [
                diversified(mine, value.astype(float), self.vectors, k, trade)
                for mine, value in zip(columns, values, strict=True)
            ]
            width = max((len(one) for one in places), default=0)
            columns = np.array([[*one, *[-1] * (width - len(one))] for one in places], np.int64).reshape(-1, width)
            values = np.take_along_axis(scores, np.maximum(columns, 0), axis=1)
        sources = causes(history, columns, _neighbours(self.choice.scorer), self.vectors)
        return [
            [
                Recommendation(self.seen.items[column], value, self._reason(column, cause))
                for column, value, cause in zip(*row, strict=True)
                if column >= 0
            ]
            for row in zip(columns.tolist(), values.tolist(), sources, strict=True)
        ]

    def quality(self, lists: Sequence[Sequence[Recommendation]]) -> dict[str, float]:
        """Coverage of the items that may be shown, and variety, of lists that were made."""
        width = max((len(one) for one in lists), default=0)
        columns = [[self.seen.item_columns[each.item] for each in one] + [-1] * (width - len(one)) for one in lists]
        ranking = np.array(columns, np.int64).reshape(len(lists), width)
        found = {"coverage": coverage(ranking, len(self.seen.items) - sum(i in self.excluded for i in self.seen.items))}
        if self.vectors is not None:
            found["variety"] = variety(ranking, self.vectors)
        return found

    def _reason(self, column: int, cause: Cause | None) -> str:
        """The past interest that pulled an item up most, where there is one; otherwise how many people like it."""
        people = int(self.seen.popularity[column])
        crowd = f"{people} 个人对它有过兴趣"
        if cause is None:
            return f"近期热门；{crowd}" if people else "新品，还没有人看过"
        if cause.by == "people":
            return f"对「{self._name(cause.item)}」感兴趣的人也常看它；{crowd}"
        return f"和感兴趣过的「{self._name(cause.item)}」相近；{crowd}"

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
