"""`wenan log recheck`: which kept drafts no longer hold. `register` hooks it into the log app."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.draft import Draft
    from agent.journal import Journal
    from agent.recheck import Stale
    from agent.storage.queries import Filters

BATCH = 200
"""Drafts read at once: few statements, and never more than some megabytes in memory."""


class Format(StrEnum):
    text = "text"
    json = "json"


def register(app: App) -> None:
    """Adds `recheck` to the app of `wenan log`."""
    app.command("recheck")(recheck)


def recheck(
    since: Annotated[str, typer.Option("--since", help="只看这一天（含）以后写的，例如 2026-11-01。")] = "",
    today: Annotated[str, typer.Option("--today", help="按哪一天核对，例如 2026-12-01；不写就是今天。")] = "",
    product: Annotated[str, typer.Option("--product", "-p", help="只看这个商品的。")] = "",
    form: Annotated[Format, typer.Option("--format", "-f", help="text 或 json。")] = Format.text,
) -> None:
    """用今天的资料重新核对写过的稿子，列出过时的：价格变了、活动结束、券发完、资料删了。有过时的退出码 1。"""
    from datetime import datetime

    from agent.journal import Journal
    from agent.options import parse_day
    from agent.recheck import recheck as find_stale
    from agent.storage.queries import Filters
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.console import err
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    day = parse_day(today)
    start = datetime.combine(parse_day(since), datetime.min.time()).astimezone() if since else None
    journal = Journal.open(workspace)
    kb = KnowledgeBase.open(workspace)
    seen = 0

    def drafts() -> Iterator[Draft]:
        nonlocal seen
        for draft in _latest(journal, Filters(since=start, product=product)):
            seen += 1
            yield draft

    try:
        found = list(find_stale(drafts(), kb, day))
    finally:
        kb.close()
        journal.close()
    if form is Format.json:
        typer.echo(
            json.dumps(
                {"today": day.isoformat(), "checked": seen, "stale": [_data(s) for s in found]},
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        for stale in found:
            _print(stale)
    err().print(f"按 {day} 核对 {seen} 篇，{len(found)} 篇过时", style="red" if found else "green", highlight=False)
    if found:
        raise typer.Exit(1)


def _latest(journal: Journal, filters: Filters) -> Iterator[Draft]:
    """Newest first, without those that a later version replaced."""
    rows = journal.list(filters)
    replaced = {row.parent for row in rows if row.parent}
    ids = [row.id for row in rows if row.id not in replaced and row.status != "unparsable"]
    for i in range(0, len(ids), BATCH):
        yield from journal.many(ids[i : i + BATCH])


def _print(stale: Stale) -> None:
    from agent.log_view import FORM_LABELS
    from agent.present import escape
    from agent.recheck import CAUSES
    from agent.storage.rows import headline
    from knowledge_base.console import out

    draft = stale.draft
    label = FORM_LABELS.get(draft.brief.form, draft.brief.form)
    out().print(f"[bold]{draft.id}[/]  {label}  {escape(headline(draft.copy))}")
    for reason in stale.reasons:
        where = f"{reason.field} " if reason.field else ""
        out().print(f"  [red]{CAUSES[reason.cause]}[/] {escape(where + reason.message)}")


def _data(stale: Stale) -> dict[str, Any]:
    from agent.storage.rows import headline

    return {
        "id": stale.draft.id,
        "created_at": stale.draft.created_at.isoformat(),
        "form": stale.draft.brief.form,
        "headline": headline(stale.draft.copy),
        "reasons": [
            {"cause": r.cause, "message": r.message, "field": r.field, "text": r.text, "record": r.record}
            for r in stale.reasons
        ],
    }
