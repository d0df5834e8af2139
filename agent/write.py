"""The spine: one brief in, one checked draft out. Every other part of the product that drafts calls `write_draft`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent.attempt import attempt_of, request_for
from agent.brief import Brief
from agent.checks import check
from agent.context import Context
from agent.copies import Copy
from agent.draft import Attempt, Draft
from agent.finding import Finding, blocking
from agent.fit import fit
from agent.gather import gather
from agent.ids import new_id
from agent.journal import Journal
from agent.links import resolve_link
from agent.model import Model
from agent.parse import parse
from agent.render import render
from agent.tokens import TokenCounter
from knowledge_base.base import KnowledgeBase
from knowledge_base.workspace import Workspace

MAX_ATTEMPTS = 3
CONTEXT_BUDGET = 6000
# Of a small window, knowledge gets this share: instructions, the answer and a tokenizer that is poor at Chinese (a
# small model may need twice cl100k's count) take the rest.
KNOWLEDGE_SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What writing needs from the outside."""

    workspace: Workspace
    kb: KnowledgeBase
    model: Model
    counter: TokenCounter
    journal: Journal | None = None
    """None when drafts are kept elsewhere or not at all."""
    avoid_past: bool = True
    """Show the writer earlier drafts so that it does not repeat them. Off, the same seed gives the same copy."""
    template: str | None = None
    """Template path or id@version; None for the channel's own."""
    attempts: int = MAX_ATTEMPTS
    budget: int = CONTEXT_BUDGET
    """Tokens of knowledge that a prompt may carry."""


async def write_draft(brief: Brief, tools: Tools, *, on_delta: Callable[[str], None] | None = None) -> Draft:
    """Writes, checks and keeps one draft.

    Blocking findings travel into the next attempt; after `tools.attempts` the draft is returned with what remains.
    Raises ModelError when the model fails, UnknownIdError when the brief names something unknown, StorageError when
    the journal cannot keep the draft.
    """
    draft_id, created = new_id("d"), datetime.now(UTC)
    context = await asyncio.to_thread(gather_for, brief, tools, draft_id)
    fitted = fit(context, tools.budget, tools.counter)
    attempts: list[Attempt] = []
    copy: Copy | None = None
    findings: tuple[Finding, ...] = ()
    for sample in range(tools.attempts):
        prompt = render(
            tools.template,
            brief,
            fitted,
            workspace=tools.workspace,
            count=tools.counter,
            findings=blocking(findings),
        )
        completion = await tools.model.complete(request_for(prompt, brief.seed, sample, on_delta))
        copy, findings = judge(completion.text, brief, context)
        attempts.append(attempt_of(prompt, completion, findings))
        if not blocking(findings):
            break
    draft = Draft(
        id=draft_id,
        created_at=created,
        brief=brief,
        context=replace(context, cuts=fitted.cuts),
        copy=copy,
        findings=findings,
        attempts=tuple(attempts),
        model=tools.model.name,
        offline=tools.model.name == "offline",
    )
    if tools.journal is not None:
        await asyncio.to_thread(tools.journal.save, draft)
    return draft


def context_budget(window: int | None) -> int:
    """Tokens of knowledge for a model with a context window of `window` tokens; None when the window is unknown."""
    return CONTEXT_BUDGET if window is None else min(CONTEXT_BUDGET, int(window * KNOWLEDGE_SHARE))


def gather_for(brief: Brief, tools: Tools, draft_id: str) -> Context:
    """The brief's Context, its link carrying `draft_id`."""
    return gather(
        brief,
        tools.kb,
        past=tools.journal if tools.avoid_past else None,
        link=lambda brief, products, coupon, brand: resolve_link(brief, products, coupon, brand, draft_id),
    )


def judge(text: str, brief: Brief, context: Context) -> tuple[Copy | None, tuple[Finding, ...]]:
    """Parses a model's answer and runs every check on it against the untrimmed context."""
    copy, parse_findings = parse(text, brief)
    if copy is None:
        return None, parse_findings
    return copy, (*parse_findings, *check(copy, brief, context))
