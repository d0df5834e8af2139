"""Opens the journal's SQLite file and says in Chinese what went wrong with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.storage.migrations import NewerJournalError, migrate, open_search_index
from knowledge_base.errors import StorageError

BUSY_SECONDS = 10.0
"""How long a write waits for another process."""


def connect(path: Path) -> tuple[sqlite3.Connection, bool]:
    """A connection with every migration done, and whether full-text search works. Raises StorageError."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # isolation_level=None: transactions are ours to open, the driver adds none of its own.
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            # NORMAL is safe from corruption under WAL; a power cut may cost the last drafts, a crash does not.
            # Without WAL (some network shares refuse it) only FULL is.
            connection.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection)
            return connection, open_search_index(connection)
        except BaseException:
            connection.close()
            raise


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. IMMEDIATE: a second writer waits at the start instead of failing at its first write."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns SQLite's and the system's complaints into StorageError."""
    try:
        yield
    except NewerJournalError as error:
        raise StorageError(f"{path} 是更新版本的 wenan 写的，这个版本读不了", hint="先升级 wenan。") from error
    except sqlite3.IntegrityError:
        # A broken constraint is our bug, not the user's disk.
        raise
    except sqlite3.DatabaseError as error:
        raise explain(error, path) from error
    except OSError as error:
        raise StorageError(
            f"打不开 {path}：{error.strerror or error}", hint="看看文件夹是否存在、有没有写权限、磁盘是否满了。"
        ) from error


_CAUSES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("SQLITE_FULL",),
        "磁盘满了，写不进 {path}",
        "腾出空间后重试；已经写好的稿子都还在。",
    ),
    (
        ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"),
        "{path} 是只读的",
        "看看文件和文件夹的权限，或用 WENAN_HOME 换一个能写的工作区。",
    ),
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED"),
        "{path} 正被另一个程序占用",
        "等另一个 wenan 跑完再试；也可能是网盘同步软件锁住了它。",
    ),
    (
        ("SQLITE_CORRUPT", "SQLITE_NOTADB"),
        "{path} 已损坏或不是稿件库",
        "把它改名留底（同名的 -wal、-shm 一起），再运行会新建一个；或用备份换回。",
    ),
    (
        ("SQLITE_IOERR", "SQLITE_PROTOCOL", "SQLITE_CANTOPEN"),
        "{path} 读写失败",
        "检查磁盘和权限。工作区若在网络共享盘或网盘里，请移到本机磁盘：SQLite 在网络盘上不可靠。",
    ),
)


def explain(error: sqlite3.DatabaseError, path: Path) -> Exception:
    """The StorageError for an SQLite complaint about the file; programming errors come back as they are."""
    code = getattr(error, "sqlite_errorname", "")
    for names, message, hint in _CAUSES:
        if any(code.startswith(name) for name in names):
            return StorageError(message.format(path=path), hint=hint)
    return error
