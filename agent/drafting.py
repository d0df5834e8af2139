"""Runs a drafting command: opens the tools, writes the drafts, delivers them, exits with the right code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from agent.brief import ANGLES, Angle, Brief
from agent.brief_file import read_brief
from agent.deliver import Format, choose_format, deliver
from agent.draft import Draft
from agent.finding import blocking
from agent.journal import Journal
from agent.models import open_profile
from agent.models.profiles import resolve_profile
from agent.options import Wish, resolve
from agent.parse import VisibleText
from agent.present import escape, status_lines
from agent.tokens import default_counter
from agent.write import Tools, context_budget, from_knowledge, write_draft
from knowledge_base.base import KnowledgeBase
from knowledge_base.console import err
from knowledge_base.errors import UsageError
from knowledge_base.pii import KIND_NAMES, Vault
from knowledge_base.records import Channel
from knowledge_base.workspace import Workspace

# A remote model answers several variants at once; more than this only earns rate limits.
CONCURRENT_VARIANTS = 4


@dataclass(frozen=True, slots=True)
class Job:
    """One drafting command as typed."""

    channel: Channel
    wish: Wish
    brief_file: Path | None = None
    n: int = 1
    model: str | None = None
    prompt: str | None = None
    format: str = ""
    out: Path | None = None
    clipboard: bool = False


def draft_and_deliver(job: Job) -> None:
    """Raises typer.Exit(1) when blocking findings remain, WenanError for everything a user can mend."""
    form: Format = choose_format(job.format, job.out)
    vault = Vault()
    drafts = write_all(job, vault)
    deliver(drafts, form, job.out, clipboard=job.clipboard, restore=vault.restore)
    for draft in drafts:
        for line in status_lines(draft):
            err().print(line, soft_wrap=True)
    if any(draft.copy is None or blocking(draft.findings) for draft in drafts):
        raise typer.Exit(1)


def write_all(job: Job, vault: Vault) -> list[Draft]:
    """Resolves the job and writes its drafts, in variant order. Personal data stays in `vault`."""
    workspace = Workspace.find()
    with ExitStack() as stack:
        kb = stack.enter_context(closing(KnowledgeBase.open(workspace)))
        wish = job.wish
        if job.brief_file is not None:
            understood = read_brief(job.brief_file, kb)
            for line in understood.lines():
                err().print(escape(line), style="dim")
            wish = wish.over(understood.wish)
        resolved = resolve(hide_personal_data(wish, vault), job.channel, kb)
        for note in resolved.notes:
            err().print(f"[dim]{escape(note)}[/]", soft_wrap=True)
        profile = resolve_profile(workspace, job.model)
        model = open_profile(workspace, profile, concurrency=min(job.n, CONCURRENT_VARIANTS))
        journal = stack.enter_context(closing(Journal.open(workspace)))
        tools = Tools(
            workspace=workspace,
            contexts=from_knowledge(kb, journal if wish.seed is None else None),
            model=model,
            counter=default_counter(),
            journal=journal,
            template=job.prompt,
            budget=context_budget(profile.context_window),
        )
        return asyncio.run(
            _write_variants(variants(resolved.brief, job.n, assign_angles=model.name != "offline"), tools)
        )


def hide_personal_data(wish: Wish, vault: Vault) -> Wish:
    """What people typed, with personal data behind placeholders: neither a model nor the journal sees it."""
    history = tuple(replace(turn, text=vault.mask(turn.text)) for turn in wish.history)
    hidden = replace(wish, message=vault.mask(wish.message), notes=vault.mask(wish.notes), history=history)
    if vault.counts:
        counts = "、".join(f"{KIND_NAMES[kind]} {count} 处" for kind, count in vault.counts.items())
        err().print(f"已隐去个人信息：{counts}", style="dim")
    return hidden


def variants(brief: Brief, n: int, *, assign_angles: bool) -> list[Brief]:
    """`n` briefs that differ in variant number and, with `assign_angles`, in angle unless the user chose one.

    The offline writer varies angles by itself, from a pool of texts unlike each other; a model has to be told.
    """
    if n < 1:
        raise UsageError("至少写一稿", hint="--n 用 1 或更大的数。")
    if n == 1:
        return [brief]
    vary = assign_angles and brief.angle is None and brief.channel != "reply"
    angles: list[Angle | None] = _angles(brief, n) if vary else [brief.angle] * n
    return [replace(brief, variant=i, angle=angles[i]) for i in range(n)]


def _angles(brief: Brief, n: int) -> list[Angle | None]:
    """Each variant its own angle; 优惠 only where there is a coupon to speak of. The first is the writer's choice."""
    usable = [angle for angle in ANGLES if angle != "offer" or brief.coupon]
    return [None, *(usable[i % len(usable)] for i in range(n - 1))]


async def _write_variants(briefs: list[Brief], tools: Tools) -> list[Draft]:
    slots = asyncio.Semaphore(CONCURRENT_VARIANTS)

    async def one(brief: Brief) -> Draft:
        async with slots:
            with _growing_copy(len(briefs) == 1 and tools.model.name != "offline") as on_delta:
                return await write_draft(brief, tools, on_delta=on_delta)

    try:
        return list(await asyncio.gather(*(one(brief) for brief in briefs)))
    finally:
        await tools.model.aclose()


def _growing_copy(wanted: bool) -> Any:
    """A context giving a delta callback that shows the copy as it grows, where there is a terminal to show it on."""
    if not wanted or not err().is_terminal:
        return nullcontext(None)
    return _LiveCopy()


class _LiveCopy:
    """Redraws the visible part of the answer on stderr; gone when the draft is done."""

    def __enter__(self) -> Callable[[str], None]:
        from rich.live import Live

        self._live = Live("", console=err(), transient=True, refresh_per_second=8, vertical_overflow="ellipsis")
        self._live.__enter__()
        self._visible = VisibleText()
        self._shown = ""
        return self._show

    def __exit__(self, *error: object) -> None:
        self._live.__exit__(None, None, None)

    def _show(self, delta: str) -> None:
        self._shown += self._visible.feed(delta)
        self._live.update(escape(self._shown))
