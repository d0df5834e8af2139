"""Applies scorers to answers. A scorer that crashes is told of in its own score, never a zero and never the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evals.records import Sampled, Score
from evals.stops import StopError
from evals.suite import Suite
from knowledge_base.records import Persona


@dataclass(frozen=True)
class Scoring:
    """The scorers of a run by how they are asked."""

    single: tuple[Any, ...] = ()
    """Scorer: one answer at a time."""
    grouped: tuple[Any, ...] = ()
    """GroupScorer: one variant's answers together, when all are there."""
    judges: tuple[Any, ...] = ()
    """AsyncScorer: asks a model."""

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        found: list[Score] = []
        for scorer in self.single:
            try:
                found.extend(scorer.score(sampled))
            except Exception as error:
                found.append(crashed(scorer.name, error))
        return tuple(found)

    async def judge(self, sampled: Sampled) -> tuple[Score, ...]:
        """What the judges say of one answer, asked at the same time."""
        if not self.judges:
            return ()

        async def one(judge: Any) -> tuple[Score, ...]:
            try:
                return tuple(await judge.score(sampled, others=()))
            except StopError:
                raise
            except Exception as error:
                return (crashed(judge.name, error),)

        return tuple(score for scores in await asyncio.gather(*map(one, self.judges)) for score in scores)


def open_scoring(suite: Suite, personas: Sequence[Persona] = ()) -> Scoring:
    """The scorers that the suite names, `personas` being all of its brands. Raises BadInputError for an unknown one."""
    from evals.scorers import Options, scorers_for

    options = Options(folder=suite.path.parent, personas=tuple(personas))
    found = scorers_for(suite.scorers, forms=suite.forms, options=options)
    return Scoring(
        single=tuple(one for one in found if hasattr(one, "score")),
        grouped=tuple(one for one in found if hasattr(one, "score_group")),
    )


def crashed(name: str, error: Exception) -> Score:
    return Score(name, None, None, f"打分器出错：{type(error).__name__}：{error}"[:300])
