"""A model behind the cassette: what was recorded is said again, what was not is asked, recorded and then said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from agent.errors import CallError
from agent.model import Completion, Model, Request
from agent.models.scripted import deliver
from evals.cassette import Cassette, Recording, now
from evals.cassette_key import Endpoint, KeyParts, Keys, text_sha
from evals.cassette_miss import difference
from evals.stops import StopError

Record = Literal["missing", "all", "none"]
"""Ask only for what is not recorded; ask anew for everything and record it; ask for everything and share nothing."""


class MissingRecordingError(CallError):
    """A replay met a request that was never recorded."""

    hint = "提示词、模型或参数变了就要重新录：去掉 --replay 再跑一次（wenan eval record），只问缺的那些。"


@dataclass(kw_only=True)
class Recorder:
    """The cassette of one run."""

    cassette: Cassette
    run: str
    suite: str
    record: Record = "missing"
    replay: bool = False
    resumed: bool = False
    """The run goes on after an interruption, so answers of its own may be there."""
    keys: Keys = field(default_factory=Keys)
    own: set[str] = field(default_factory=set)
    """Keys that were asked for since the start."""
    before_call: Callable[[], None] = lambda: None
    """Told before money is spent; raises to stop."""
    after_call: Callable[[Completion | None], None] = lambda _: None
    """Told what came of it; None when the call failed."""
    asking: dict[str, asyncio.Future[Completion]] = field(default_factory=dict)
    """Requests under way: two equal ones are paid once."""

    stopped: StopError | None = None
    """Why no more may be asked, once `before_call` said so. Judges catch a model's errors, so it is kept here."""

    def check(self) -> None:
        """Raises what ended the run, even where somebody caught it."""
        if self.stopped is not None:
            raise self.stopped

    def may_call(self) -> None:
        self.check()
        try:
            self.before_call()
        except StopError as error:
            self.stopped = error
            raise

    @property
    def scope(self) -> str:
        return self.run if self.record == "none" and not self.replay else ""

    def recorded(self, key: str) -> Completion | None:
        """The answer to use instead of asking; what this run itself recorded always counts, so a resume pays once."""
        if self.record != "missing" and not self.replay and not self.resumed and key not in self.own:
            return None
        hit = self.cassette.get(key, self.scope)
        if hit is None or (self.record == "all" and not self.replay and hit.run != self.run):
            return None
        return hit.completion


@dataclass
class Tally:
    """What the answers of one row took, whether recorded, asked, or followed by a failure."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = None
    """Yuan; None when there was no answer or one had no price."""
    latency: float = 0.0
    answers: int = 0

    def add(self, completion: Completion) -> None:
        known = completion.cost is not None and (self.answers == 0 or self.cost is not None)
        self.cost = (self.cost or Decimal(0)) + (completion.cost or Decimal(0)) if known else None
        self.answers += 1
        self.input_tokens += completion.input_tokens
        self.output_tokens += completion.output_tokens
        self.latency += completion.latency


@dataclass
class Recorded:
    """The `Model` that one row asks. Made anew for every row; `inner` is opened only when something must be asked."""

    recorder: Recorder
    endpoint: Endpoint
    inner: Callable[[], Awaitable[Model]]
    case_id: str
    sample: int
    slots: asyncio.Semaphore | None = None
    """Bounds the calls under way; None where the caller does."""
    retry: int = 0
    """Added to the attempt number of every request."""
    used: list[tuple[str, str]] = field(default_factory=list)
    """(key, sha256 of the text) of the recordings that were used, in order."""
    paid: Decimal | None = Decimal(0)
    """Yuan spent by asking; None when a price is unknown."""
    tally: Tally = field(default_factory=Tally)

    @property
    def name(self) -> str:
        return self.endpoint.model

    async def complete(self, request: Request) -> Completion:
        """Raises MissingRecordingError in a replay, and whatever the model raises."""
        recorder = self.recorder
        parts = recorder.keys.parts(request, self.endpoint, self.sample, self.retry)
        key = parts.key
        completion = recorder.recorded(key)
        if completion is not None:
            deliver(completion.text, request)
        elif recorder.replay:
            raise self._missing(request, parts)
        elif key in recorder.asking:
            completion = await asyncio.shield(recorder.asking[key])
        else:
            completion = await self._ask(request, parts, key)
        self.used.append((key, text_sha(completion.text)))
        self.tally.add(completion)
        return completion

    async def aclose(self) -> None:
        """The model behind is shared; whoever opened it closes it."""

    async def _ask(self, request: Request, parts: KeyParts, key: str) -> Completion:
        recorder = self.recorder
        waiting: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        recorder.asking[key] = waiting
        try:
            async with self.slots or nullcontext():
                completion = await self._call(request)
                if self.paid is not None:
                    self.paid = None if completion.cost is None else self.paid + completion.cost
                kept = Recording(
                    parts=parts,
                    completion=completion,
                    suite=recorder.suite,
                    case_id=self.case_id,
                    recorded_at=now(),
                    run=recorder.run,
                )
                # Before anything else is done with it, and before another call takes this one's place: a paid answer
                # must outlive us, and a kill may cost no more answers than there may be calls at once.
                await recorder.cassette.add(kept, request.messages, recorder.scope)
            recorder.own.add(key)
        except BaseException as error:
            if not isinstance(error, asyncio.CancelledError):
                waiting.set_exception(error)
            else:
                waiting.cancel()
            if waiting.done() and not waiting.cancelled():
                waiting.exception()  # nobody else may be waiting, and that is no fault
            raise
        else:
            waiting.set_result(completion)
            return completion
        finally:
            del recorder.asking[key]

    async def _call(self, request: Request) -> Completion:
        self.recorder.may_call()
        completion: Completion | None = None
        try:
            model = await self.inner()
            completion = await model.complete(request)
            return completion
        finally:
            self.recorder.after_call(completion)

    def _missing(self, request: Request, parts: KeyParts) -> MissingRecordingError:
        recorder = self.recorder
        found = difference(recorder.cassette, recorder.suite, self.case_id, parts, request)
        return MissingRecordingError(f"用例 {self.case_id} 第 {self.sample + 1} 次采样没有录音：{found}")
