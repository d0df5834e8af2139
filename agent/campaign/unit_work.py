"""One unit from claim to verdict: drafts, the best of them, unlike all others, judged.

Composing needs only a `Station` and may happen in any process; keeping and judging belong to the owner of the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agent.brief import Brief
from agent.campaign.budget import Meter
from agent.campaign.calls import Desk, UnitModel
from agent.campaign.contexts import showing
from agent.campaign.desk import Choose, Endpoint, RunDesk
from agent.campaign.ledger import Ledger
from agent.campaign.plan_file import CampaignPlan, Quality
from agent.campaign.prices import Unequal
from agent.campaign.rows import Claim, State
from agent.campaign.unique import Clash, Guard
from agent.checks.compliance.price_discrimination import RULE_ID as PRICE_RULE
from agent.context import PastDraft
from agent.draft import Draft
from agent.finding import blocking
from agent.ids import new_id
from agent.model import Model
from agent.write import Tools, write_draft


@dataclass(frozen=True, slots=True)
class Verdict:
    state: State
    reason: str = ""
    """Rule id, or what kept it from passing."""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """What composing a unit takes."""

    plan: CampaignPlan
    tools: Tools
    models: Sequence[Model]
    """The plan's model and its fallbacks, in order."""
    desk: Desk


@dataclass(frozen=True, slots=True)
class Composed:
    """What was written for a unit, in order."""

    drafts: tuple[Draft, ...]
    chosen: Draft
    """The one of `drafts` that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What every unit of a run shares."""

    plan: CampaignPlan
    tools: Tools
    endpoints: Sequence[Endpoint]
    ledger: Ledger
    meter: Meter
    guard: Guard
    choose: Choose
    unequal: Unequal = field(default_factory=dict)
    """Prices that some personas may not be asked."""

    def desk(self) -> RunDesk:
        return RunDesk(self.endpoints, self.ledger, self.meter, self.guard, self.choose)

    def station(self) -> Station:
        """For composing in the run's own process."""
        models = [endpoint.model for endpoint in self.endpoints]
        return Station(plan=self.plan, tools=self.tools, models=models, desk=self.desk())


async def work(claim: Claim, bench: Bench) -> Verdict:
    """Drafts a claimed unit, keeps what came of it and judges it.

    Raises ModelError and StopError; then nothing is kept but the answers that were paid for.
    """
    return await keep(claim, await compose(claim, bench.station()), bench)


async def compose(claim: Claim, station: Station) -> Composed:
    """Drafts a claimed unit. Raises ModelError and StopError."""
    brief, plan = claim.unit.brief(), station.plan
    drafts = [await _draft(claim, station, brief, i) for i in range(plan.best_of)]
    chosen = drafts[0] if len(drafts) == 1 else drafts[await station.desk.choose(drafts)]
    for rewrite in range(plan.uniqueness.rewrites):
        clash = await station.desk.clash(chosen.id, chosen.copy) if chosen.copy is not None else None
        if clash is None:
            break
        chosen = await _rewrite(claim, station, brief, rewrite, clash)
        drafts.append(chosen)
    return Composed(tuple(drafts), chosen)


async def keep(claim: Claim, composed: Composed, bench: Bench) -> Verdict:
    """Commits what was composed, then the verdict on it."""
    chosen = composed.chosen
    if claim.parent:
        # Written anew for a reviewer: whoever reads the journal later finds what it replaced.
        chosen = replace(chosen, parent=claim.parent, version=claim.version)
    if unequal := bench.unequal.get((claim.unit.product, claim.unit.persona)):
        chosen = replace(chosen, findings=(*chosen.findings, unequal))
    drafts = tuple(chosen if one is composed.chosen else one for one in composed.drafts)
    await bench.ledger.drafted(claim.key, drafts, chosen)
    return await judge(claim.key, chosen, bench)


async def judge(key: str, draft: Draft, bench: Bench) -> Verdict:
    """The verdict on a kept draft, committed."""
    clash = _clash(draft, bench.guard)
    verdict = verdict_on(draft, bench.plan.quality, clash)
    if draft.copy is not None and clash is None:
        bench.guard.add(draft.id, draft.copy)
    await bench.ledger.judged(key, verdict.state, verdict.reason, verdict.message)
    return verdict


def verdict_on(draft: Draft, quality: Quality, clash: Clash | None) -> Verdict:
    """What a draft's findings and its likeness to others make of it."""
    if draft.copy is None:
        return Verdict("needs_review", "unparsable", "模型的回答读不懂")
    if blocked := blocking(draft.findings):
        return Verdict("needs_review", blocked[0].rule_id, blocked[0].message)
    # Different prices for different people are for a person to judge, however sure the check is.
    always = (*quality.refuse, PRICE_RULE)
    if refused := next((f for f in draft.findings if f.rule_id.startswith(always)), None):
        return Verdict("needs_review", refused.rule_id, refused.message)
    if clash is not None:
        return Verdict("needs_review", f"alike.{clash.kind}", clash.message)
    warned = sum(finding.severity == "warn" for finding in draft.findings)
    if warned > quality.warnings:
        return Verdict("needs_review", "warnings", f"{warned} 条提醒，超过了 {quality.warnings} 条")
    return Verdict("passed")


def _clash(draft: Draft, guard: Guard) -> Clash | None:
    return guard.clash(draft.id, draft.copy) if draft.copy is not None else None


async def _draft(claim: Claim, station: Station, brief: Brief, candidate: int) -> Draft:
    model = UnitModel(claim, f"c{candidate}", station.models, station.desk)
    # The first candidate has the promised id: a unit with one draft keeps it over any number of interruptions.
    draft_id = claim.draft_id if candidate == 0 else new_id("d")
    tools = replace(station.tools, model=model, template=claim.unit.template or None)
    return await write_draft(replace(brief, seed=brief.seed + candidate), tools, draft_id=draft_id)


async def _rewrite(claim: Claim, station: Station, brief: Brief, number: int, clash: Clash) -> Draft:
    model = UnitModel(claim, f"w{number}", station.models, station.desk)
    tools = replace(
        station.tools,
        model=model,
        template=claim.unit.template or None,
        contexts=showing(station.tools.contexts, (PastDraft(id=clash.id, text=clash.text),)),
    )
    other = replace(brief, seed=brief.seed + station.plan.best_of + number)
    return await write_draft(other, tools, draft_id=new_id("d"))
