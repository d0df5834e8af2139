"""Knowledge for many like jobs: what is the same for a product, persona and day is gathered once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from dataclasses import replace

from agent.brief import Brief
from agent.context import Context, PastDraft
from agent.links import resolve_link
from agent.write import Contexts

KEPT = 512
"""Distinct jobs held at once; a context is some 20 KB."""


def remembering(contexts: Contexts) -> Contexts:
    """`contexts`, asked once for briefs that differ in seed, variant or angle only. The link stays the draft's own."""
    kept: OrderedDict[Brief, asyncio.Task[Context]] = OrderedDict()

    async def remembered(brief: Brief, draft_id: str) -> Context:
        same = common(brief)
        task = kept.get(same)
        if task is None:
            # A task, so that those who ask meanwhile wait for the same answer instead of gathering it again.
            task = kept[same] = asyncio.ensure_future(_coroutine(contexts(same, draft_id)))
            if len(kept) > KEPT:
                kept.popitem(last=False)
        try:
            context = await asyncio.shield(task)
        except BaseException:
            if task.done():
                kept.pop(same, None)
            raise
        return _linked(context, brief, draft_id)

    return remembered


def common(brief: Brief) -> Brief:
    """What a brief shares with those that lean on the same knowledge."""
    return replace(brief, seed=0, variant=0, angle=None)


def shipped(contexts: Mapping[Brief, Context]) -> Contexts:
    """Contexts that were gathered elsewhere, by `common` brief. The link stays the draft's own."""

    async def looked_up(brief: Brief, draft_id: str) -> Context:
        return _linked(contexts[common(brief)], brief, draft_id)

    return looked_up


def _linked(context: Context, brief: Brief, draft_id: str) -> Context:
    link = resolve_link(brief, context.products, context.coupon, context.brand, draft_id)
    return replace(context, link=link)


async def _coroutine(awaitable: Awaitable[Context]) -> Context:
    return await awaitable


def showing(contexts: Contexts, past: tuple[PastDraft, ...]) -> Contexts:
    """`contexts` with further earlier texts that the writer must not repeat."""

    async def shown(brief: Brief, draft_id: str) -> Context:
        context = await contexts(brief, draft_id)
        return replace(context, past=(*past, *context.past))

    return shown
