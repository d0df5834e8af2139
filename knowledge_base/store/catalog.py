"""The derived catalogue: every record with its filter fields, in SQLite. Answers all that needs no ranking.

`row` numbers name the same record in the catalogue, the vector file and the lexical index. They only grow; a changed
record gets a new one.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge_base.codec import record_name
from knowledge_base.errors import StorageError
from knowledge_base.records import Product, Record
from knowledge_base.store.entry import Entry, decode
from knowledge_base.store.filter import Filter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]

SCHEMA = """
CREATE TABLE entry (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, brand TEXT NOT NULL, category TEXT NOT NULL,
    valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL, file TEXT NOT NULL, file_row INTEGER NOT NULL,
    sha256 TEXT NOT NULL, record TEXT NOT NULL
);
CREATE INDEX entry_filter ON entry (kind, brand, category, valid_from, valid_until);
CREATE INDEX entry_file ON entry (file, id);
CREATE TABLE name (key TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, key, id)) WITHOUT ROWID;
CREATE INDEX name_id ON name (id);
CREATE TABLE removed (id TEXT PRIMARY KEY, kind TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
INSERT = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
REMEDY = "检查磁盘和权限；文件坏了就删掉 .wenan/index 文件夹，下次会从 Chroma 自动重建，不丢东西。"
CHUNK = 500
"""Ids a statement; SQLite builds allow at least 999 parameters."""


class Catalog:
    """One SQLite file. Safe to share between threads; another process may read while one writes."""

    def __init__(self, path: Path) -> None:
        """Opens or creates the file. Raises StorageError when it cannot be used."""
        self._lock = threading.RLock()
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=30.0)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            if not self._all("SELECT 1 FROM sqlite_master WHERE name = 'meta'"):
                self._db.executescript(SCHEMA)
        except sqlite3.Error as error:
            raise StorageError(f"打不开知识库目录 {path}：{error}", hint=REMEDY) from error

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def meta(self, key: str) -> str:
        """The stored value; empty when never set."""
        found = self._all("SELECT value FROM meta WHERE key = ?", (key,))
        return str(found[0][0]) if found else ""

    def get(self, id: str) -> Record | None:
        found = self._all("SELECT kind, record FROM entry WHERE id = ?", (id,))
        return decode(*found[0]) if found else None

    def records(self, filter: Filter) -> tuple[Record, ...]:
        """In the order of their files."""
        where, values = filter.sql()
        rows = self._all(f"SELECT kind, record FROM entry WHERE {where} ORDER BY kind, file, file_row, id", values)
        return tuple(decode(kind, data) for kind, data in rows)

    def by_rows(self, rows: Iterable[int]) -> dict[int, Record]:
        """Rows whose record has gone meanwhile are left out."""
        found = self._many("SELECT row, kind, record FROM entry WHERE row IN", [int(row) for row in rows])
        return {row: decode(kind, data) for row, kind, data in found}

    def rows(self, filter: Filter) -> Rows:
        """Row numbers of what passes, ascending."""
        import numpy as np

        where, values = filter.sql()
        found = self._all(f"SELECT row FROM entry WHERE {where}", values)
        rows = np.fromiter((row for (row,) in found), np.int64, len(found))
        rows.sort()
        return rows

    def rows_of(self, ids: Sequence[str]) -> dict[str, int]:
        return dict(self._many("SELECT id, row FROM entry WHERE id IN", list(ids)))

    def ids_of(self, rows: Sequence[int]) -> dict[int, str]:
        return dict(self._many("SELECT row, id FROM entry WHERE row IN", list(rows)))

    def stamps(self, ids: Sequence[str]) -> dict[str, tuple[str, str, str, int]]:
        """id -> (kind, sha256, file, row in the file) of those that exist."""
        found = self._many("SELECT id, kind, sha256, file, file_row FROM entry WHERE id IN", list(ids))
        return {id: (kind, sha256, file, row) for id, kind, sha256, file, row in found}

    def named(self, kind: str, key: str) -> tuple[str, ...]:
        """Ids of the kind whose id, name or alias is `key` (see `name_key`)."""
        return tuple(
            id for (id,) in self._all("SELECT id FROM name WHERE kind = ? AND key = ? ORDER BY id", (kind, key))
        )

    def names(self, kind: str) -> tuple[tuple[str, str], ...]:
        """(name key, id) of every id, name and alias of the kind."""
        return tuple(self._all("SELECT key, id FROM name WHERE kind = ? ORDER BY id, key", (kind,)))

    def files(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for file, id in self._all("SELECT file, id FROM entry WHERE file <> '' ORDER BY file, file_row, id"):
            found.setdefault(file, []).append(id)
        return {file: tuple(ids) for file, ids in found.items()}

    def counts(self) -> dict[str, int]:
        return dict(self._all("SELECT kind, count(*) FROM entry GROUP BY kind ORDER BY kind"))

    def next_row(self) -> int:
        return int(self._all("SELECT coalesce(max(row), -1) FROM entry")[0][0]) + 1

    def removed(self) -> tuple[Record, ...]:
        return tuple(
            decode(kind, data) for kind, data in self._all("SELECT kind, record FROM removed ORDER BY kind, id")
        )

    def removed_among(self, ids: Sequence[str]) -> list[str]:
        return [id for (id,) in self._many("SELECT id FROM removed WHERE id IN", ids)]

    def commit(
        self,
        *,
        put: Sequence[tuple[int, Entry]] = (),
        moved: Sequence[Entry] = (),
        drop: Sequence[str] = (),
        removed: Sequence[Entry] = (),
        back: Sequence[str] = (),
        meta: dict[str, str] | None = None,
    ) -> None:
        """One transaction: `put` replaces by id, `moved` changes only where a record came from, `drop` deletes,
        `removed` and `back` add to and take from the removed ones. Raises StorageError and changes nothing on trouble.
        """
        gone = [(id,) for id in (*(entry.id for _, entry in put), *drop)]
        fresh = [_columns(row, entry) for row, entry in put]
        places = [(entry.file, entry.row, entry.data, entry.id) for entry in moved]
        try:
            with self._lock, self._db:
                run = self._db.executemany
                run("DELETE FROM entry WHERE id = ?", gone)
                run("DELETE FROM name WHERE id = ?", gone)
                run(INSERT, fresh)
                run("INSERT OR IGNORE INTO name VALUES (?, ?, ?)", [n for _, entry in put for n in _names(entry)])
                run("UPDATE entry SET file = ?, file_row = ?, record = ? WHERE id = ?", places)
                run("INSERT OR REPLACE INTO removed VALUES (?, ?, ?)", [(e.id, e.kind, e.data) for e in removed])
                run("DELETE FROM removed WHERE id = ?", [(id,) for id in back])
                run("INSERT OR REPLACE INTO meta VALUES (?, ?)", list((meta or {}).items()))
        except sqlite3.Error as error:
            raise StorageError(f"知识库目录写不进去：{error}", hint="检查磁盘空间和文件权限后重试。") from error

    def _many(self, query: str, keys: Sequence[Any]) -> list[Any]:
        found: list[Any] = []
        for i in range(0, len(keys), CHUNK):
            part = keys[i : i + CHUNK]
            found += self._all(f"{query} ({', '.join('?' * len(part))})", tuple(part))
        return found

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            with self._lock:
                return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise StorageError(f"读不了知识库目录：{error}", hint=REMEDY) from error


def name_key(name: str) -> str:
    """Case, width and spaces do not tell names apart."""
    import unicodedata

    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _columns(row: int, entry: Entry) -> tuple[Any, ...]:
    e = entry
    fields = (e.kind, e.brand, e.category, e.valid_from, e.valid_until, e.file, e.row, e.sha256, e.data)
    return (row, e.id, *fields)


def _names(entry: Entry) -> list[tuple[str, str, str]]:
    # Passages have headings, not names: thousands may share one.
    if entry.kind == "passage":
        return []
    record = entry.record()
    names = (record.id, record_name(record), *(record.aliases if isinstance(record, Product) else ()))
    return [(name_key(name), entry.kind, entry.id) for name in names]
