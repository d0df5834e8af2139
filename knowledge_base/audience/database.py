"""`.wenan/audience.db`: imports, consent, privacy budget, reports and model cards. Only pseudonyms, no original ids.

Here is also how any database about people is opened and written: the triggers' own is (`triggers/database.py`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from knowledge_base.errors import StorageError

DATABASE_NAME = "audience.db"
BUSY_SECONDS = 10.0

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE imports (
        id TEXT PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, kind TEXT NOT NULL, purpose TEXT NOT NULL,
        options TEXT NOT NULL, basis TEXT NOT NULL, at TEXT NOT NULL, report TEXT NOT NULL);
    CREATE INDEX imports_by_content ON imports (sha256, kind, purpose);
    CREATE TABLE parts (
        path TEXT PRIMARY KEY, kind TEXT NOT NULL, purpose TEXT NOT NULL, import_id TEXT NOT NULL,
        rows INTEGER NOT NULL, first TEXT, last TEXT);
    CREATE TABLE consent (
        user TEXT NOT NULL, purpose TEXT NOT NULL, granted INTEGER NOT NULL, source TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (user, purpose)) WITHOUT ROWID;
    CREATE TABLE forgotten (mark TEXT PRIMARY KEY, at TEXT NOT NULL, rows INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE budget (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, what TEXT NOT NULL, mechanism TEXT NOT NULL,
        epsilon REAL NOT NULL, delta REAL NOT NULL);
    CREATE TABLE cards (name TEXT PRIMARY KEY, at TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE reports (
        name TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (name, at)) WITHOUT ROWID;
    """,
)
"""Numbered, append-only. `forgotten.mark` is a keyed hash of a pseudonym: it recognises a person and names nobody."""


def connect(
    path: Path, migrations: Sequence[str] = MIGRATIONS, *, survive_power_cuts: bool = False
) -> sqlite3.Connection:
    """A connection with every migration done. Raises StorageError.

    `survive_power_cuts`: what was committed is on the disk; without it, the last commits may be lost, none is torn.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            # What was deleted must not stay readable in free pages: a forgotten person is forgotten.
            connection.execute("PRAGMA secure_delete = ON")
            if survive_power_cuts:
                connection.execute("PRAGMA synchronous = FULL")
            _migrate(connection, path, migrations)
        except BaseException:
            connection.close()
            raise
        return connection


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(migrations):
        raise StorageError(f"{path} 是更新版本的 wenan 写的，这个版本读不了", hint="先升级 wenan。")
    for number, script in enumerate(migrations[version:], version + 1):
        with transaction(connection):
            # Another process may have migrated while this one waited for the lock.
            if connection.execute("PRAGMA user_version").fetchone()[0] < number:
                for statement in filter(str.strip, script.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns SQLite's and the system's complaints into StorageError; broken constraints stay bugs."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorname", "")
        hints = {
            "SQLITE_BUSY": "等另一个 wenan 跑完再试；也可能是网盘同步软件锁住了它。",
            "SQLITE_FULL": "磁盘满了，腾出空间后重试。",
            "SQLITE_NOTADB": "文件坏了或不是人群数据库；改名留底后重新导入。",
            "SQLITE_CORRUPT": "文件坏了；改名留底后重新导入。",
        }
        for name, hint in hints.items():
            if code.startswith(name):
                raise StorageError(f"{path} 用不了：{error}", hint=hint) from error
        if code.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")):
            raise StorageError(f"{path} 读写失败：{error}", hint="检查磁盘和权限；不要放在网络盘上。") from error
        raise
    except OSError as error:
        raise StorageError(
            f"打不开 {path}：{error.strerror or error}", hint="看看文件夹是否存在、有没有写权限、磁盘是否满了。"
        ) from error
