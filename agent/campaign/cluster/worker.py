"""The Ray task: drafts a chunk of units on whatever node it runs, asking the run before every step that counts."""

from __future__ import annotations

import asyncio
import pickle
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agent.campaign.calls import Asked
from agent.campaign.cluster.messages import (
    Answered,
    Chunk,
    Compare,
    Finished,
    GivenUp,
    Heard,
    Kit,
    Message,
    Opening,
    Packed,
    Pick,
    Refused,
    Sending,
)
from agent.campaign.contexts import shipped
from agent.campaign.rows import Claim
from agent.campaign.unique import Clash
from agent.campaign.unit_work import Composed, Station, compose
from agent.copies import Copy
from agent.draft import Draft
from agent.model import Completion, Model
from agent.models import open_profile
from agent.models.profiles import Profile
from agent.tokens import default_counter
from agent.write import Tools
from knowledge_base.errors import WenanError
from knowledge_base.workspace import Workspace

LIMITS = ("x-ratelimit-limit-requests", "x-ratelimit-limit-tokens")
Ask = Callable[[Message], Awaitable[Any]]


def draft_chunk(kit: bytes, chunk: bytes, mailbox: Any) -> None:
    """Body of the task. What comes of a unit is told to the run at once, so that a lost node costs only the rest."""
    # Bytes of the run that this cluster belongs to; Ray itself moves values in no other way.
    asyncio.run(_draft(pickle.loads(kit), pickle.loads(chunk), mailbox))


async def _draft(kit: Kit, chunk: Chunk, mailbox: Any) -> None:
    if kit.version != version("wenan"):
        raise RuntimeError(f"wenan {version('wenan')} here, {kit.version} where the campaign runs")

    async def ask(message: Message) -> Any:
        answer = pickle.loads(await mailbox.ask.remote(pickle.dumps((chunk.id, message))))
        if isinstance(answer, Packed):
            raise answer.error()
        return answer

    def tell(message: Message) -> None:
        mailbox.tell.remote(pickle.dumps((chunk.id, message)))

    workspace = Workspace(_folder(kit.templates))
    models = [
        _open(workspace, profile, key, len(chunk.claims), _hearing(number, tell))
        for number, (profile, key) in enumerate(zip(kit.profiles, kit.keys, strict=True))
    ]
    tools = Tools(
        workspace=workspace,
        contexts=shipped(chunk.contexts),
        model=models[0],
        counter=default_counter(),
        attempts=kit.plan.attempts,
        budget=kit.budget,
    )
    station = Station(plan=kit.plan, tools=tools, models=models, desk=FarDesk(ask))
    try:
        async with asyncio.TaskGroup() as group:
            for claim in chunk.claims:
                group.create_task(_one(claim, station, ask))
    finally:
        for model in models:
            await model.aclose()


async def _one(claim: Claim, station: Station, ask: Ask) -> None:
    outcome: Composed | Packed
    try:
        outcome = await compose(claim, station)
    except WenanError as error:
        outcome = Packed.of(error)
    await ask(Finished(claim.key, outcome))


class FarDesk:
    """The `Desk` of a unit that is drafted away from its run."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    @asynccontextmanager
    async def call(self, number: int, asked: Asked, *, last: bool) -> AsyncIterator[FarBooking]:
        booking = FarBooking(await self._ask(Opening(number, asked, last)), self._ask)
        try:
            yield booking
        except WenanError as error:
            await self._ask(GivenUp(booking.call, Packed.of(error)))
            raise

    async def clash(self, draft_id: str, copy: Copy) -> Clash | None:
        found: Clash | None = await self._ask(Compare(draft_id, copy))
        return found

    async def choose(self, drafts: Sequence[Draft]) -> int:
        return int(await self._ask(Pick(tuple(drafts))))


class FarBooking:
    """One call; returns from each step when the run has committed it."""

    def __init__(self, call: int, ask: Ask) -> None:
        self.call, self._ask = call, ask

    async def sending(self) -> None:
        await self._ask(Sending(self.call))

    async def refused(self, error: Exception) -> None:
        await self._ask(Refused(self.call, Packed.of(error)))

    async def answered(self, completion: Completion) -> str:
        return str(await self._ask(Answered(self.call, completion)))


def _open(
    workspace: Workspace, profile: Profile, key: str, concurrency: int, on_headers: Callable[[Mapping[str, str]], None]
) -> Model:
    if profile.preset == "offline":
        return open_profile(workspace, profile)
    from agent.models.openai_chat import OpenAIChat

    return OpenAIChat(profile, key, concurrency=concurrency, on_headers=on_headers)


def _hearing(number: int, tell: Callable[[Message], None]) -> Callable[[Mapping[str, str]], None]:
    """Tells the run what a platform allows, when it says something new."""
    last: dict[str, str] = {}

    def heard(headers: Mapping[str, str]) -> None:
        nonlocal last
        found = {name: headers[name] for name in LIMITS if name in headers}
        if found and found != last:
            last = found
            tell(Heard(number, found))

    return heard


@lru_cache(maxsize=4)
def _shelf(templates: tuple[tuple[str, str], ...]) -> tempfile.TemporaryDirectory[str]:
    """A folder of the workspace's own templates; it goes with the process."""
    folder = tempfile.TemporaryDirectory(prefix="wenan-")
    for name, text in templates:
        path = Path(folder.name, "prompts", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def _folder(templates: tuple[tuple[str, str], ...]) -> Path:
    return Path(_shelf(templates).name).resolve()
