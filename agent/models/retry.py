"""Trying again: exponential backoff with full jitter, Retry-After honoured, one deadline over all tries.

Full jitter (a uniform draw from 0 to the exponential bound) spreads many callers that were refused together.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from agent.errors import CallError, SlowModelError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    retries: int = 3
    """Further tries after the first."""
    deadline: float = 300.0
    """Seconds for all tries and the waits between them."""
    base: float = 0.5
    """Seconds; the wait before try n+1 is drawn from 0 to base * 2**n."""
    longest: float = 20.0
    """Seconds; the bound of a wait of our own choosing."""
    longest_asked: float = 60.0
    """Seconds; when the platform asks for more, we give up at once and say so rather than sit silent."""
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep, compare=False)
    draw: Callable[[float, float], float] = field(default=random.uniform, compare=False)
    clock: Callable[[], float] = field(default=time.monotonic, compare=False)

    def wait_before(self, attempt: int, asked: float | None) -> float | None:
        """Seconds to wait after failed try number `attempt` (from 0); None when the platform asks for too long."""
        own = self.draw(0.0, min(self.longest, self.base * 2.0**attempt))
        if asked is None:
            return own
        # Never earlier than asked; a little later, so that a crowd does not return in the same instant.
        return None if asked > self.longest_asked else asked + min(own, 1.0)


async def with_retries(
    call: Callable[[], Awaitable[T]], policy: RetryPolicy, *, may_retry: Callable[[], bool] = lambda: True
) -> T:
    """The result of `call`, tried again while its CallError says that may help, time is left and `may_retry()` holds.

    Raises the last error; SlowModelError when the deadline passes within a try.
    """
    until = policy.clock() + policy.deadline
    for attempt in range(policy.retries + 1):
        try:
            async with asyncio.timeout(max(0.0, until - policy.clock())):
                return await call()
        except TimeoutError as error:
            raise SlowModelError(f"{policy.deadline:g} 秒内没有得到完整的回答") from error
        except CallError as error:
            if not error.retryable or attempt == policy.retries or not may_retry():
                raise
            wait = policy.wait_before(attempt, error.retry_after)
            if wait is None:
                error.hint = f"平台要求 {error.retry_after:.0f} 秒后再试；到时重新运行，或用 --model 换一个。"
                raise
            if policy.clock() + wait >= until:
                raise
        await policy.sleep(wait)
    raise AssertionError("unreachable: the last try returns or raises")


def read_retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds from a Retry-After header: seconds or an HTTP date (RFC 9110, 10.2.3). None when unreadable."""
    text = (value or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            then = parsedate_to_datetime(text)
        except ValueError:
            return None
        if then.tzinfo is None:
            then = then.replace(tzinfo=UTC)
        seconds = (then - (now or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if seconds == seconds and seconds != float("inf") else None
