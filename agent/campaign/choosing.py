"""The best of several drafts of one unit: what may leave first, then the plan's scorers, then fewest findings.

Scorers come from outside, as a port: this room writes, judging is the next room's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from agent.campaign.desk import Choose
from agent.campaign.plan_file import CampaignPlan
from agent.campaign.unique import Guard
from agent.draft import Draft
from agent.finding import Finding, blocking
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError

Rate = Callable[[Sequence[Draft]], Sequence[Sequence[float | None]]]
"""For each draft one number a declared scorer, the more the better; None where a scorer has nothing to say of it."""
Scorers = Callable[[Sequence[str], KnowledgeBase], Rate]
"""Scorers by name. Raises BadInputError for a name that means none."""
_GRAVITY = {"block": 100, "warn": 5, "info": 0}


def chooser(plan: CampaignPlan, guard: Guard, kb: KnowledgeBase, scorers: Scorers | None) -> Choose:
    """The plan's way to choose. Raises BadInputError when its scorers cannot be had."""
    names = plan.quality.scorers
    if names and scorers is None:
        raise BadInputError("这里没有打分器可用", field="quality.scorers", hint="去掉 scorers，按检查结果挑。")
    try:
        rate = scorers(names, kb) if names and scorers is not None else None
    except BadInputError as error:
        raise BadInputError(error.message, field="quality.scorers", hint=error.hint) from error

    async def choose(drafts: Sequence[Draft]) -> int:
        rated = await asyncio.to_thread(rate, drafts) if rate is not None else []
        places = mean_places(rated) if rated else [0.0] * len(drafts)
        return min(
            range(len(drafts)),
            key=lambda i: (
                drafts[i].copy is None or bool(blocking(drafts[i].findings)),
                places[i],
                *penalty(drafts[i], guard),
            ),
        )

    return choose


def mean_places(rated: Sequence[Sequence[float | None]]) -> list[float]:
    """Mean place of each draft over the scorers, 0 being best (Borda count): scorers of any scale weigh alike.

    Equals share their places' mean; a draft without a score is last, behind all that have one.
    """
    places = [0.0] * len(rated)
    columns = [*zip(*rated, strict=True)]
    for column in columns:
        worth = [float("-inf") if value is None else value for value in column]
        for i, own in enumerate(worth):
            better, equal = sum(other > own for other in worth), sum(other == own for other in worth)
            places[i] += (better + (equal - 1) / 2) / len(columns)
    return places


def penalty(draft: Draft, guard: Guard) -> tuple[float, float]:
    """The less, the better: weight of the findings, then likeness to what is there already."""
    if draft.copy is None:
        return (float("inf"), 1.0)
    clash = guard.clash(draft.id, draft.copy)
    return (sum(_weight(finding) for finding in draft.findings), clash.similarity if clash else 0.0)


def _weight(finding: Finding) -> float:
    return _GRAVITY[finding.severity]
