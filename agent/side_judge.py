"""Answers read and checked in a second process, for runs of many drafts: a `Judge` with the same result.

A context travels once and is known by its number afterwards; only text, brief and link go over each time.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from contextlib import suppress
from dataclasses import fields, replace

from agent.brief import Brief
from agent.context import Context, TrackedLink
from agent.copies import Copy
from agent.finding import Finding
from agent.judge import judge
from agent.side_process import SideEndedError, SideProcess
from knowledge_base.rules.law import hold_rules

WORTH_IT = 200
"""Drafts from which on a second process saves more than its start costs: half a second and 60 MB."""
CONTEXTS_KEPT = 256
_PARTS = tuple(field.name for field in fields(Context) if field.name != "link")
Judged = tuple[Copy | None, tuple[Finding, ...]]


def processors() -> int:
    """How many this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


class SideJudge:
    """Starts with the first answer; close with `aclose`. Where there is no such process its work is done here."""

    def __init__(self) -> None:
        self._starting: asyncio.Task[SideProcess] | None = None
        self._gone = False
        self._known: OrderedDict[tuple[int, ...], tuple[int, Context]] = OrderedDict()
        self._numbers = 0

    async def __call__(self, text: str, brief: Brief, context: Context) -> Judged:
        if not self._gone:
            try:
                process = await self._process()
                found: Judged = await process.ask("judge", text, brief, context.link, *self._told(context))
                return found
            except (SideEndedError, OSError):
                # It died, or the system has no room for another process.
                self._gone = True
        return judge(text, brief, context)

    async def aclose(self) -> None:
        if self._starting is not None:
            with suppress(OSError):
                await (await self._starting).aclose()

    async def _process(self) -> SideProcess:
        if self._starting is None:
            self._starting = asyncio.create_task(SideProcess.start(f"{__name__}:Checker"))
        return await asyncio.shield(self._starting)

    def _told(self, context: Context) -> tuple[int, Context | None, int | None]:
        """The number under which the context is known there, itself where it is new, and which one to forget for it."""
        # By identity: what drafts share is the very same object. It is held here, so that it stays so.
        key = tuple([id(getattr(context, part)) for part in _PARTS])
        if (known := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            return known[0], None, None
        self._numbers += 1
        self._known[key] = (self._numbers, context)
        oldest = self._known.popitem(last=False)[1][0] if len(self._known) > CONTEXTS_KEPT else None
        return self._numbers, context, oldest


class Checker:
    """What runs in the second process."""

    def __init__(self) -> None:
        self._contexts: dict[int, Context] = {}
        hold_rules()

    def judge(
        self, text: str, brief: Brief, link: TrackedLink | None, number: int, new: Context | None, old: int | None
    ) -> Judged:
        if new is not None:
            self._contexts[number] = new
        if old is not None:
            del self._contexts[old]
        return judge(text, brief, replace(self._contexts[number], link=link))
