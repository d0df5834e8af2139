"""Where batches meet the usual run: first calls in by file, then whatever is left by single calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from agent.campaign.batch_book import BatchBook
from agent.campaign.batch_outcome import Merged
from agent.campaign.owner import owning
from agent.campaign.plan_file import CampaignPlan
from agent.campaign.session import Session, profiles_of
from agent.campaign.unit_work import Bench
from agent.models import open_profile
from knowledge_base.errors import BadInputError, UsageError

if TYPE_CHECKING:
    from agent.models.openai_chat import OpenAIChat


@asynccontextmanager
async def batched(
    open: Session, id: str, plan: CampaignPlan, bench: Bench, *, poll: float | None, say: Callable[[str], None]
) -> AsyncIterator[Merged]:
    """Everything a batch can bring is in the ledger when the block begins. `poll` None: no batch.

    Units whose calls a batch never made stay out of the block's reach, so that nobody pays the full price unasked.
    Raises BadInputError when a batch is still under way and none was asked for: its units would be paid for twice.
    """
    book = BatchBook.open(open.workspace)
    try:
        if poll is None:
            if pending := await book.open_batches(id):
                calls = sum(batch.requests for batch in pending)
                raise BadInputError(
                    f"{id} 还有一批 {calls} 次调用在平台上没有收回来",
                    hint=f"wenan campaign resume {id} --batch 接着等；现在另写会重复付钱。",
                )
            yield Merged()
            return
        # Brings the openai SDK with it: 0.9 s that only batches pay.
        from agent.campaign.batch import BatchRun

        chat = _chat(open, plan)
        try:
            with owning(open.workspace) as holder:
                run = BatchRun(id, holder, bench, book, chat, poll=poll, say=say)
                try:
                    merged = await run.run()
                    yield merged
                except asyncio.CancelledError:
                    say(f"停了。已经提交的在平台上继续跑；wenan campaign resume {id} --batch 接着等。")
                    raise
                finally:
                    await asyncio.shield(book.release(holder, ()))
        finally:
            await chat.aclose()
    finally:
        book.close()


def _chat(open: Session, plan: CampaignPlan) -> OpenAIChat:
    from agent.models.openai_chat import OpenAIChat

    profile = profiles_of(open.workspace, plan)[0]
    model = open_profile(open.workspace, profile)
    if not isinstance(model, OpenAIChat):
        raise UsageError(
            f"{profile.label}没有批量接口", hint="--batch 要用支持 Batch API 的平台；离线模板直接 run 就行，不花钱。"
        )
    if not profile.model:
        raise UsageError("批量提交要写明模型", hint="在模型档案里写 model。")
    return model
