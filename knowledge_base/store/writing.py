"""Changes the truth and the derived index together, one batch after another, each complete in itself.

Whatever kills the process in the middle of a batch leaves the state unclean, and the next process rebuilds the index
from Chroma; batches already finished stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from knowledge_base.store import lexical, vectors
from knowledge_base.store.catalog import Catalog
from knowledge_base.store.entry import Entry
from knowledge_base.store.snapshot import LEXICAL, VECTORS, Snapshot
from knowledge_base.store.state import STATE, new_name, read_state, write_state

if TYPE_CHECKING:
    from knowledge_base.embedding import Matrix
    from knowledge_base.store.index import Index

SPARE_ROWS = 10_000
"""Dead rows the vector file may hold beyond twice the live ones before the index is made anew."""


class Writer:
    """Only `Index.writer` makes one; it is valid while that block lasts."""

    def __init__(self, index: Index, snapshot: Snapshot) -> None:
        self._truth, self._index = index.truth, index
        self._folder = snapshot.folder
        self._state_path = index.root / STATE
        self._count = snapshot.count
        self.catalog: Catalog = snapshot.catalog

    def put(self, entries: Sequence[Entry], matrix: Matrix) -> None:
        """Adds or replaces by id; whoever was removed under the same id is forgotten."""
        back = self.catalog.removed_among([entry.id for entry in entries])

        def change() -> None:
            self._truth.put(entries, matrix)
            self._truth.delete(back, of="removed")

        self._batch(change, put=entries, matrix=matrix, back=back)

    def move(self, entries: Sequence[Entry]) -> None:
        """Records whose words are the same but whose file or row changed: no vector is made anew."""
        self._batch(lambda: self._truth.relabel(entries), moved=entries)

    def remove(self, ids: Sequence[str]) -> int:
        """Keeps records and vectors among the removed ones. Returns how many there were."""
        entries, matrix = self._truth.fetch(ids)

        def change() -> None:
            self._truth.put(entries, matrix, into="removed")
            self._truth.delete([entry.id for entry in entries])

        if entries:
            self._batch(change, drop=[entry.id for entry in entries], removed=entries)
        return len(entries)

    def restore(self, ids: Sequence[str]) -> int:
        """The way back, with the vectors they had. Returns how many there were."""
        entries, matrix = self._truth.fetch(ids, of="removed")

        def change() -> None:
            self._truth.put(entries, matrix)
            self._truth.delete([entry.id for entry in entries], of="removed")

        if entries:
            self._batch(change, put=entries, matrix=matrix, back=[entry.id for entry in entries])
        return len(entries)

    def _batch(
        self,
        change: Callable[[], None],
        *,
        put: Sequence[Entry] = (),
        matrix: Matrix | None = None,
        moved: Sequence[Entry] = (),
        drop: Sequence[str] = (),
        removed: Sequence[Entry] = (),
        back: Sequence[str] = (),
    ) -> None:
        state = read_state(self._state_path)
        version = new_name()
        write_state(self._state_path, replace(state, clean=False))
        change()
        # The catalogue comes last: its commit is the moment from which readers see the batch.
        dead = self.catalog.rows_of([*(entry.id for entry in put), *drop]).values()
        numbered = list(enumerate(put, self._count))
        if put and matrix is not None and not self._truth.url:
            vectors.append(self._folder / VECTORS, self._count, matrix)
        if put or drop:
            lexical.add(self._folder / LEXICAL, numbered, dead)
        self._count += len(put)
        meta = {"version": version, "rows": str(self._count)}
        self.catalog.commit(put=numbered, moved=moved, drop=drop, removed=removed, back=back, meta=meta)
        alone = not self._truth.url or self._truth.version() == state.version
        self._truth.set_version(version)
        self._index.server_wrote(version)
        # Another machine wrote to the same server meanwhile, or too many dead rows: not clean, so it is made anew.
        crowded = self._count > 2 * sum(self.catalog.counts().values()) + SPARE_ROWS
        write_state(self._state_path, replace(state, version=version, clean=state.clean and alone and not crowded))
