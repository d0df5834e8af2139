"""Stops asking a model that is down: the list is not burnt, one call at a time finds out whether it is back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from agent.campaign.stop import EndpointDownError
from agent.errors import (
    BadKeyError,
    CallError,
    ModelNotFoundError,
    NoBalanceError,
    NoPermissionError,
    ServerTroubleError,
    SlowModelError,
    UnreachableError,
)

HOPELESS = (BadKeyError, NoPermissionError, NoBalanceError, ModelNotFoundError)
"""Every further call would fail alike until a person does something."""
DOWN = (UnreachableError, ServerTroubleError, SlowModelError)
FAILURES = 5
FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0
PATIENCE = 600.0
"""Seconds without any success after which the run stops."""


class Breaker:
    """One per model and run: closed (calls pass), open (nobody asks), probing (one asks)."""

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._patience, self._clock, self._sleep = patience, clock, sleep
        self._failures = 0
        self._wait = FIRST_WAIT
        self._open_since: float | None = None
        self._probing = False
        self._changed = asyncio.Event()
        self.hopeless: CallError | None = None

    @property
    def is_open(self) -> bool:
        return self._open_since is not None or self.hopeless is not None

    async def pass_through(self) -> None:
        """Returns when a call may be made. Raises EndpointDownError when waiting has no more sense."""
        while True:
            if self.hopeless is not None:
                raise EndpointDownError(self.hopeless.message, hint=self.hopeless.hint)
            if self._open_since is None:
                return
            if self._clock() - self._open_since > self._patience:
                raise EndpointDownError(f"模型已经 {self._patience / 60:.0f} 分钟没有回音")
            if not self._probing:
                self._probing = True
                try:
                    await self._sleep(self._wait)
                except BaseException:
                    self._probing = False
                    self._tell()
                    raise
                self._wait = min(LONGEST_WAIT, self._wait * 2)
                return
            await self._changed.wait()

    def succeeded(self) -> None:
        self._failures, self._wait = 0, FIRST_WAIT
        self._open_since, self._probing = None, False
        self._tell()

    def failed(self, error: Exception) -> None:
        """Judges by the kind of error: only those that the next call would meet too open the breaker."""
        self._probing = False
        if isinstance(error, HOPELESS):
            self.hopeless = error
        elif isinstance(error, DOWN):
            self._failures += 1
            if self._failures >= FAILURES and self._open_since is None:
                self._open_since = self._clock()
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
