"""Remembers the vectors of past queries on disk, so that a repeated query loads no model at all."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge_base.embedding import Embedder, Matrix

CAPACITY = 4_000
"""Vectors kept; 8 MB at 512 dimensions. Beyond it the oldest tenth is dropped."""


class CachedEmbedder:
    """`inner`, asked only for texts it has not embedded before.

    Worth it because loading the default model takes most of a second, more than all the rest of a search. Meant for
    queries; bulk texts go to `inner` directly. Best effort: without a writable disk it just asks `inner`.
    """

    def __init__(self, inner: Embedder, path: Path, *, capacity: int = CAPACITY) -> None:
        self.inner = inner
        self.name = inner.name
        self.dimension = inner.dimension
        self._path, self._capacity = path, capacity
        self._recent: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Matrix:
        import numpy as np

        keys = [_key(self.name, text) for text in texts]
        with self._lock:
            known = self._look_up(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            fresh = self.inner.embed(list(missing.values()))
            new = {key: fresh[i].astype("<f4").tobytes() for i, key in enumerate(missing)}
            known |= new
            with self._lock:
                self._keep(new)
        flat = np.frombuffer(b"".join(known[key] for key in keys), "<f4").astype(np.float32)
        return flat.reshape(len(texts), self.dimension)

    def _look_up(self, keys: list[bytes]) -> dict[bytes, bytes]:
        found = {key: self._recent[key] for key in keys if key in self._recent}
        rest = [key for key in keys if key not in found]
        if not rest or not self._path.is_file():
            return found
        with suppress(sqlite3.Error), closing(self._open()) as db:
            for key in rest:
                row = db.execute("SELECT vector FROM vector WHERE key = ?", (key,)).fetchone()
                if row is not None and len(row[0]) == 4 * self.dimension:
                    found[key] = self._recent[key] = row[0]
        return found

    def _keep(self, new: dict[bytes, bytes]) -> None:
        if len(self._recent) + len(new) > self._capacity:
            self._recent.clear()
        self._recent |= new
        with suppress(sqlite3.Error, OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._open()) as db, db:
                db.execute("CREATE TABLE IF NOT EXISTS vector (n INTEGER PRIMARY KEY, key BLOB UNIQUE, vector BLOB)")
                db.executemany("INSERT OR IGNORE INTO vector (key, vector) VALUES (?, ?)", new.items())
                (count,) = db.execute("SELECT count(*) FROM vector").fetchone()
                if count > self._capacity:
                    spare = count - self._capacity + self._capacity // 10
                    db.execute("DELETE FROM vector WHERE n IN (SELECT n FROM vector ORDER BY n LIMIT ?)", (spare,))

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=1.0)
        # A lost cache entry costs a second at most, so speed beats durability here.
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA journal_mode = MEMORY")
        return db


def _key(name: str, text: str) -> bytes:
    return hashlib.sha256(f"{name}\0{text}".encode("utf-8", "surrogatepass")).digest()
