"""What `wenan repurpose` does: opens the stores, writes each place's form side by side, keeps and delivers them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import typer

from agent.deliver import choose_format, deliver
from agent.draft import Draft
from agent.finding import blocking
from agent.journal import Journal
from agent.label.explicit import label_text
from agent.models import open_profile
from agent.models.profiles import resolve_profile
from agent.present import as_text, escape, status_lines
from agent.repurpose.limits import seconds, sms
from agent.repurpose.offline import OfflineRepurpose
from agent.repurpose.write import Tools, outdated, repurpose, usable
from agent.tokens import default_counter
from agent.write import context_budget
from knowledge_base.console import err
from knowledge_base.errors import UsageError
from knowledge_base.rules.targets import Target, target, targets
from knowledge_base.workspace import Workspace


def chosen_targets(wanted: str) -> tuple[Target, ...]:
    """`sms,xhs` or `all`. Raises UsageError."""
    if wanted.strip() in ("all", "全部"):
        return targets()
    names = [name.strip() for name in wanted.replace("，", ",").replace("、", ",").split(",") if name.strip()]
    if not names:
        raise UsageError("没说改成哪里用的", hint=f"--to 写 {','.join(one.id for one in targets())} 里的几个，或 all。")
    return tuple(target(name) for name in dict.fromkeys(names))


def run(id: str, wanted: str, *, model: str | None, format: str, out: Path | None, force: bool) -> None:
    """Raises typer.Exit(1) when blocking findings remain, WenanError for everything a user can mend."""
    places, form = chosen_targets(wanted), choose_format(format, out)
    workspace, today = Workspace.find(), date.today()
    with closing(Journal.open(workspace)) as journal:
        parent = journal.get(id)
        usable(parent, force=force)
        for finding in outdated(parent, today):
            err().print(f"原稿里有过时的话：{finding.message}", markup=False, soft_wrap=True, style="yellow")
        drafts = asyncio.run(_write(parent, places, workspace, model, today, force=force))
        for draft in drafts:
            journal.save(draft)
    deliver(drafts, form, out)
    for place, draft in zip(places, drafts, strict=True):
        err().print(f"\n{place.name}（{place.id}）", style="bold", markup=False)
        for line in (*_facts_of(place, draft), *status_lines(draft)):
            err().print(line, soft_wrap=True)
    if any(draft.copy is None or blocking(draft.findings) for draft in drafts):
        raise typer.Exit(1)


async def _write(
    parent: Draft, places: Sequence[Target], workspace: Workspace, model: str | None, today: date, *, force: bool
) -> list[Draft]:
    profile = resolve_profile(workspace, model)
    shared = None if profile.preset == "offline" else open_profile(workspace, profile, concurrency=len(places))
    counter = default_counter()

    async def one(place: Target) -> Draft:
        tools = Tools(
            workspace=workspace,
            model=shared or OfflineRepurpose(place, workspace.templates),
            counter=counter,
            budget=context_budget(profile.context_window),
        )
        return await repurpose(parent, place, tools, today=today, force=force)

    try:
        return list(await asyncio.gather(*(one(place) for place in places)))
    finally:
        if shared is not None:
            await shared.aclose()


def _facts_of(place: Target, draft: Draft) -> list[str]:
    """What the sender wants to know: how the message looks and what it costs, how long the script takes."""
    if draft.copy is None:
        return []
    if place.sheet:
        found = sms(draft.copy.text, draft.context, place, label_text(draft)) if hasattr(draft.copy, "text") else None
        if found is None:
            return []
        room = f"（含留给短链的 {place.link_chars} 字）" if place.link_chars else ""
        return [f"[dim]手机上：{escape(found.text)}[/]", f"[dim]{found.chars} 字{room}，按 {found.parts} 条计费[/]"]
    if place.chars_per_second:
        return [f"[dim]念完约 {seconds(as_text(draft), place)} 秒[/]"]
    return []
