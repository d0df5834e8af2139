"""The run's side of every call: one queue, one budget, one circuit breaker and one ledger for all units."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal

from agent.campaign.breaker import Breaker
from agent.campaign.budget import Meter, Reservation
from agent.campaign.calls import Asked
from agent.campaign.ledger import Ledger
from agent.campaign.stop import EndpointDownError
from agent.campaign.throttle import Throttle
from agent.campaign.unique import Clash, Guard
from agent.copies import Copy
from agent.draft import Draft
from agent.errors import RateLimitError
from agent.ids import new_id
from agent.model import Completion, Model
from knowledge_base.errors import ModelError, StorageError

NEVER_LEFT = "CalledOff: the request never left"
Choose = Callable[[Sequence[Draft]], Awaitable[int]]
"""Which of several drafts of one unit is the best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A model of the plan with what this run has learned about it."""

    model: Model
    throttle: Throttle
    prices: tuple[Decimal | None, Decimal | None] = (None, None)
    breaker: Breaker = field(default_factory=Breaker)


class RunDesk:
    """The `Desk` of a run, in the run's own process and event loop."""

    def __init__(
        self, endpoints: Sequence[Endpoint], ledger: Ledger, meter: Meter, guard: Guard, chosen: Choose
    ) -> None:
        self._endpoints, self._ledger, self._meter, self._guard = endpoints, ledger, meter, guard
        self._chosen = chosen

    @asynccontextmanager
    async def call(self, number: int, asked: Asked, *, last: bool) -> AsyncIterator[RunBooking]:
        endpoint = self._endpoints[number]
        if not last and endpoint.breaker.is_open:
            raise EndpointDownError("模型停着，换下一个")
        async with AsyncExitStack() as slot:
            await slot.enter_async_context(endpoint.throttle.slot())
            await endpoint.breaker.pass_through()
            booking = RunBooking(self._ledger, endpoint, self._meter, asked, slot)
            try:
                yield booking
            except ModelError as error:
                endpoint.breaker.failed(error)
                raise
            finally:
                booking.drop()
        endpoint.throttle.answered()
        endpoint.breaker.succeeded()

    async def clash(self, draft_id: str, copy: Copy) -> Clash | None:
        return self._guard.clash(draft_id, copy)

    async def choose(self, drafts: Sequence[Draft]) -> int:
        return await self._chosen(drafts)


class RunBooking:
    """One call: each request that leaves gets its own row before it does."""

    def __init__(self, ledger: Ledger, endpoint: Endpoint, meter: Meter, asked: Asked, slot: AsyncExitStack) -> None:
        self._ledger, self._endpoint, self._meter, self._asked, self._slot = ledger, endpoint, meter, asked, slot
        self._attempt = ""
        self._reserved: Reservation | None = None

    async def sending(self) -> None:
        self.drop()
        self._reserved = self._meter.reserve(self._asked.chars, self._endpoint.prices)
        await self._endpoint.throttle.permit(self._reserved.tokens)
        asked, self._attempt = self._asked, new_id("a")
        try:
            await self._ledger.sent(
                self._attempt, asked.unit, asked.slot, self._endpoint.model.name, asked.prompt_sha256
            )
        except asyncio.CancelledError:
            # Called off while it was noted: whoever waits for us sends nothing now, and the row has to say so.
            with suppress(StorageError):
                await asyncio.shield(self._ledger.refused(self._attempt, NEVER_LEFT))
            raise

    async def refused(self, error: Exception) -> None:
        self.drop()
        if isinstance(error, RateLimitError):
            self._endpoint.throttle.refused(error.retry_after)
        await self._ledger.refused(self._attempt, f"{type(error).__name__}: {error}")
        self._attempt = ""

    async def answered(self, completion: Completion) -> str:
        self.drop()
        self._meter.add(completion)
        # The endpoint is done with us: the next call need not wait until the answer is committed.
        await self._slot.aclose()
        # Models that reach no network announce nothing: their answers are noted all the same.
        asked, attempt = self._asked, self._attempt or new_id("a")
        await self._ledger.answered(attempt, asked.unit, asked.slot, completion, asked.prompt_sha256)
        return attempt

    def drop(self) -> None:
        """Gives back what was set aside, where something is."""
        if self._reserved is not None:
            self._meter.release(self._reserved)
            self._reserved = None
