"""Opens everything a campaign command needs, and closes it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from agent.campaign.budget import Meter
from agent.campaign.choosing import Scorers, chooser
from agent.campaign.contexts import remembering
from agent.campaign.desk import Endpoint
from agent.campaign.ledger import Ledger
from agent.campaign.plan_file import CampaignPlan, campaign_id, load_plan
from agent.campaign.prices import Unequal, unequal_prices
from agent.campaign.recipients import locate
from agent.campaign.recipients_prices import unequal_recipients
from agent.campaign.recipients_units import OneToOne, addressed, survey_lines
from agent.campaign.throttle import Throttle
from agent.campaign.unique import Guard
from agent.campaign.unit_work import Bench
from agent.campaign.units import Cast, Spread, resolve_cast
from agent.journal import Journal
from agent.model import Completion, Request
from agent.models import open_profile
from agent.models.profiles import Profile, resolve_profile
from agent.render import held_templates
from agent.side_judge import WORTH_IT, SideJudge, processors
from agent.tokens import default_counter
from agent.write import Tools, context_budget, from_knowledge
from knowledge_base.base import KnowledgeBase
from knowledge_base.console import err
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace

RECENT = 5_000
"""Texts of the journal that a new draft must be unlike."""


@dataclass(frozen=True, slots=True)
class Session:
    workspace: Workspace
    kb: KnowledgeBase
    journal: Journal
    ledger: Ledger


@asynccontextmanager
async def session(workspace: Workspace) -> AsyncIterator[Session]:
    """The stores of a workspace. Raises StorageError."""
    async with AsyncExitStack() as stack:
        kb = stack.enter_context(closing(KnowledgeBase.open(workspace)))
        journal = stack.enter_context(closing(Journal.open(workspace)))
        ledger = stack.enter_context(closing(Ledger.open(workspace)))
        yield Session(workspace, kb, journal, ledger)


@asynccontextmanager
async def bench(open: Session, id: str, plan: CampaignPlan, scorers: Scorers | None = None) -> AsyncIterator[Bench]:
    """What the units of a run share. Raises BadInputError when a money limit could not be kept, or for bad scorers."""
    profiles = profiles_of(open.workspace, plan)
    if plan.budget.money is not None:
        priceless = [one.name for one in profiles if one.preset != "offline" and one.output_price is None]
        if priceless and plan.budget.tokens is None:
            raise BadInputError(
                f"模型 {'、'.join(priceless)} 没有标价，管不住金额",
                field="budget.money",
                hint="在 wenan.toml 的模型档案里写 input_price、output_price，或改用 budget.tokens。",
            )
    guard = Guard(plan.uniqueness.similarity)
    guard.add_past(await asyncio.to_thread(open.journal.recent_texts, RECENT))
    endpoints = [_endpoint(open.workspace, profile, plan.concurrency) for profile in profiles]
    tools = tools_for(open, plan, profiles[0])
    waiting = (await open.ledger.counts(id))["planned"]
    aside = SideJudge() if waiting >= WORTH_IT and processors() > 1 else None
    try:
        yield Bench(
            plan=plan,
            tools=replace(tools, model=endpoints[0].model, judge=aside),
            endpoints=endpoints,
            ledger=open.ledger,
            meter=Meter(plan.budget, await open.ledger.spent(id)),
            guard=guard,
            choose=chooser(plan, guard, open.kb, scorers),
            unequal=await _unequal(open, id, plan),
        )
    finally:
        for endpoint in endpoints:
            await endpoint.model.aclose()
        if aside is not None:
            await aside.aclose()


async def _unequal(open: Session, id: str, plan: CampaignPlan) -> Unequal:
    if not plan.coupon and plan.recipients is None:
        return {}
    try:
        cast = resolve_cast(plan, open.kb, open.workspace)
    except BadInputError:
        # The knowledge base lost a name since planning; the units that need it fail and say so.
        return {}
    day = await open.ledger.first_day(id) or date.today()
    return await asyncio.to_thread(all_unequal, plan, cast, open, day)


def all_unequal(plan: CampaignPlan, cast: Cast, open: Session, day: date) -> Unequal:
    """Who would pay more than others without a public condition, by coupon or by the recipients' file.

    Raises BadInputError when that file has prices and cannot be read.
    """
    by_file = unequal_recipients(plan, cast, open.kb, open.workspace, day)
    return {**by_file, **unequal_prices(plan, cast, open.kb, day)}


class Uncalled:
    """The model of whoever plans: none is asked, and none need be opened."""

    name = "uncalled"

    async def complete(self, request: Request) -> Completion:
        raise AssertionError("a plan asks no model")

    async def aclose(self) -> None:
        """There is nothing to close."""


def tools_for(open: Session, plan: CampaignPlan, profile: Profile) -> Tools:
    """Tools without a model: planning calls none, and a run puts its own in."""
    return Tools(
        workspace=open.workspace,
        contexts=remembering(from_knowledge(open.kb)),
        model=Uncalled(),
        counter=default_counter(),
        attempts=plan.attempts,
        find=held_templates(),
        budget=context_budget(profile.context_window),
    )


def profiles_of(workspace: Workspace, plan: CampaignPlan) -> list[Profile]:
    """The plan's model and its fallbacks, in order."""
    return [resolve_profile(workspace, name or None) for name in (plan.model, *plan.fallbacks)]


def prices_of(profile: Profile) -> tuple[Decimal | None, Decimal | None]:
    """Yuan a million tokens asked and written. The offline writer is free."""
    return (Decimal(0), Decimal(0)) if profile.preset == "offline" else (profile.input_price, profile.output_price)


async def planned(path: Path, open: Session, today: date) -> tuple[str, CampaignPlan, Spread | OneToOne]:
    """(id, plan, units) of a plan file. Raises BadInputError naming file, line and field.

    `today` dates a new campaign whose plan gives no dates; one that is already planned keeps its day.
    """
    plan = load_plan(path)
    id = campaign_id(plan.name)
    try:
        cast = resolve_cast(plan, open.kb, open.workspace)
    except BadInputError as error:
        raise BadInputError(error.message, file=str(path), hint=error.hint) from error
    for line in cast.notes:
        err().print(line, markup=False, soft_wrap=True)
    plan = locate(plan, path.parent, open.workspace)
    day = await open.ledger.first_day(id) or today
    units, found = addressed(plan, id, cast, day, open.workspace, open.kb)
    if found is not None and plan.recipients is not None:
        for line in survey_lines(found, plan.recipients.file, open.kb):
            err().print(line, markup=False, soft_wrap=True)
    return id, plan, units


def _endpoint(workspace: Workspace, profile: Profile, concurrency: int) -> Endpoint:
    throttle = Throttle(concurrency)
    model = open_profile(workspace, profile, concurrency=concurrency, on_headers=throttle.heard)
    return Endpoint(model=model, throttle=throttle, prices=prices_of(profile))
