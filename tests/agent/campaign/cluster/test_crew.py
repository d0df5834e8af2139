"""The run's side of a cluster, with nodes that are tasks of this process: they die, or live on after they were lost."""

from __future__ import annotations

import asyncio
import pickle
import random
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.campaign.cluster import ray_engine
from agent.campaign.cluster.crew import Crew
from agent.campaign.cluster.errors import LostWorkerError
from agent.campaign.cluster.mailbox import Mailbox
from agent.campaign.cluster.messages import Packed
from agent.campaign.cluster.worker import _draft
from agent.campaign.stop import BudgetSpentError
from agent.campaign.unit_work import Bench
from agent.errors import RateLimitError
from agent.models.profiles import Profile
from knowledge_base.errors import UnknownIdError
from tests.agent.campaign.faulty_endpoint import FaultyEndpoint
from tests.agent.campaign.loopback import serving
from tests.agent.campaign.setup import KEY, rows, use_endpoint, write_plan
from tests.conftest import Ran

Wenan = Callable[..., Ran]
UNITS = 2 * 8 * 2
TROUBLE = {"ok": 70, "429-after": 10, "500": 6, "reset": 6, "truncated": 4, "filter": 4}
Fate = Callable[[int], str]
"""What becomes of a chunk, by its number: lives | dies | lost, which works on although the run gave it up."""


class Remote:
    """A method of the mailbox as an actor would offer it."""

    def __init__(self, method: Callable[..., Coroutine[Any, Any, Any]]) -> None:
        self._method = method

    def remote(self, message: bytes) -> asyncio.Future[Any]:
        return asyncio.ensure_future(self._method(message))


class Actor:
    def __init__(self, mailbox: Mailbox) -> None:
        self.ask, self.tell = Remote(mailbox.ask), Remote(mailbox.tell)


def nodes(fate: Fate) -> Any:
    """Stands in for Ray: chunks run here, through the very bytes that would travel."""

    @asynccontextmanager
    async def crew(bench: Bench, profiles: list[Profile], address: str) -> AsyncIterator[Crew]:
        kit, mailbox, draw = pickle.dumps(ray_engine.kit_of(bench, profiles)), Mailbox(), random.Random(3)
        zombies: set[asyncio.Task[None]] = set()
        chunks = iter(range(10_000))

        async def submit(chunk: bytes) -> None:
            task = asyncio.ensure_future(_draft(pickle.loads(kit), pickle.loads(chunk), Actor(mailbox)))
            what = fate(next(chunks))
            if what == "lives":
                await task
                return
            await asyncio.sleep(draw.uniform(0.0, 0.15))
            if what == "dies":
                task.cancel()
            zombies.add(task)
            raise LostWorkerError("节点断了")

        async with Crew(bench, mailbox, submit, chunk=4) as made:
            yield made
            for task in zombies:
                task.cancel()
            await asyncio.gather(*zombies, return_exceptions=True)

    return crew


@pytest.fixture
def folder(sample_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(KEY, "sk-test")
    return sample_dir


FATES: dict[str, Fate] = {
    "all live": lambda _: "lives",
    "every third dies": lambda n: "dies" if n % 3 == 0 else "lives",
    "every third works on unheard": lambda n: "lost" if n % 3 == 0 else "lives",
}


@pytest.mark.parametrize("fate", FATES.values(), ids=FATES)
def test_only_what_was_under_way_is_done_again(
    folder: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch, fate: Fate
) -> None:
    monkeypatch.setattr(ray_engine, "ray_crew", nodes(fate))
    endpoint = FaultyEndpoint({"ok": 1}, latency=0.05)
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub", attempts=1, concurrency=12)
        ran = wenan("campaign", "run", str(plan), "--engine", "ray")
        while ran.code == 1:
            # A unit that was lost three times in a row has failed for a typed reason.
            assert set(rows(folder, "SELECT reason FROM units WHERE state = 'failed'")) == {("LostWorkerError",)}
            ran = wenan("campaign", "resume", "试写", "--failed")
    assert ran.code == 0, ran.err
    states = dict(rows(folder, "SELECT state, count(*) FROM attempts GROUP BY state"))
    called_off = rows(folder, "SELECT count(*) FROM attempts WHERE error LIKE 'CalledOff%'")[0][0]
    once = "SELECT unit, slot, count(*) FROM attempts WHERE state = 'answered' GROUP BY unit, slot HAVING count(*) > 1"
    assert rows(folder, once) == []
    assert endpoint.total <= sum(states.values()) - called_off, "no request without a row"
    asked_again = endpoint.total - len(endpoint.prompts)
    assert asked_again <= states.get("sent", 0), "asked twice is only what the ledger calls possibly paid"
    assert rows(folder, "SELECT DISTINCT state FROM units ORDER BY 1") in (
        [("passed",)],
        [("needs_review",), ("passed",)],
    )
    if fate is FATES["all live"]:
        assert (states, endpoint.total) == ({"answered": UNITS}, UNITS)


def test_every_fault_is_on_record(folder: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_engine, "ray_crew", nodes(FATES["all live"]))
    endpoint = FaultyEndpoint(TROUBLE)
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub", attempts=2, concurrency=12)
        assert wenan("campaign", "run", str(plan), "--engine", "ray").code in (0, 1)
    assert rows(folder, "SELECT count(*) FROM attempts") == [(endpoint.total,)]
    assert rows(folder, "SELECT count(*) FROM attempts WHERE state = 'sent'") == [(0,)]
    assert {row[0] for row in rows(folder, "SELECT state FROM units")} <= {"passed", "needs_review", "failed"}


def test_the_budget_is_one_for_all_nodes(folder: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_engine, "ray_crew", nodes(FATES["all live"]))
    endpoint = FaultyEndpoint({"ok": 1})
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub", budget={"tokens": 60_000}, concurrency=16)
        ran = wenan("campaign", "run", str(plan), "--engine", "ray")
    assert ran.code == 1
    assert "预算" in ran.err
    assert 0 < rows(folder, "SELECT sum(input_tokens + output_tokens) FROM attempts")[0][0] <= 60_000


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--engine", "spark"), 2, "可选：local、ray"),
        (("--address", "10.0.0.1:6379"), 2, "--engine ray"),
        (("--engine", "ray", "--batch"), 2, "不能一起用"),
    ],
    ids=["unknown", "address alone", "a batch needs no cluster"],
)
@pytest.mark.parametrize("verb", ["run", "resume"])
def test_engines_are_named(folder: Path, wenan: Wenan, verb: str, args: tuple[str, ...], code: int, said: str) -> None:
    ran = wenan("campaign", verb, str(write_plan(folder)), *args)
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert not (folder / ".wenan" / "journal.db").exists(), "nothing is begun"


def test_a_missing_ray_says_how_to_get_it(folder: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    ran = wenan("campaign", "run", str(write_plan(folder)), "--engine", "ray")
    assert ran.code == 2
    assert "wenan[ray]" in ran.err


@pytest.mark.parametrize(
    "error",
    [
        RateLimitError("太快", detail="slow down", status=429, retry_after=2.5),
        UnknownIdError("商品", "p-x", ("p-oat",)),
        BudgetSpentError("到头了", hint="加钱"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_travel_whole(error: Exception) -> None:
    packed: Packed = pickle.loads(pickle.dumps(Packed.of(error)))
    found = packed.error()
    assert (type(found), str(found), vars(found)) == (type(error), str(error), vars(error))
