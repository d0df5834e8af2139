"""Many small writes from coroutines, committed together: each waits for its own commit, none pays for it alone."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from agent.storage.connection import connect, explained, transaction

T = TypeVar("T")
MOST_TOGETHER = 256


@dataclass(slots=True)
class _Job:
    work: Callable[[sqlite3.Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class GroupWriter:
    """One connection on one thread, for one event loop. What is queued while a commit runs goes into the next one.

    A job that fails is undone alone, by its own savepoint; its neighbours are kept.
    """

    def __init__(self, path: Path) -> None:
        """Raises StorageError when the file cannot be opened."""
        self.path = path
        self.connection, self.indexed = connect(path)
        self._groups: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._collecting: list[_Job] = []
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `work`, once it is committed. Raises StorageError, and whatever `work` raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if not self._collecting:
            # What other coroutines queue before this loop turns once more shares the commit.
            loop.call_soon(self._send)
        self._collecting.append(_Job(work, loop, future))
        # A commit cannot be called back: a cancelled caller must not leave the rest of the group waiting for it.
        return await asyncio.shield(future)

    def close(self) -> None:
        """Waits for what is queued. May be called twice."""
        if self._thread.is_alive():
            self._send()
            self._groups.put(None)
            self._thread.join()
            self.connection.close()

    def _send(self) -> None:
        if self._collecting:
            self._groups.put(self._collecting)
            self._collecting = []

    def _work(self) -> None:
        open_for_more = True
        while open_for_more:
            jobs, open_for_more = self._next()
            if jobs:
                self._commit(jobs)
                _settle(jobs)

    def _next(self) -> tuple[list[_Job], bool]:
        """All that is queued, and whether more may come."""
        group = self._groups.get()
        jobs: list[_Job] = []
        while group is not None:
            jobs += group
            if len(jobs) >= MOST_TOGETHER:
                return jobs, True
            try:
                group = self._groups.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            with explained(self.path), transaction(self.connection):
                for job in jobs:
                    self._try(job)
        except Exception as error:
            # The commit itself failed (disk full, file locked): nothing of the group was kept.
            for job in jobs:
                job.error = job.error or error

    def _try(self, job: _Job) -> None:
        self.connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(self.connection)
        except sqlite3.OperationalError:
            # The file, not the job: a full disk may already have rolled everything back.
            raise
        except Exception as error:
            self.connection.execute("ROLLBACK TO job")
            job.error = error
        self.connection.execute("RELEASE job")


def _settle(jobs: list[_Job]) -> None:
    """Wakes each event loop once for all its jobs of the group."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, members in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_wake, members)


def _wake(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.cancelled():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
