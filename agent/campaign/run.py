"""Works a campaign's list off: claims units, drafts them side by side, and stops cleanly whenever it must."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from agent.campaign.owner import is_alive
from agent.campaign.rows import Claim
from agent.campaign.stop import StopError
from agent.campaign.unit_work import Bench, Composed, Verdict, compose, judge, keep
from agent.errors import CallError
from agent.heap import long_lived
from agent.journal import Journal
from knowledge_base.errors import BadInputError, ModelError, StorageError, WenanError
from knowledge_base.workspace import Workspace

Compose = Callable[[Claim], Awaitable[Composed]]
"""Drafts a claimed unit, here or elsewhere. Raises ModelError, BadInputError and StopError."""
WORKERS = 2
"""Units under way for each call that may be: the others are rendered, checked or stored."""
OTHERS_WAIT = 0.1
"""Seconds until work begins on units beyond those that can be called at once: the first calls leave first."""
MOST_TRIES = 3
"""Times a unit is tried over, each with the adapter's own retries, before it fails for good."""
CLAIM_AHEAD = 2
"""Units claimed at once, as a multiple of those at work."""


@dataclass(slots=True)
class Progress:
    """What a run has done so far; updated in place, read by displays."""

    verdicts: Counter[str] = field(default_factory=Counter)
    """By state."""
    failures: Counter[str] = field(default_factory=Counter)
    """By type of error."""
    stopped: StopError | None = None
    """Why the run ended before its list did."""
    interrupted: bool = False

    @property
    def done(self) -> int:
        return self.verdicts.total()


class Runner:
    """One process's share of a campaign."""

    def __init__(
        self,
        campaign: str,
        owner: str,
        bench: Bench,
        *,
        compose: Compose | None = None,
        heard: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        """`heard` is told after every unit. `compose` drafts units elsewhere than in this process."""
        self._campaign, self._owner, self._bench, self._heard = campaign, owner, bench, heard
        self._compose = compose or _here(bench)
        self._claims: deque[Claim] = deque()
        self._claiming = asyncio.Lock()
        self._stopping = False
        self._over = asyncio.Event()
        """Set when a worker finds nothing more to do."""
        self._trouble: WenanError | None = None
        self.progress = Progress()

    def stop(self) -> None:
        """No further unit is begun; those at work are finished."""
        self._stopping = True
        self.progress.interrupted = True

    async def run(self) -> Progress:
        """Until the list is done or something stops it. What was claimed and not finished is planned again."""
        workers = WORKERS * self._bench.plan.concurrency
        try:
            with long_lived():
                async with asyncio.TaskGroup() as group:
                    for number in range(workers):
                        group.create_task(self._worker(number, workers * CLAIM_AHEAD))
        finally:
            # When even this fails the lock of a dead owner says the same, and the next run takes over.
            with suppress(StorageError):
                await asyncio.shield(self._bench.ledger.release(self._campaign, self._owner))
        if self._trouble is not None:
            raise self._trouble
        return self.progress

    async def _worker(self, number: int, ahead: int) -> None:
        if number >= self._bench.plan.concurrency:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), OTHERS_WAIT)
        try:
            while (claim := await self._next(ahead)) is not None:
                await self._one(claim)
        except StopError as stop:
            self.progress.stopped = self.progress.stopped or stop
            self._stopping = True
        except WenanError as error:
            # Storage trouble hits every worker alike; one reason is enough for a person. The others are not called
            # off: a request of theirs may be on its way, and its answer is worth the try to keep it.
            self._trouble = self._trouble or error
            self._stopping = True
        self._over.set()

    async def _next(self, ahead: int) -> Claim | None:
        async with self._claiming:
            if self._stopping:
                return None
            if not self._claims:
                self._claims.extend(await self._bench.ledger.claim(self._campaign, self._owner, ahead))
            return self._claims.popleft() if self._claims else None

    async def _one(self, claim: Claim) -> None:
        try:
            verdict = await keep(claim, await self._compose(claim), self._bench)
        except ModelError as error:
            if may_try_again(error) and claim.tries + 1 < MOST_TRIES:
                await self._bench.ledger.put_back(claim.key)
                return
            verdict = await self._failed(claim, error)
        except BadInputError as error:
            # The unit names something the knowledge base lost since planning.
            verdict = await self._failed(claim, error)
        self.progress.verdicts[verdict.state] += 1
        self._heard(self.progress)

    async def _failed(self, claim: Claim, error: ModelError | BadInputError) -> Verdict:
        reason = type(error).__name__
        self.progress.failures[reason] += 1
        await self._bench.ledger.fail(claim.key, reason, error.message)
        return Verdict("failed", reason, error.message)


def may_try_again(error: ModelError) -> bool:
    return isinstance(error, CallError) and error.retryable


async def recover(campaign: str, workspace: Workspace, journal: Journal, bench: Bench) -> int:
    """Takes over what dead processes left: half-written units are planned again, written ones judged.

    Returns how many units were taken over. Processes that still run keep theirs.
    """
    taken = 0
    for owner in await bench.ledger.owners(campaign):
        if is_alive(workspace, owner):
            continue
        for key, draft_id in await bench.ledger.unjudged(campaign, owner):
            await judge(key, await asyncio.to_thread(journal.get, draft_id), bench)
            taken += 1
        taken += await bench.ledger.release(campaign, owner)
    return taken


def _here(bench: Bench) -> Compose:
    station = bench.station()
    return lambda claim: compose(claim, station)
