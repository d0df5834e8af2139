"""One SQLite file of the lab: numbered migrations, a reader, and one writer thread that commits in groups.

Every write waiting when the thread comes round goes into one transaction: what arrives during a commit shares the next.
A write counts as kept when its future is done: what was committed survives a kill at any moment.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from agent.storage.connection import BUSY_SECONDS, explained, transaction
from knowledge_base.errors import StorageError

Work = Callable[[sqlite3.Connection], None]
MOST_IN_GROUP = 500
"""Writes in one transaction: bounds how long the first of them waits."""


class Store:
    """Open with a path and its migrations (each a name and statements); close when done.

    Everything raises StorageError when the file cannot be read or written.
    """

    def __init__(self, path: Path, steps: Sequence[tuple[str, str]]) -> None:
        self.path = path
        self._queue: SimpleQueue[tuple[Work, Future[None] | asyncio.Future[None]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._reader = _connect(path)
            try:
                _migrate(self._reader, steps, path)
                self._writer = _connect(path)
            except BaseException:
                self._reader.close()
                raise
        self._thread = threading.Thread(target=self._write, name=f"write {path.name}", daemon=True)
        self._thread.start()

    def all(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Every row of a query, as committed."""
        with explained(self.path), self._lock:
            return self._reader.execute(query, values).fetchall()

    def one(self, query: str, values: Sequence[Any] = ()) -> Any:
        """The first row of a query, or None."""
        with explained(self.path), self._lock:
            return self._reader.execute(query, values).fetchone()

    def put(self, work: Work) -> None:
        """Runs `work` in a transaction on the writer thread and returns when it is committed."""
        done: Future[None] = Future()
        self._enqueue(work, done)
        done.result()

    def aput(self, work: Work) -> asyncio.Future[None]:
        """`put` for coroutines: await the future to know that it is committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._enqueue(work, done)
        return done

    def flush(self) -> None:
        """Returns when everything enqueued before is committed."""
        self.put(lambda _: None)

    def close(self) -> None:
        """Commits what waits. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        self._reader.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _enqueue(self, work: Work, done: Future[None] | asyncio.Future[None]) -> None:
        if self._closed:
            raise StorageError(f"{self.path} 已经关闭")
        self._queue.put((work, done))

    def _write(self) -> None:
        last = False
        while not last:
            group = []
            item = self._queue.get()
            while item is not None:
                group.append(item)
                if len(group) == MOST_IN_GROUP or self._queue.empty():
                    break
                item = self._queue.get()
            last = item is None
            if group:
                self._commit(group)
        self._writer.close()

    def _commit(self, group: list[tuple[Work, Future[None] | asyncio.Future[None]]]) -> None:
        try:
            with transaction(self._writer):
                for work, _ in group:
                    work(self._writer)
        except Exception as error:
            if len(group) == 1:
                _settle([group[0][1]], self._explained(error))
                return
            # One of them is bad: each alone, so that only the bad one fails.
            for one in group:
                self._commit([one])
        else:
            _settle([done for _, done in group], None)

    def _explained(self, error: Exception) -> Exception:
        try:
            with explained(self.path):
                raise error
        except Exception as told:
            return told


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    # As in the journal: NORMAL is safe under WAL, a killed process loses nothing that was committed.
    connection.execute("PRAGMA cache_size = -512")
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")
    return connection


def _migrate(connection: sqlite3.Connection, steps: Sequence[tuple[str, str]], path: Path) -> None:
    """Brings the file to the newest step, each in its own transaction; safe when two processes start at once."""
    if _version(connection) > len(steps):
        raise StorageError(f"{path} 是更新版本的 wenan 写的，这个版本读不了", hint="先升级 wenan。")
    for number, (_, script) in enumerate(steps, 1):
        if _version(connection) >= number:
            continue
        with transaction(connection):
            if _version(connection) < number:
                for statement in script.split(";\n"):
                    if statement.strip():
                        connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")


def _version(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return number


def _settle(waiting: list[Future[None] | asyncio.Future[None]], error: Exception | None) -> None:
    """Tells everyone who waits, waking each event loop once."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for done in waiting:
        if isinstance(done, asyncio.Future):
            loops.setdefault(done.get_loop(), []).append(done)
        elif error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
    for loop, futures in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_wake, futures, error)


def _wake(futures: list[asyncio.Future[None]], error: Exception | None) -> None:
    for future in futures:
        if not future.done():
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
