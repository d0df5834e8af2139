"""Hybrid search: the lexical and the dense leg, each exact, fused by a convex sum of their scores.

    score = .6 * BM25 / best BM25 + .4 * max(cosine, 0)          in [0, 1]

Weights from the 2,000 validation questions of InsuranceQA-zh (all 27,413 answers): fused nDCG@10 .228, BM25 alone .222,
the default embedder alone .090; .5 and .7 in place of .6 give .226 and .227, so the choice is not sharp. Fusing ranks
(RRF) was worse than BM25 alone, because the small dense model's ranks are noise beyond the first few.

The dense leg of a local knowledge base is always an exact scan of the memory-mapped vectors, with and without filters.
Chroma's own approximate search takes 3 ms against 5 at 50,000 rows, but a terminal command would first pay more than a
second to import chromadb and load its graph, and approximate answers would differ from the filtered ones, which
are exact either way. With a Chroma server the server searches, filters included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from knowledge_base.hit import Leg
from knowledge_base.store.filter import Filter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from knowledge_base.embedding import Embedder
    from knowledge_base.store.chroma import Truth
    from knowledge_base.store.snapshot import Snapshot

    Rows = NDArray[np.int64]
    Scores = NDArray[np.float32]

LEXICAL_WEIGHT = 0.6
DEPTH = 100
"""Candidates of each leg at least; 50 to 400 gave the same quality."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row before its record is fetched."""

    row: int
    score: float
    dense: Leg | None
    lexical: Leg | None


class DenseLeg(Protocol):
    def top(self, query: Scores, filter: Filter, k: int) -> tuple[Rows, Scores]:
        """The `k` rows with the highest cosines, best first."""

    def cosines(self, query: Scores, rows: Rows) -> Scores:
        """Of these rows, in their order."""


class Scan:
    """Exact, over the memory-mapped vectors of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def top(self, query: Scores, filter: Filter, k: int) -> tuple[Rows, Scores]:
        from knowledge_base.store.vectors import top

        rows = self._snapshot.rows(filter)
        return top(rows, self._snapshot.vectors.cosines(query, rows), k)

    def cosines(self, query: Scores, rows: Rows) -> Scores:
        return self._snapshot.vectors.cosines(query, rows)


class Server:
    """A Chroma server's own search with its own filters."""

    def __init__(self, snapshot: Snapshot, truth: Truth) -> None:
        self._catalog, self._truth = snapshot.catalog, truth

    def top(self, query: Scores, filter: Filter, k: int) -> tuple[Rows, Scores]:
        import numpy as np

        ids, cosines = self._truth.nearest(query, k, filter.where())
        rows = self._catalog.rows_of(ids)
        # Another machine may have added records since the local index was made.
        known = [i for i, id in enumerate(ids) if id in rows]
        return np.asarray([rows[ids[i]] for i in known], np.int64), cosines[known]

    def cosines(self, query: Scores, rows: Rows) -> Scores:
        import numpy as np

        records = self._catalog.ids_of(rows.tolist())
        entries, matrix = self._truth.fetch(list(records.values()))
        found = (
            {entry.id: float(cosine) for entry, cosine in zip(entries, matrix @ query, strict=True)} if entries else {}
        )
        return np.asarray([found.get(records.get(int(row), ""), 0.0) for row in rows], np.float32)


def search(query: str, filter: Filter, k: int, snapshot: Snapshot, dense: DenseLeg, embedder: Embedder) -> list[Ranked]:
    """Candidates by fused score, best first; more than `k`, so that the caller can skip rows that have just gone."""
    depth = max(DEPTH, 2 * k)
    rows, bm25 = snapshot.lexical.top(query, filter, depth)
    # A writer's batch reaches the lexical index a moment before its rows count.
    counted = rows < snapshot.count
    rows, bm25 = rows[counted], bm25[counted]
    vector = embedder.embed([query])[0]
    near, cosines = dense.top(vector, filter, depth)
    return fuse((rows, bm25), (near, cosines), dense.cosines(vector, rows))


def fuse(lexical: tuple[Rows, Scores], dense: tuple[Rows, Scores], lexical_cosines: Scores) -> list[Ranked]:
    """Both legs' rows by fused score, best first, equal ones by row. `lexical_cosines`: of the lexical leg's rows,
    since a row the dense leg did not list still has a cosine, while one without a shared term has no BM25.
    """
    dense_legs = _legs(*dense)
    lexical_legs = _legs(*lexical)
    cosines = {row: leg.score for row, leg in dense_legs.items()}
    cosines |= dict(zip(lexical[0].tolist(), lexical_cosines.tolist(), strict=True))
    best = max((leg.score for leg in lexical_legs.values()), default=0.0)
    ranked = []
    for row, cosine in cosines.items():
        leg = lexical_legs.get(row)
        words = leg.score / best if leg and best > 0 else 0.0
        score = LEXICAL_WEIGHT * words + (1 - LEXICAL_WEIGHT) * min(max(cosine, 0.0), 1.0)
        ranked.append(Ranked(row, score, dense_legs.get(row), leg))
    return sorted(ranked, key=lambda one: (-one.score, one.row))


def _legs(rows: Rows, scores: Sequence[float] | Scores) -> dict[int, Leg]:
    return {int(row): Leg(rank, float(score)) for rank, (row, score) in enumerate(zip(rows, scores, strict=True), 1)}
