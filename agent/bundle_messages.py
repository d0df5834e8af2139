"""The messages that went to the model, made again from what the journal kept; only what hashes the same counts."""

from __future__ import annotations

from collections.abc import Sequence

from agent.draft import Draft
from agent.finding import Finding, blocking
from agent.fit import fit
from agent.model import Message, prompt_sha256
from agent.render import render
from agent.tokens import TokenCounter
from agent.write import CONTEXT_BUDGET
from knowledge_base.errors import WenanError
from knowledge_base.workspace import Workspace


def messages_again(draft: Draft, workspace: Workspace, counter: TokenCounter) -> tuple[Sequence[Message] | None, ...]:
    """One entry an attempt; None where the template has changed since, or the attempt was a revision."""
    fitted = fit(draft.context, CONTEXT_BUDGET, counter)
    found: list[Sequence[Message] | None] = []
    before: tuple[Finding, ...] = ()
    for attempt in draft.attempts:
        sent: Sequence[Message] | None = None
        try:
            name = f"{attempt.template_id}@{attempt.template_version}"
            prompt = render(name, draft.brief, fitted, workspace=workspace, count=counter, findings=blocking(before))
            sent = prompt.messages if prompt_sha256(prompt.messages) == attempt.prompt_sha256 else None
        except WenanError:
            # A template that is gone or broken by now is no reason to give no bundle: its hash is still kept.
            sent = None
        found.append(sent)
        before = attempt.findings
    return tuple(found)
