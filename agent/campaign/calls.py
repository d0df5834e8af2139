"""A unit's way to its models: answers that are paid come from the ledger, new calls are noted before they leave."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from agent.campaign.rows import Claim
from agent.campaign.stop import EndpointDownError
from agent.campaign.unique import Clash
from agent.copies import Copy
from agent.draft import Draft
from agent.model import Completion, Model, Request, Wire, prompt_sha256
from agent.models.scripted import deliver
from knowledge_base.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call as the books see it: whose it is and how long, not what it says."""

    unit: str
    slot: str
    """round.stage.sample"""
    prompt_sha256: str
    chars: int
    """Characters of the prompt; what it may cost is reckoned from them."""


class Booking(Wire, Protocol):
    """A call under way: the wire of its requests, and where its answer is kept."""

    async def answered(self, completion: Completion) -> str:
        """Commits the answer, before anything else is done with it. Returns the attempt's id. Raises StorageError."""


class Desk(Protocol):
    """What a unit needs of its run. The run's own process answers, wherever the unit is worked on."""

    def call(self, number: int, asked: Asked, *, last: bool) -> AbstractAsyncContextManager[Booking]:
        """A place in the queue of model `number`, kept while the block runs.

        Raises EndpointDownError when the model is down; where it is not the `last` to try, at once.
        """

    async def clash(self, draft_id: str, copy: Copy) -> Clash | None:
        """What a draft is too alike to, in the batch and in the journal."""

    async def choose(self, drafts: Sequence[Draft]) -> int:
        """Which of several drafts of one unit is the best."""


class UnitModel:
    """The `Model` that drafts one stage of one unit. `stage` names the stage, so that its calls are found again."""

    def __init__(self, claim: Claim, stage: str, models: Sequence[Model], desk: Desk) -> None:
        self._claim, self._stage, self._models, self._desk = claim, stage, models, desk
        self._last = models[0].name

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
        for number in range(len(self._models)):
            last = number == len(self._models) - 1
            try:
                return await self._ask(number, request, slot, last=last)
            except (EndpointDownError, ModelError):
                if last:
                    raise
        raise AssertionError("unreachable: the last model returns or raises")

    async def aclose(self) -> None:
        """The models belong to the run."""

    async def _ask(self, number: int, request: Request, slot: str, *, last: bool) -> Completion:
        model = self._models[number]
        asked = Asked(
            unit=self._claim.key,
            slot=slot,
            prompt_sha256=prompt_sha256(request.messages),
            chars=sum(len(message.content) for message in request.messages),
        )
        async with self._desk.call(number, asked, last=last) as booking:
            completion = await model.complete(replace(request, wire=booking))
            attempt = await booking.answered(completion)
        self._last = model.name
        return replace(completion, call_id=attempt)
