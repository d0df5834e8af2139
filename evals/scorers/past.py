"""Has this been said before: likeness to the earlier drafts in the context."""

from __future__ import annotations

from functools import lru_cache

from evals.records import Sampled, Score, Tier
from evals.scorers.view import quoted, unreadable, view
from evals.text_metrics import ngrams, overlap

LIMIT = 0.6


class Past:
    name = "past"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`past.similarity` in [0, 1], the highest Jaccard index of character pairs; nothing without earlier drafts."""
        earlier = sampled.context.past
        if not earlier:
            return ()
        seen = view(sampled)
        if seen is None:
            return unreadable("past.similarity", sampled)
        highest, nearest = max(
            ((overlap(seen.pairs, _pairs(one.text)), one) for one in earlier), key=lambda pair: pair[0]
        )
        why = f"和旧稿 {nearest.id}（{quoted(nearest.text)}）最像：{highest:.0%}"
        return (Score("past.similarity", highest, highest <= LIMIT, why),)


@lru_cache(maxsize=256)
def _pairs(text: str) -> frozenset[str]:
    return ngrams(text, 2)
