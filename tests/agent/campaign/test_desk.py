"""A call's place is free once its answer is here, and its answer still committed before anything is done with it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from agent.campaign.budget import Meter
from agent.campaign.calls import Asked
from agent.campaign.desk import Endpoint, RunDesk
from agent.campaign.ledger import Ledger
from agent.campaign.plan_file import Budget
from agent.campaign.rows import Spent
from agent.campaign.throttle import Throttle
from agent.campaign.unique import Guard
from agent.model import Completion
from agent.models.scripted import ScriptedModel

ASKED = Asked(unit="u", slot="0.c0.0", prompt_sha256="0" * 64, chars=100)
ANSWER = Completion(text="好", model="stub", input_tokens=10, output_tokens=2)


class SlowLedger:
    """Commits answers when it is let."""

    def __init__(self) -> None:
        self.may_commit = asyncio.Event()
        self.committed: list[str] = []

    async def sent(self, *_: Any) -> None: ...

    async def answered(self, attempt: str, *_: Any) -> None:
        await self.may_commit.wait()
        self.committed.append(attempt)


def test_the_next_call_begins_while_an_answer_is_committed() -> None:
    async def story() -> list[str]:
        ledger = SlowLedger()
        told: list[str] = []
        endpoint = Endpoint(model=ScriptedModel([]), throttle=Throttle(1))
        meter = Meter(Budget(tokens=10_000), Spent())  # type: ignore[call-arg]

        async def first_is_best(_: Any) -> int:
            return 0

        desk = RunDesk([endpoint], cast(Ledger, ledger), meter, Guard(1.0), first_is_best)

        async def one(name: str) -> str:
            async with desk.call(0, ASKED, last=True) as booking:
                await booking.sending()
                told.append(f"{name} asks, {meter.tokens} tokens used")
                attempt = await booking.answered(ANSWER)
                told.append(f"{name} kept")
                return attempt

        both = asyncio.gather(one("first"), one("second"))
        async with asyncio.timeout(20):
            while len(told) < 2:
                await asyncio.sleep(0)
            assert ledger.committed == []
            ledger.may_commit.set()
            assert sorted(await both) == sorted(ledger.committed)
        return told

    told = asyncio.run(story())
    assert told[:2] == ["first asks, 0 tokens used", "second asks, 12 tokens used"], "spent before the place is free"
    assert told[2:] == ["first kept", "second kept"]
