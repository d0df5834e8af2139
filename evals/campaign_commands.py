"""`wenan campaign` with the scorers of this room, which its best-of may name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.campaign_commands import build

if TYPE_CHECKING:
    from agent.campaign.choosing import Rate
    from knowledge_base.base import KnowledgeBase


def _scorers(names: Sequence[str], kb: KnowledgeBase) -> Rate:
    from evals.best_of import rater

    return rater(names, kb)


app = build(_scorers)
