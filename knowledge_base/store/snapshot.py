"""The derived index at one version, as readers see it."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.store.catalog import Catalog
from knowledge_base.store.filter import Filter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from knowledge_base.store.lexical import Lexical
    from knowledge_base.store.vectors import Vectors

    Rows = NDArray[np.int64]

CATALOG = "catalog.db"
VECTORS = "vectors.f32"
LEXICAL = "lexical"
FILTERS_KEPT = 256


class Snapshot:
    """`folder` at `version`. The parts open on first use; what they hold does not change under the reader, except that
    the catalogue may lose rows to a writer, so callers drop rows it no longer knows.
    """

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.folder, self.catalog = folder, catalog
        self.version = catalog.meta("version")
        self.count = int(catalog.meta("rows") or 0)
        """Rows ever given out; some may be dead."""
        self._dimension = int(catalog.meta("dimension") or 0)
        self._rows: dict[Filter, Rows | None] = {}
        self._lock = threading.Lock()

    @cached_property
    def vectors(self) -> Vectors:
        from knowledge_base.store.vectors import Vectors

        return Vectors(self.folder / VECTORS, self.count, self._dimension)

    @cached_property
    def lexical(self) -> Lexical:
        from knowledge_base.store.lexical import Lexical

        return Lexical(self.folder / LEXICAL)

    def rows(self, filter: Filter) -> Rows | None:
        """Live rows that pass, ascending; None when that is every row ever given out."""
        with self._lock:
            if filter not in self._rows:
                if len(self._rows) >= FILTERS_KEPT:
                    self._rows.clear()
                rows = self.catalog.rows(filter)
                self._rows[filter] = None if len(rows) == self.count else rows
            return self._rows[filter]
