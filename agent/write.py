"""The spine: one brief in, one checked draft out. Every other part of the product that drafts calls `write_draft`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent.attempt import attempt_of, request_for
from agent.brief import Brief
from agent.context import Context
from agent.copies import Copy
from agent.draft import Attempt, Draft
from agent.finding import Finding, blocking
from agent.fit import fit
from agent.gather import PastDrafts, gather
from agent.ids import new_id
from agent.journal import Journal
from agent.judge import judge
from agent.links import resolve_link
from agent.model import Model
from agent.render import FindTemplate, render
from agent.tokens import TokenCounter
from knowledge_base.base import KnowledgeBase
from knowledge_base.workspace import Workspace

MAX_ATTEMPTS = 3
CONTEXT_BUDGET = 6000
# Of a small window, knowledge gets this share: instructions, the answer and a tokenizer that is poor at Chinese (a
# small model may need twice cl100k's count) take the rest.
KNOWLEDGE_SHARE = 0.2


Contexts = Callable[[Brief, str], Awaitable[Context]]
"""(brief, draft id) -> everything the copy may lean on."""


Judge = Callable[[str, Brief, Context], Awaitable[tuple[Copy | None, tuple[Finding, ...]]]]
"""(answer, brief, untrimmed context) -> the copy read from it, None when there is none, and every finding."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What writing needs from the outside."""

    workspace: Workspace
    contexts: Contexts
    """Where knowledge comes from: `from_knowledge`, or a kept snapshot when an eval is replayed."""
    model: Model
    counter: TokenCounter
    journal: Journal | None = None
    """None when drafts are kept elsewhere or not at all."""
    template: str | None = None
    """Template path or id@version; None for the channel's own."""
    find: FindTemplate | None = None
    """Where templates come from; None for the files as they are, `held_templates()` in a run of many drafts."""
    attempts: int = MAX_ATTEMPTS
    budget: int = CONTEXT_BUDGET
    """Tokens of knowledge that a prompt may carry."""
    fits: bool = False
    """The context is known to fit `budget`, so that nothing need be counted."""
    judge: Judge | None = None
    """Where answers are read and checked; None for here and now, see `judge`."""


async def write_draft(
    brief: Brief, tools: Tools, *, draft_id: str = "", on_delta: Callable[[str], None] | None = None
) -> Draft:
    """Writes, checks and keeps one draft, under `draft_id` where the caller has promised one.

    Blocking findings travel into the next attempt; after `tools.attempts` the draft is returned with what remains.
    Raises ModelError when the model fails, UnknownIdError when the brief names something unknown, StorageError when
    the journal cannot keep the draft.
    """
    draft_id, created = draft_id or new_id("d"), datetime.now(UTC)
    context = await tools.contexts(brief, draft_id)
    fitted = context if tools.fits else fit(context, tools.budget, tools.counter)
    attempts: list[Attempt] = []
    copy: Copy | None = None
    findings: tuple[Finding, ...] = ()
    for sample in range(tools.attempts):
        prompt = render(
            tools.template,
            brief,
            fitted,
            workspace=tools.workspace,
            findings=blocking(findings),
            find=tools.find,
        )
        completion = await tools.model.complete(request_for(prompt, brief.seed, sample, on_delta))
        if tools.judge is None:
            copy, findings = judge(completion.text, brief, context)
        else:
            copy, findings = await tools.judge(completion.text, brief, context)
        attempts.append(attempt_of(prompt, completion, findings))
        if not blocking(findings):
            break
    draft = Draft(
        id=draft_id,
        created_at=created,
        brief=brief,
        # The very context that was checked, where nothing was cut: scorers find the ledger it already has.
        context=context if fitted.cuts == context.cuts else replace(context, cuts=fitted.cuts),
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


def from_knowledge(kb: KnowledgeBase, past: PastDrafts | None = None) -> Contexts:
    """Contexts from the knowledge base, links carrying the draft's id.

    `past` shows the writer earlier drafts so that it does not repeat them; without, the same seed gives the same copy.
    """

    def gathered(brief: Brief, draft_id: str) -> Context:
        return gather(
            brief,
            kb,
            past=past,
            link=lambda brief, products, coupon, brand: resolve_link(brief, products, coupon, brand, draft_id),
        )

    async def contexts(brief: Brief, draft_id: str) -> Context:
        return await asyncio.to_thread(gathered, brief, draft_id)

    return contexts
