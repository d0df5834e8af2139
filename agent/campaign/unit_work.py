"""One unit from claim to verdict: drafts, the best of them, unlike all others, judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.brief import Brief
from agent.campaign.budget import Meter
from agent.campaign.calls import Endpoint, UnitModel
from agent.campaign.contexts import showing
from agent.campaign.ledger import Ledger
from agent.campaign.plan_file import CampaignPlan, Quality
from agent.campaign.rows import Claim, State
from agent.campaign.unique import Clash, Guard
from agent.context import PastDraft
from agent.draft import Draft
from agent.finding import Finding, blocking
from agent.ids import new_id
from agent.write import Tools, write_draft

_GRAVITY = {"block": 100, "warn": 5, "info": 0}


@dataclass(frozen=True, slots=True)
class Verdict:
    state: State
    reason: str = ""
    """Rule id, or what kept it from passing."""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What every unit of a run shares."""

    plan: CampaignPlan
    tools: Tools
    endpoints: Sequence[Endpoint]
    ledger: Ledger
    meter: Meter
    guard: Guard


async def work(claim: Claim, bench: Bench) -> Verdict:
    """Drafts a claimed unit, keeps what came of it and judges it.

    Raises ModelError and StopError; then nothing is kept but the answers that were paid for.
    """
    brief = claim.unit.brief()
    candidates = [await _draft(claim, bench, brief, i) for i in range(bench.plan.best_of)]
    chosen = candidates[0] if len(candidates) == 1 else min(candidates, key=lambda d: penalty(d, bench.guard))
    drafts = list(candidates)
    for rewrite in range(bench.plan.uniqueness.rewrites):
        clash = _clash(chosen, bench.guard)
        if clash is None:
            break
        chosen = await _rewrite(claim, bench, brief, rewrite, clash)
        drafts.append(chosen)
    await bench.ledger.drafted(claim.key, tuple(drafts), chosen)
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
    if refused := next((f for f in draft.findings if f.rule_id.startswith(quality.refuse)), None):
        return Verdict("needs_review", refused.rule_id, refused.message)
    if clash is not None:
        return Verdict("needs_review", f"alike.{clash.kind}", clash.message)
    warned = sum(finding.severity == "warn" for finding in draft.findings)
    if warned > quality.warnings:
        return Verdict("needs_review", "warnings", f"{warned} 条提醒，超过了 {quality.warnings} 条")
    return Verdict("passed")


def penalty(draft: Draft, guard: Guard) -> tuple[float, float]:
    """The less, the better: weight of the findings, then likeness to what is there already."""
    if draft.copy is None:
        return (float("inf"), 1.0)
    clash = guard.clash(draft.id, draft.copy)
    return (sum(_weight(finding) for finding in draft.findings), clash.similarity if clash else 0.0)


def _weight(finding: Finding) -> float:
    return _GRAVITY[finding.severity]


def _clash(draft: Draft, guard: Guard) -> Clash | None:
    return guard.clash(draft.id, draft.copy) if draft.copy is not None else None


async def _draft(claim: Claim, bench: Bench, brief: Brief, candidate: int) -> Draft:
    model = UnitModel(claim, f"c{candidate}", bench.endpoints, bench.ledger, bench.meter)
    # The first candidate has the promised id: a unit with one draft keeps it over any number of interruptions.
    draft_id = claim.draft_id if candidate == 0 else new_id("d")
    tools = replace(bench.tools, model=model, template=claim.unit.template or None)
    return await write_draft(replace(brief, seed=brief.seed + candidate), tools, draft_id=draft_id)


async def _rewrite(claim: Claim, bench: Bench, brief: Brief, number: int, clash: Clash) -> Draft:
    model = UnitModel(claim, f"w{number}", bench.endpoints, bench.ledger, bench.meter)
    tools = replace(
        bench.tools,
        model=model,
        template=claim.unit.template or None,
        contexts=showing(bench.tools.contexts, (PastDraft(id=clash.id, text=clash.text),)),
    )
    other = replace(brief, seed=brief.seed + bench.plan.best_of + number)
    return await write_draft(other, tools, draft_id=new_id("d"))
