"""The run's side of a cluster: hands out chunks of units, answers the nodes' questions, notices which are lost."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.brief import Brief
from agent.campaign.calls import Booking
from agent.campaign.cluster.errors import LostWorkerError
from agent.campaign.cluster.messages import (
    Answered,
    Chunk,
    Compare,
    Finished,
    GivenUp,
    Heard,
    Message,
    Opening,
    Packed,
    Pick,
    Refused,
    Sending,
)
from agent.campaign.contexts import common
from agent.campaign.rows import Claim
from agent.campaign.unit_work import Bench, Composed
from agent.context import Context
from knowledge_base.errors import WenanError

LINGER = 0.02
"""Seconds a chunk that is not full waits for further units."""


class Post(Protocol):
    """The mailbox as the run uses it."""

    async def take(self) -> list[tuple[int, bytes]]: ...

    async def reply(self, answers: list[tuple[int, bytes]]) -> None: ...


Submit = Callable[[bytes], Awaitable[None]]
"""Drafts a pickled chunk somewhere. Raises LostWorkerError when its node is gone, ClusterError, whatever is a bug."""


@dataclass(frozen=True, slots=True)
class _Job:
    claim: Claim
    context: Context
    done: asyncio.Future[Composed]


@dataclass(slots=True)
class _Out:
    """A chunk under way."""

    jobs: dict[str, _Job]
    """By unit."""
    calls: dict[int, tuple[Booking, AsyncExitStack]] = field(default_factory=dict)
    answering: set[asyncio.Task[None]] = field(default_factory=set)


class Crew:
    """Drafts units on a cluster. One event loop; `async with` it."""

    def __init__(self, bench: Bench, post: Post, submit: Submit, *, chunk: int) -> None:
        """`chunk`: the most units of one task."""
        self._bench, self._desk, self._post, self._submit, self._most = bench, bench.desk(), post, submit, chunk
        self._forming: list[_Job] = []
        self._timer: asyncio.TimerHandle | None = None
        self._out: dict[int, _Out] = {}
        self._numbers = 0
        self._replies: list[tuple[int, bytes]] = []
        self._background: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Crew:
        self._start(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in tuple(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        for id in tuple(self._out):
            await self._end(id, LostWorkerError("这一次到此为止"))

    async def compose(self, claim: Claim) -> Composed:
        """Drafts a unit somewhere in the cluster. Raises what composing here would, and LostWorkerError."""
        brief = common(claim.unit.brief())
        job = _Job(claim, await self._bench.tools.contexts(brief, claim.draft_id), _future())
        self._forming.append(job)
        if len(self._forming) >= self._most:
            self._send()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LINGER, self._send)
        return await job.done

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        jobs, self._forming = self._forming, []
        if jobs:
            self._numbers += 1
            self._out[self._numbers] = _Out({job.claim.key: job for job in jobs})
            self._start(self._watch(self._numbers, jobs))

    async def _watch(self, id: int, jobs: list[_Job]) -> None:
        """From handing a chunk out to its end, however it ends."""
        contexts: dict[Brief, Context] = {common(job.claim.unit.brief()): job.context for job in jobs}
        chunk = Chunk(id=id, claims=tuple(job.claim for job in jobs), contexts=contexts)
        end: Exception = LostWorkerError("这一篇没有回音")
        try:
            await self._submit(pickle.dumps(chunk))
        except Exception as error:
            end = error
        await self._end(id, end)

    async def _end(self, id: int, error: Exception) -> None:
        """Nothing that a chunk says counts from here on; what it did not finish ends with `error`."""
        out = self._out.pop(id, None)
        if out is None:
            return
        # What is being answered first: a request whose row is not committed yet must not leave any more.
        for task in out.answering:
            task.cancel()
        await asyncio.gather(*out.answering, return_exceptions=True)
        for _, stack in out.calls.values():
            await _close(stack, LostWorkerError("调用没有等到回答"))
        for job in out.jobs.values():
            if not job.done.done():
                job.done.set_exception(error)

    async def _listen(self) -> None:
        try:
            while True:
                for number, question in await self._post.take():
                    id, message = pickle.loads(question)
                    out = self._out.get(id)
                    if out is None:
                        self._answer(number, Packed.of(LostWorkerError("这一批已经另作安排")))
                        continue
                    task = asyncio.create_task(self._handle(id, out, number, message))
                    out.answering.add(task)
                    task.add_done_callback(out.answering.discard)
        except Exception as error:
            # Without the mailbox no node gets on: every unit at work says so to the runner.
            for id in tuple(self._out):
                await self._end(id, error)

    async def _handle(self, id: int, out: _Out, number: int, message: Message) -> None:
        try:
            answer = await self._done(out, message)
        except WenanError as error:
            answer = Packed.of(error)
        except Exception as error:
            # A bug of ours: the run is to crash with it rather than wait for a unit that nobody will finish.
            self._start(self._end(id, error))
            return
        self._answer(number, answer)

    async def _done(self, out: _Out, message: Message) -> Any:
        match message:
            case Opening(number, asked, last):
                stack = AsyncExitStack()
                opened = await stack.enter_async_context(self._desk.call(number, asked, last=last))
                self._numbers += 1
                out.calls[self._numbers] = (opened, stack)
                return self._numbers
            case Sending(call):
                return await out.calls[call][0].sending()
            case Refused(call, packed):
                error = packed.error()
                assert isinstance(error, Exception)
                return await out.calls[call][0].refused(error)
            case Answered(call, completion):
                booking, stack = out.calls.pop(call)
                async with stack:
                    return await booking.answered(completion)
            case GivenUp(call, packed):
                if call in out.calls:
                    await _close(out.calls.pop(call)[1], packed.error())
                return None
            case Heard(number, headers):
                return self._bench.endpoints[number].throttle.heard(headers)
            case Compare(draft_id, copy):
                return await self._desk.clash(draft_id, copy)
            case Pick(drafts):
                return await self._desk.choose(drafts)
            case Finished(key, outcome):
                self._finish(out.jobs.pop(key).done, outcome)
                return None

    def _finish(self, done: asyncio.Future[Composed], outcome: Composed | Packed) -> None:
        if done.done():
            return
        if isinstance(outcome, Packed):
            done.set_exception(outcome.error())
        else:
            done.set_result(outcome)

    def _answer(self, number: int, answer: Any) -> None:
        """Replies; answers of the same turn of the loop go together."""
        if number == 0:
            return
        if not self._replies:
            asyncio.get_running_loop().call_soon(lambda: self._start(self._reply()))
        self._replies.append((number, pickle.dumps(answer)))

    async def _reply(self) -> None:
        replies, self._replies = self._replies, []
        await self._post.reply(replies)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _future() -> asyncio.Future[Composed]:
    return asyncio.get_running_loop().create_future()


async def _close(stack: AsyncExitStack, error: BaseException) -> None:
    """Leaves a call's block as if `error` had been raised in it."""
    try:
        await stack.__aexit__(type(error), error, None)
    except WenanError:
        return
