"""How fast one model may be asked: rates learned from its headers and refusals, and a window that breathes.

The window follows AIMD (additive increase, multiplicative decrease; Chiu and Jain 1989): a refusal for speed halves it,
each success widens it a little.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from aiolimiter import AsyncLimiter

MINUTE = 60.0
HALVE_EVERY = 1.0
"""Seconds between two halvings: calls refused together speak of one jam, not of many."""


class Throttle:
    """One per model and run."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`most`: calls at once when nothing refuses."""
        self.most = most
        self.window = float(most)
        self.requests_per_minute: float | None = None
        self.tokens_per_minute: float | None = None
        self._requests: AsyncLimiter | None = None
        self._tokens: AsyncLimiter | None = None
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._clock = clock
        self._not_before = 0.0
        self._halved_at = -HALVE_EVERY

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Holds one of the window's places."""
        while self._running >= int(self.window):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                with suppress(ValueError):
                    self._waiting.remove(turn)
                self._wake()
                raise
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._wake()

    async def permit(self, tokens: int) -> None:
        """Waits until the rates allow one more request of about `tokens` tokens."""
        while (wait := self._not_before - self._clock()) > 0:
            await asyncio.sleep(wait)
        if self._requests is not None:
            await self._requests.acquire()
        if self._tokens is not None:
            await self._tokens.acquire(min(tokens, self._tokens.max_rate))

    def heard(self, headers: Mapping[str, str]) -> None:
        """Learns the limits that a platform states (OpenAI's header names, which most others copy)."""
        if (rate := _number(headers.get("x-ratelimit-limit-requests"))) and rate != self.requests_per_minute:
            self.requests_per_minute = rate
            self._requests = AsyncLimiter(rate, MINUTE)
        if (rate := _number(headers.get("x-ratelimit-limit-tokens"))) and rate != self.tokens_per_minute:
            self.tokens_per_minute = rate
            self._tokens = AsyncLimiter(rate, MINUTE)

    def answered(self) -> None:
        """A call went well."""
        self.window = min(float(self.most), self.window + 1 / self.window)
        self._wake()

    def refused(self, retry_after: float | None) -> None:
        """A call was refused for speed; with `retry_after` seconds nobody asks before then."""
        now = self._clock()
        if retry_after:
            self._not_before = max(self._not_before, now + retry_after)
        if now - self._halved_at >= HALVE_EVERY:
            self._halved_at = now
            self.window = max(1.0, self.window / 2)

    def _wake(self) -> None:
        free = int(self.window) - self._running
        while free > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None
