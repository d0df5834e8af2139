"""Scripted judges and things for them to judge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.brief import Brief
from agent.copies import Copy, MomentsCopy
from agent.model import Request
from agent.models.scripted import ScriptedModel, Step
from agent.tokens import EstimateCounter
from evals.judges.grade import RubricJudge
from evals.judges.prefer import PairJudge
from evals.judges.rubric import load_rubric
from evals.records import Case, Expectation, Sampled, Variant
from knowledge_base.workspace import Workspace
from tests.agent.drafts import draft_of, moments_draft

TEXT = "图书馆没热水？撕一条，冷水晃三下，早八前能喝上。"
COUNT = EstimateCounter()


def sampled(
    text: str | Copy = TEXT, *, brief: Brief | None = None, case: str = "c1", model: str = "m", **expect: Any
) -> Sampled:
    """One case answered by one variant; `expect` goes into the case's Expectation."""
    brief = brief or moments_draft().brief
    copy = MomentsCopy(text=text) if isinstance(text, str) else text
    draft = draft_of(copy, brief)
    return Sampled(
        case=Case(id=case, brief=brief, expect=Expectation(**expect)),
        variant=Variant("", model),
        sample=0,
        draft=draft,
        context=draft.context,
    )


def without_copy() -> Sampled:
    one = sampled()
    return replace(one, draft=replace(one.draft, copy=None))


def ticket_of(request: Request) -> str:
    """The ticket as the instructions state it, which is where a real model would read it."""
    found = re.search(r"ticket 原样填 (\w+)。", request.messages[0].content)
    assert found
    return found[1]


def grade(level: Any = 4, *quotes: str, **changes: Any) -> Callable[[Request], str]:
    """A judge that answers properly; `changes` replace fields of the answer."""

    def answer(request: Request) -> str:
        evidence = [{"quote": quote, "why": "具体"} for quote in quotes or ("冷水晃三下",)]
        whole = {"ticket": ticket_of(request), "evidence": evidence, "reason": "有动作。", "level": level}
        return json.dumps({**whole, **changes}, ensure_ascii=False)

    return answer


def shown(request: Request, block: str) -> str:
    """What a block of the prompt says after 原文."""
    return "\n".join(one.text.removeprefix("原文：") for one in request.blocks if one.name == block)


def vote(choose: Callable[[str, str], str], **changes: Any) -> Callable[[Request], str]:
    """A judge of pairs: `choose` gets the first and second text as shown and says 甲, 乙 or 平."""

    def answer(request: Request) -> str:
        first, second = shown(request, "first"), shown(request, "second")
        whole = {"ticket": ticket_of(request), "first_quote": first.split("\n")[0][:6]}
        whole |= {"second_quote": second.split("\n")[0][:6], "reason": "更具体", "better": choose(first, second)}
        return json.dumps({**whole, **changes}, ensure_ascii=False)

    return answer


def rubric_judge(
    script: Iterable[Step], rubric: str = "human_voice", name: str = "甲模型"
) -> tuple[RubricJudge, ScriptedModel]:
    model, workspace = ScriptedModel(script, name=name), Workspace(Path.cwd())
    return RubricJudge(load_rubric(rubric, workspace), model, workspace=workspace, count=COUNT), model


def pair_judge(
    script: Iterable[Step], rubric: str = "human_voice", name: str = "甲模型"
) -> tuple[PairJudge, ScriptedModel]:
    model, workspace = ScriptedModel(script, name=name), Workspace(Path.cwd())
    return PairJudge(load_rubric(rubric, workspace), model, workspace=workspace, count=COUNT), model
