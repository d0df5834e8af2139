"""A unit's way to its models: answers that are paid come from the ledger, new calls are noted before they leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from agent.campaign.breaker import Breaker
from agent.campaign.budget import Meter, Reservation
from agent.campaign.ledger import Ledger
from agent.campaign.rows import Claim
from agent.campaign.stop import EndpointDownError
from agent.campaign.throttle import Throttle
from agent.errors import RateLimitError
from agent.ids import new_id
from agent.model import Completion, Model, Request, prompt_sha256
from agent.models.scripted import deliver
from knowledge_base.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A model of the plan with what this run has learned about it."""

    model: Model
    throttle: Throttle
    prices: tuple[Decimal | None, Decimal | None] = (None, None)
    breaker: Breaker = field(default_factory=Breaker)


class UnitModel:
    """The `Model` that drafts one stage of one unit. `stage` names the stage, so that its calls are found again."""

    def __init__(self, claim: Claim, stage: str, endpoints: Sequence[Endpoint], ledger: Ledger, meter: Meter) -> None:
        self._claim, self._stage = claim, stage
        self._endpoints, self._ledger, self._meter = endpoints, ledger, meter
        self._last = endpoints[0].model.name

    @property
    def name(self) -> str:
        """That of the model which answered last."""
        return self._last

    async def complete(self, request: Request) -> Completion:
        """The kept answer, else a new one from the first model that gives one. Raises ModelError, StopError."""
        slot = f"{self._claim.round}.{self._stage}.{request.sample}"
        kept = self._claim.answers.get(slot)
        if kept is not None:
            deliver(kept.text, request)
            return kept
        for endpoint, spare in zip(self._endpoints, [*self._endpoints[1:], None], strict=True):
            if spare is not None and endpoint.breaker.is_open:
                continue
            try:
                return await self._ask(endpoint, request, slot)
            except EndpointDownError:
                if spare is None:
                    raise
            except ModelError:
                if spare is None:
                    raise
        raise AssertionError("unreachable: the last model returns or raises")

    async def aclose(self) -> None:
        """The models belong to the run."""

    async def _ask(self, endpoint: Endpoint, request: Request, slot: str) -> Completion:
        key, sha256 = self._claim.key, prompt_sha256(request.messages)
        async with endpoint.throttle.slot():
            await endpoint.breaker.pass_through()
            call = _Call(self._ledger, endpoint, self._meter, request, (key, slot, sha256))
            try:
                completion = await endpoint.model.complete(replace(request, wire=call))
            except ModelError as error:
                endpoint.breaker.failed(error)
                raise
            finally:
                call.drop()
            self._meter.add(completion)
            attempt = call.attempt or new_id("a")
            await self._ledger.answered(attempt, key, slot, completion, sha256)
        endpoint.throttle.answered()
        endpoint.breaker.succeeded()
        self._last = endpoint.model.name
        return replace(completion, call_id=attempt)


class _Call:
    """Wire of one call: each request that leaves gets its own row before it does."""

    def __init__(
        self, ledger: Ledger, endpoint: Endpoint, meter: Meter, request: Request, where: tuple[str, str, str]
    ) -> None:
        self.attempt = ""
        self._ledger, self._endpoint, self._meter = ledger, endpoint, meter
        self._request, self._where = request, where
        self._reserved: Reservation | None = None

    async def sending(self) -> None:
        self.drop()
        self._reserved = self._meter.reserve(self._request, self._endpoint.prices)
        await self._endpoint.throttle.permit(self._reserved.tokens)
        key, slot, sha256 = self._where
        self.attempt = new_id("a")
        await self._ledger.sent(self.attempt, key, slot, self._endpoint.model.name, sha256)

    async def refused(self, error: Exception) -> None:
        self.drop()
        if isinstance(error, RateLimitError):
            self._endpoint.throttle.refused(error.retry_after)
        await self._ledger.refused(self.attempt, f"{type(error).__name__}: {error}")
        self.attempt = ""

    def drop(self) -> None:
        """Gives back what was set aside, where something is."""
        if self._reserved is not None:
            self._meter.release(self._reserved)
            self._reserved = None
