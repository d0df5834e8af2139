"""`.wenan/audience-triggers.db`: where the stream was read to, what waits, who is timed, what hit. Pseudonyms only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from knowledge_base.audience import database
from knowledge_base.errors import StorageError

NAME = "audience-triggers.db"
LOCK_NAME = "audience-triggers.lock"

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE places (
        source TEXT PRIMARY KEY, offset INTEGER NOT NULL, lines INTEGER NOT NULL, head BLOB NOT NULL,
        head_size INTEGER NOT NULL, skipping INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE waiting (
        time INTEGER NOT NULL, key BLOB NOT NULL, user TEXT NOT NULL, action TEXT NOT NULL, item TEXT NOT NULL,
        category TEXT NOT NULL, text TEXT NOT NULL, negative INTEGER NOT NULL, PRIMARY KEY (time, key)) WITHOUT ROWID;
    CREATE TABLE people (user TEXT PRIMARY KEY, due INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX people_by_due ON people (due);
    CREATE TABLE wants (item TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (item, user)) WITHOUT ROWID;
    CREATE TABLE hits (
        id TEXT PRIMARY KEY, rule TEXT NOT NULL, user TEXT NOT NULL, item TEXT NOT NULL, since INTEGER NOT NULL,
        at INTEGER NOT NULL, text TEXT NOT NULL, status TEXT NOT NULL, draft TEXT NOT NULL, reason TEXT NOT NULL,
        tries INTEGER NOT NULL);
    CREATE INDEX hits_by_status ON hits (status, at);
    CREATE INDEX hits_by_user ON hits (user);
    """,
)
"""Numbered, append-only. All times are microseconds since 1970, UTC."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection with every migration done. Raises StorageError."""
    # What was said to be done must survive a power cut, or a draft would be made twice.
    return database.connect(path, MIGRATIONS, survive_power_cuts=True)


@contextmanager
def only_watcher(data: Path) -> Iterator[None]:
    """Holds a workspace's triggers; `data` is the hidden folder. Raises StorageError at once when another has them."""
    data.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(data / LOCK_NAME, timeout=0):
            yield
    except Timeout as error:
        raise StorageError(
            "另一个 wenan audience watch 正在看这个工作区", hint="一个工作区同时只能有一个；先停掉它，或用 --dry-run。"
        ) from error
