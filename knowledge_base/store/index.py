"""The derived index as one thing: knows whether it is usable, has it rebuilt when not, hands out snapshots."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knowledge_base.embedding import Embedder
from knowledge_base.store.catalog import Catalog
from knowledge_base.store.chroma import Truth
from knowledge_base.store.rebuild import rebuild
from knowledge_base.store.snapshot import CATALOG, LEXICAL, VECTORS, Snapshot
from knowledge_base.store.state import STATE, State, exclusive, read_state, try_exclusive
from knowledge_base.store.writing import Writer

SERVER_PATIENCE = 2.0
"""Seconds for which a server's version is believed: asking takes a round trip. Local versions are read every time."""
UNSEEN = (float("-inf"), "")


class Index:
    def __init__(self, data: Path, truth: Truth, embedder: Embedder) -> None:
        """`data`: the workspace's hidden folder. An index of a server has a folder of its own."""
        tail = f"-{hashlib.sha256(truth.url.encode()).hexdigest()[:12]}" if truth.url else ""
        self.root = data / f"index{tail}"
        self.truth, self.embedder = truth, embedder
        self._lock_file = data / f"index{tail}.lock"
        self._snapshot: Snapshot | None = None
        self._catalogs: dict[Path, Catalog] = {}
        self._server_seen = UNSEEN
        self._guard = threading.RLock()
        self._writing = threading.Lock()

    def snapshot(self, *, same_embedder: bool = True) -> Snapshot | None:
        """The index as it is now, rebuilt first if it cannot be trusted; None while nothing was ever added.

        While another process writes, what was last finished. `same_embedder` False accepts vectors of another embedder,
        for callers that need none.
        """
        with self._guard:
            state = read_state(self.root / STATE)
            if not state.folder and not self.truth.exists():
                return None
            if not self._trusted(state, same_embedder) and (try_exclusive(self._lock_file) or not self._has(state)):
                with self._alone():
                    state = self._mended(same_embedder)
            return self._at(self.root / state.folder)

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """The only way to change anything: holds the lock of all processes until the block ends."""
        with self._writing, self._alone():
            with self._guard:
                state = self._mended(True)
                writer = Writer(self, self._at(self.root / state.folder))
            # Readers of this process go on meanwhile: to them this is another writer.
            yield writer
            with self._guard:
                self._mended(True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Holds the lock of all processes.

        An embedded Chroma is opened and closed within: a client that stays open while another process writes keeps old
        vectors in memory, fails to find the new ones, and would in the end write its old state over them.
        """
        with exclusive(self._lock_file):
            try:
                yield
            finally:
                if not self.truth.url:
                    self.truth.close()

    def catalog(self, folder: Path) -> Catalog:
        if folder not in self._catalogs:
            self._catalogs[folder] = Catalog(folder / CATALOG)
        return self._catalogs[folder]

    def server_wrote(self, version: str) -> None:
        """Spares the next question to the server."""
        self._server_seen = (time.monotonic(), version)

    def close(self) -> None:
        with self._guard:
            self._snapshot = None
            for catalog in self._catalogs.values():
                catalog.close()
            self._catalogs.clear()
            self.truth.close()

    def _at(self, folder: Path) -> Snapshot:
        catalog = self.catalog(folder)
        seen = self._snapshot
        if seen is None or seen.folder != folder or seen.version != catalog.meta("version"):
            seen = self._snapshot = Snapshot(folder, catalog)
        return seen

    def _trusted(self, state: State, same_embedder: bool) -> bool:
        if not state.clean or not self._has(state):
            return False
        if same_embedder and state.embedder != self.embedder.name:
            return False
        return state.version == self._truth_version()

    def _has(self, state: State) -> bool:
        folder = self.root / state.folder
        return bool(state.folder) and all((folder / part).exists() for part in (CATALOG, VECTORS, LEXICAL))

    def _truth_version(self) -> str:
        if not self.truth.url:
            return self.truth.version()
        asked, version = self._server_seen
        if time.monotonic() - asked >= SERVER_PATIENCE:
            version = self.truth.version()
            self._server_seen = (time.monotonic(), version)
        return version

    def _mended(self, same_embedder: bool) -> State:
        """A trusted state, rebuilding if needed. Only with the lock held."""
        self._server_seen = UNSEEN
        state = read_state(self.root / STATE)
        if self._trusted(state, same_embedder):
            return state
        self._snapshot = None
        state = rebuild(self.root, self.truth, self.embedder)
        self.server_wrote(state.version)
        return state
