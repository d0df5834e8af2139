"""One draft of a campaign written anew for a reviewer, through the same ledger, budget and checks as the first time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from agent.campaign.owner import owning
from agent.campaign.plan_file import CampaignPlan
from agent.campaign.review_store import Book, Entry
from agent.campaign.rows import Claim
from agent.campaign.session import bench, session
from agent.campaign.unit_work import work
from agent.ids import new_id
from knowledge_base.pii import Vault
from knowledge_base.workspace import Workspace

NOTE_CHARS = 500


def rewrite(entry: Entry, note: str, book: Book, plan: CampaignPlan, workspace: Workspace) -> None:
    """Raises ChangedError, ModelError and StopError; then the unit has its earlier draft back.

    Killed in the middle, the unit counts as unfinished: `campaign resume` writes it, without the note.
    """
    # A reviewer may quote a customer; the model and the journal need the wish, not the phone number.
    wish = Vault().mask(" ".join(note.split()))[:NOTE_CHARS]
    with owning(workspace) as owner:
        draft_id = new_id("d")
        round = book.take(entry, owner, draft_id)
        notes = "\n".join(part for part in (entry.unit.notes, f"审阅意见，照着改：{wish}" if wish else "") if part)
        # The seed changes too: the offline writer reads no wishes, and the same seed would give the same words.
        unit = replace(entry.unit, notes=notes, seed=entry.unit.seed + round)
        claim = Claim(
            unit=unit,
            key=entry.key,
            draft_id=draft_id,
            tries=0,
            round=round,
            parent=entry.draft.id if entry.draft else "",
            version=entry.draft.version + 1 if entry.draft else 1,
        )
        try:
            asyncio.run(_work(claim, entry.unit.campaign, plan, workspace))
        except BaseException:
            book.give_back(entry, owner)
            raise


async def _work(claim: Claim, campaign: str, plan: CampaignPlan, workspace: Workspace) -> None:
    # Findings choose here: scorers are the run's, and the person who asked looks at the outcome anyway.
    one = plan.model_copy(update={"quality": plan.quality.model_copy(update={"scorers": ()})})
    async with session(workspace) as open, bench(open, campaign, one) as ready:
        await work(claim, ready)
