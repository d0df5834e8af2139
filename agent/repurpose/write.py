"""One draft into one other place: rendered, written, checked by that place's rules against the parent's own records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import get_args

from agent.attempt import attempt_of, request_for
from agent.brief import Brief, Form
from agent.checks.promotion import check_promotion
from agent.context import Context
from agent.copies import ArticleCopy, Copy, plain_text
from agent.draft import Attempt, Draft
from agent.finding import Finding, blocking
from agent.fit import fit
from agent.ids import new_id
from agent.judge import judge
from agent.links import Tracking, campaign_slug, resolve_link, track_url
from agent.model import Model
from agent.render import render
from agent.repurpose.limits import check_target
from agent.tokens import TokenCounter
from agent.write import CONTEXT_BUDGET, MAX_ATTEMPTS
from knowledge_base.errors import BadInputError
from knowledge_base.rules.targets import Target
from knowledge_base.workspace import Workspace

_FORMS: dict[str, Form] = {name: name for name in get_args(Form)}
_GRAVITY = {"block": 0, "warn": 1, "info": 2}


@dataclass(frozen=True, kw_only=True)
class Tools:
    workspace: Workspace
    model: Model
    counter: TokenCounter
    attempts: int = MAX_ATTEMPTS
    budget: int = CONTEXT_BUDGET


def usable(parent: Draft, *, force: bool) -> Copy:
    """The copy to start from. Raises BadInputError when it was never made, or is not fit to be spread further."""
    if parent.copy is None:
        raise BadInputError(f"{parent.id} 没有写成，没有文字可改", hint="重新写一稿，或用 wenan log show 看原因。")
    if (blocked := blocking(parent.findings)) and not force:
        raise BadInputError(
            f"{parent.id} 还有 {len(blocked)} 处必须改：{blocked[0].message}",
            hint="先 wenan revise 改好再拿去别处；确实要改写，加 --force。",
        )
    return parent.copy


async def repurpose(parent: Draft, target: Target, tools: Tools, *, today: date, force: bool = False) -> Draft:
    """A draft for `target` with `parent` as its parent. The caller keeps it.

    Facts, coupon and brand are the parent's own records; the link goes to the same place and carries the new id.
    Raises BadInputError for a parent that cannot be used, ModelError when the model fails.
    """
    copy = usable(parent, force=force)
    draft_id, created = new_id("d"), datetime.now(UTC)
    brief = brief_for(parent, target, today)
    context = _context(parent, brief, target, draft_id)
    shown = fit(replace(context, past=()), tools.budget, tools.counter)
    parts = {"原稿": plain_text(copy)}
    attempts: list[Attempt] = []
    made: Copy | None = None
    findings: tuple[Finding, ...] = ()
    for sample in range(tools.attempts):
        prompt = render(
            target.template, brief, shown, workspace=tools.workspace, findings=blocking(findings), parts=parts
        )
        completion = await tools.model.complete(request_for(prompt, brief.seed, sample))
        made, findings = examine(completion.text, brief, context, target)
        attempts.append(attempt_of(prompt, completion, findings))
        if not blocking(findings):
            break
    return Draft(
        id=draft_id,
        created_at=created,
        brief=brief,
        context=replace(context, cuts=shown.cuts),
        copy=made,
        findings=findings,
        attempts=tuple(attempts),
        model=tools.model.name,
        offline=tools.model.name == "offline",
        parent=parent.id,
        version=parent.version + 1,
    )


def brief_for(parent: Draft, target: Target, today: date) -> Brief:
    """The parent's job in another place. An action that only the parent's place knows is left to the new one."""
    moved = target.form != parent.brief.form
    return replace(
        parent.brief,
        channel=target.channel,
        form=_FORMS[target.form],
        format=target.format,
        cta="" if moved else parent.brief.cta,
        today=max(today, parent.brief.today),
        message="",
        history=(),
        seed=0,
        variant=0,
    )


def examine(text: str, brief: Brief, context: Context, target: Target) -> tuple[Copy | None, tuple[Finding, ...]]:
    """Every check of the form, and what the place wants on top, blocking ones first."""
    copy, findings = judge(text, brief, context)
    if copy is None:
        return None, findings
    found = (*findings, *check_target(copy, context, target))
    return copy, tuple(sorted(found, key=lambda finding: _GRAVITY[finding.severity]))


def outdated(parent: Draft, today: date) -> tuple[Finding, ...]:
    """What the parent promises and the day no longer keeps: said before anything is spent on it."""
    if parent.copy is None or isinstance(parent.copy, ArticleCopy):
        return ()
    later = replace(parent.brief, today=max(today, parent.brief.today))
    before = {(one.rule_id, one.text) for one in check_promotion(parent.copy, parent.brief, parent.context)}
    now = check_promotion(parent.copy, later, parent.context)
    return tuple(one for one in blocking(now) if (one.rule_id, one.text) not in before)


def _context(parent: Draft, brief: Brief, target: Target, draft_id: str) -> Context:
    """The parent's untrimmed records. Likeness to the parent is wanted, so no past drafts; the voice stays."""
    context = parent.context
    link = resolve_link(brief, context.products, context.coupon, context.brand, draft_id)
    if link is not None and link.url:
        tracking = Tracking(target.utm_source, target.id.replace("-", "_"), campaign_slug(brief.goal), draft_id)
        link = replace(link, url=track_url(link.url, tracking))
    return replace(context, past=(), link=link, cuts=())
