"""`wenan brand` with a model at hand: the knowledge base's command group, its voice phrased where one is configured."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from knowledge_base.brand_commands import build_app
from knowledge_base.errors import ModelError
from knowledge_base.workspace import Workspace

if TYPE_CHECKING:
    from knowledge_base.brand_learn.proposal import Proposal


def phrase(proposal: Proposal, workspace: Workspace, profile: str | None) -> tuple[str, ...]:
    """The voice in a model's words; empty without a model, and when a model nobody named fails.

    Raises ModelError and UsageError for a model that was asked for by name.
    """
    from knowledge_base.console import err

    try:
        sentences = asyncio.run(_phrase(proposal, workspace, profile))
    except ModelError as error:
        if profile:
            raise
        err().print(f"模型没帮上忙（{error.message}），语气用量出来的原话。", markup=False, soft_wrap=True)
        return ()
    if sentences is None:
        return ()
    if not sentences:
        err().print("模型写的语气没通过核对，用量出来的原话。", markup=False, soft_wrap=True)
    return sentences


async def _phrase(proposal: Proposal, workspace: Workspace, profile: str | None) -> tuple[str, ...] | None:
    """None when only the offline writer is there, which fills copy templates and phrases nothing."""
    from agent.brand_phrasing import phrase_voice
    from agent.models import open_profile
    from agent.models.profiles import resolve_profile
    from agent.tokens import default_counter

    chosen = resolve_profile(workspace, profile)
    if chosen.preset == "offline":
        return None
    model = open_profile(workspace, chosen)
    try:
        return await phrase_voice(proposal, model, workspace, default_counter())
    finally:
        await model.aclose()


app = build_app(phrase)
