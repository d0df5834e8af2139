"""A Ray actor beside the run that holds questions of nodes until the run has answered them.

It knows neither what they ask nor the ledger: when the run dies nobody answers, so that no further request leaves.
Bytes in, bytes out, so that its process imports nothing of ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence


class Mailbox:
    """An asynchronous actor; every method runs on its one event loop."""

    def __init__(self) -> None:
        self._number = 0
        self._new: list[tuple[int, bytes]] = []
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._came = asyncio.Event()

    async def ask(self, question: bytes) -> bytes:
        """The run's answer, however long it takes."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._number += 1
        self._waiting[self._number] = future
        self._put(self._number, question)
        return await future

    async def tell(self, news: bytes) -> None:
        """Something that needs no answer."""
        self._put(0, news)

    async def take(self) -> list[tuple[int, bytes]]:
        """All that came since the last time; waits until there is something. Number 0 wants no answer."""
        await self._came.wait()
        self._came.clear()
        taken, self._new = self._new, []
        return taken

    async def reply(self, answers: Sequence[tuple[int, bytes]]) -> None:
        for number, answer in answers:
            future = self._waiting.pop(number, None)
            if future is not None and not future.done():
                future.set_result(answer)

    def _put(self, number: int, message: bytes) -> None:
        self._new.append((number, message))
        self._came.set()
