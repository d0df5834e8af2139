"""Looks for words in everything a workspace keeps: the proof that somebody is gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import polars as pl

PIECE = 8 * 1024 * 1024
_SQLITE = b"SQLite format 3\0"


def places(folder: Path, words: tuple[str, ...]) -> Iterator[str]:
    """Files under `folder` (relative, forward slashes) that hold one of the words; in Parquet, in any text column.

    Files are also read as raw bytes, so that free pages of a database count, too.
    """
    wanted = [word.encode() for word in words if word]
    for path in sorted(one for one in folder.rglob("*") if one.is_file()) if folder.is_dir() and wanted else ():
        try:
            found = _in_parquet(path, words) if path.suffix == ".parquet" else _in_file(path, wanted)
        except OSError:
            # Gone since the folder was listed, or another process's lock file.
            continue
        if found:
            yield path.relative_to(folder).as_posix()


def _in_parquet(path: Path, words: tuple[str, ...]) -> bool:
    frame = pl.scan_parquet(path)
    texts = [name for name, kind in frame.collect_schema().items() if kind == pl.String]
    if not texts:
        return False
    tests = [pl.col(name).str.contains(word, literal=True).any() for name in texts for word in words if word]
    return any(frame.select(pl.any_horizontal(test.fill_null(False) for test in tests)).collect().row(0))


def _in_file(path: Path, wanted: list[bytes]) -> bool:
    overlap = max(len(word) for word in wanted)
    with path.open("rb") as file:
        head = file.read(len(_SQLITE))
        file.seek(0)
        tail = b""
        while piece := file.read(PIECE):
            text = tail + piece
            if any(word in text for word in wanted):
                return True
            tail = text[-overlap:]
    # Raw bytes miss a value that is spread over two pages.
    return head == _SQLITE and _in_database(path, wanted)


def _in_database(path: Path, wanted: list[bytes]) -> bool:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        for (table,) in database.execute(query).fetchall():
            columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
            tests = " OR ".join(f'instr(CAST("{column}" AS BLOB), ?)' for column in columns for _ in wanted)
            values = [word for _ in columns for word in wanted]
            if columns and database.execute(f'SELECT 1 FROM "{table}" WHERE {tests} LIMIT 1', values).fetchone():
                return True
    return False
