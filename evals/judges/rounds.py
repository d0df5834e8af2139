"""Pairwise judges once every variant has answered: each draft against the other variants' drafts of its case."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from evals.judges.scorers import PairScorer
from evals.records import Sampled, Score, Variant

Place = tuple[str, int, Variant]
"""Case id, sample, variant."""


async def score_rounds(
    scorers: Sequence[PairScorer], answers: Sequence[Sampled], *, concurrency: int = 8
) -> Mapping[Place, tuple[Score, ...]]:
    """Scores of every answer; those of one case and sample meet. Each pair is asked about from both of its sides, which
    the cassette answers once. Raises only what ends a run (evals/judges/ask.py ENDING).
    """
    gate = asyncio.Semaphore(concurrency)
    tables: dict[tuple[str, int], list[Sampled]] = {}
    for one in answers:
        tables.setdefault((one.case.id, one.sample), []).append(one)

    async def scored(one: Sampled) -> tuple[Score, ...]:
        others = [other for other in tables[one.case.id, one.sample] if other.variant != one.variant]
        async with gate:
            found = [await scorer.score(one, others=others) for scorer in scorers]
        return tuple(score for scores in found for score in scores)

    results = await asyncio.gather(*map(scored, answers))
    places = [(one.case.id, one.sample, one.variant) for one in answers]
    return dict(zip(places, results, strict=True))
