"""Which past interest pulled each recommended item up most: what its reason is told by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge_base.audience.recommend.metrics import Ranking
from knowledge_base.audience.recommend.scorers import ItemKnn, Scores


class Cause(NamedTuple):
    item: int
    """Column of an item in the person's history."""
    by: Literal["people", "content"]
    """Others who liked it like the recommended one too, or both are alike in what they are."""


def causes(
    history: Any, ranking: Ranking, neighbours: ItemKnn | None, vectors: Scores | None
) -> list[list[Cause | None]]:
    """Of each place of `ranking`, shape (users, k): neighbours first, then likeness; None where neither pulls.

    `history`: CSR of shape (users, items). Earlier items win ties.
    """
    found: list[list[Cause | None]] = [[None] * ranking.shape[1] for _ in range(ranking.shape[0])]
    lengths = np.diff(history.indptr)
    if neighbours is not None:
        _fill(found, _by_people(history, lengths, ranking, neighbours), "people")
    if vectors is not None:
        left = [row for row, one in enumerate(found) if lengths[row] and None in one]
        _fill(found, _by_content(history, left, ranking, vectors), "content")
    return found


def _fill(found: list[list[Cause | None]], strongest: NDArray[np.int64], by: Literal["people", "content"]) -> None:
    for row, columns in enumerate(strongest.tolist()):
        for place, column in enumerate(columns):
            if column >= 0 and found[row][place] is None:
                found[row][place] = Cause(column, by)


def _by_people(history: Any, lengths: NDArray[Any], ranking: Ranking, neighbours: ItemKnn) -> NDArray[np.int64]:
    """Column of the strongest pull, -1 for none, shape of `ranking`."""
    strongest = np.full(ranking.shape, -1, np.int64)
    warm = np.flatnonzero(lengths)
    if not len(warm):
        return strongest
    starts = np.cumsum(lengths[warm]) - lengths[warm]
    for place in range(ranking.shape[1]):
        # Every pair of a recommended item and one of the history, looked up at once.
        columns = np.repeat(np.maximum(ranking[warm, place], 0), lengths[warm])
        pulls = history.data * np.asarray(neighbours.similarity[columns, history.indices]).ravel()
        best = np.maximum.reduceat(pulls, starts)
        # The first of equal ones: the places that reach the best, the lowest of each person.
        reached = np.where(pulls == np.repeat(best, lengths[warm]), np.arange(len(pulls)), len(pulls))
        first = np.minimum.reduceat(reached, starts)
        strongest[warm, place] = np.where(best > 0, history.indices[first], -1)
    return np.where(ranking >= 0, strongest, -1)


def _by_content(history: Any, rows: Sequence[int], ranking: Ranking, vectors: Scores) -> NDArray[np.int64]:
    strongest = np.full(ranking.shape, -1, np.int64)
    for row in rows:
        begin, end = history.indptr[row], history.indptr[row + 1]
        mine = history.indices[begin:end]
        pulls = history.data[begin:end, None] * (vectors[mine] @ vectors[np.maximum(ranking[row], 0)].T)
        strongest[row] = np.where(pulls.max(axis=0) > 0, mine[pulls.argmax(axis=0)], -1)
    return np.where(ranking >= 0, strongest, -1)
