"""Checks in a second process say what they say here; contexts are told once, and their links stay each draft's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.brief import Brief
from agent.campaign import session
from agent.context import Context, PastDraft, TrackedLink
from agent.judge import judge
from agent.side_judge import CONTEXTS_KEPT, Judged, SideJudge
from agent.side_process import SideProcess
from tests.agent.campaign.setup import rows, write_plan
from tests.agent.drafts import CONTEXT, DAY
from tests.conftest import Ran

BRIEF = Brief(channel="moments", form="ad", products=("coffee-01",), today=DAY)


def answer(text: str) -> str:
    return json.dumps({"angle": "场景", "text": text, "link_text": "了解更多", "image_brief": []}, ensure_ascii=False)


ANSWERS = [
    answer("图书馆没热水，冷水 3 秒化开，一盒 69 元。"),
    answer("全网第一，根治失眠，只要 9 块 9！"),
    answer(f"{'长' * 400}"),
    "我不能帮您写这个。",
    "{",
    "",
]


def judged_aside(asked: list[tuple[str, Brief, Context]], *, kill_at: int | None = None) -> list[Judged]:
    async def run() -> list[Judged]:
        side, found = SideJudge(), []
        try:
            for i, one in enumerate(asked):
                if i == kill_at:
                    (await side._process())._transport.kill()
                found.append(await side(*one))
        finally:
            await side.aclose()
        return found

    return asyncio.run(run())


@pytest.mark.parametrize("kill_at", [None, 0, 3], ids=["alive", "dies at once", "dies on the way"])
def test_findings_are_those_of_this_process(kill_at: int | None) -> None:
    other = replace(CONTEXT, past=(PastDraft(id="d_2", text="图书馆没热水，冷水 3 秒化开，一盒 69 元。"),))
    asked = [(text, BRIEF, context) for context in (CONTEXT, other) for text in ANSWERS]
    found = judged_aside(asked, kill_at=kill_at)
    assert found == [judge(*one) for one in asked]
    assert {copy is None for copy, _ in found} == {True, False}


def test_more_contexts_than_are_kept_and_old_ones_again() -> None:
    contexts = [replace(CONTEXT, past=(PastDraft(id="d", text=f"第 {i} 篇"),)) for i in range(CONTEXTS_KEPT + 3)]
    asked = [(ANSWERS[0], BRIEF, context) for context in (*contexts, contexts[0], contexts[-1])]
    assert judged_aside(asked) == [judge(*one) for one in asked]


def test_a_context_travels_once_and_its_link_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Any, ...]] = []
    ask = SideProcess.ask

    async def noted(side: SideProcess, method: str, *args: Any) -> Any:
        told.append(args)
        return await ask(side, method, *args)

    monkeypatch.setattr(SideProcess, "ask", noted)
    links = [TrackedLink(url=f"https://shop.example.com/?utm_content=d_{i}") for i in range(3)]
    judged_aside([(ANSWERS[0], BRIEF, replace(CONTEXT, link=link)) for link in links])
    assert [link for _, _, link, *_ in told] == links
    assert [new is not None for *_, new, _ in told] == [True, False, False]


def test_no_room_for_another_process_means_checking_here(monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(*_: Any) -> SideProcess:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(SideProcess, "start", none)
    assert judged_aside([(ANSWERS[1], BRIEF, CONTEXT)]) == [judge(ANSWERS[1], BRIEF, CONTEXT)]


@pytest.mark.parametrize(
    ("processors", "least", "used"),
    [(2, 32, 1), (1, 32, 0), (2, 33, 0)],
    ids=["used", "one processor", "too few units"],
)
def test_campaigns_use_it_where_it_is_worth_it(
    processors: int,
    least: int,
    used: int,
    sample_dir: Path,
    wenan: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[SideJudge] = []

    class Noted(SideJudge):
        def __init__(self) -> None:
            super().__init__()
            started.append(self)

    monkeypatch.setattr(session, "WORTH_IT", least)
    monkeypatch.setattr(session, "processors", lambda: processors)
    monkeypatch.setattr(session, "SideJudge", Noted)
    ran = wenan("campaign", "run", str(write_plan(sample_dir)))
    assert ran.code == 0, ran.err
    assert len(started) == used
    assert all(side._starting is not None and not side._gone for side in started)
    states = rows(sample_dir, "SELECT u.state FROM units u JOIN drafts d ON d.id = u.draft_id")
    assert len(states) == 32
    assert {state for (state,) in states} <= {"passed", "needs_review"}
