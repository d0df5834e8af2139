"""A journal with one draft of each form, for the review tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from agent.draft import Draft
from agent.finding import Finding
from agent.ids import new_id
from agent.journal import Journal
from knowledge_base.workspace import Workspace
from tests.agent.drafts import article_draft, moments_draft, reply_draft

BLOCK = Finding(
    check="compliance",
    rule_id="absolute.best",
    severity="block",
    status="violation",
    message="绝对化用语。",
    field="text",
    start=0,
    end=3,
    text="图书馆",
    law="《广告法》第九条第三项",
    rewrite="教室",
)


def filled(workspace: Workspace) -> tuple[Journal, tuple[Draft, Draft, Draft]]:
    journal = Journal.open(workspace)
    drafts = (article_draft(), moments_draft(), reply_draft())
    for draft in drafts:
        journal.save(draft)
    return journal, drafts


def revised(draft: Draft, **changes: str) -> Draft:
    """The next version, with other words."""
    assert draft.copy is not None
    attempts = tuple(replace(one, id=new_id("a")) for one in draft.attempts)
    copy = replace(draft.copy, **cast(Any, changes))
    return replace(draft, id=new_id("d"), copy=copy, parent=draft.id, version=draft.version + 1, attempts=attempts)


def workspace_with(folder: Path, toml: str) -> Workspace:
    (folder / "wenan.toml").write_text(toml, encoding="utf-8")
    return Workspace.find(folder)
