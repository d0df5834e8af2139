"""Opinions of judges on labelled things: asked now, or taken from the scores that a run kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.judges.candidate import candidate
from evals.judges.grade import Grade
from evals.judges.panel import majority, middle
from evals.judges.prefer import Preference
from evals.judges.rubric import Rubric
from evals.judges.scorers import JudgeScorer, RubricScorer
from evals.label_items import Item
from evals.records import Run

PAIR_VALUES = ("a", "tie", "b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a judge or panel said of an item once. `value`: a level's digits, or a, b, tie; None when nothing counts."""

    value: str | None
    why: str = ""
    members: tuple[str | None, ...] = ()
    """The same of each judge of a panel."""
    results: tuple[Preference, ...] = ()
    """Each judge's pairwise result."""


Opinions = Mapping[str, Sequence[Opinion]]
"""Unit -> answers, call by call."""


async def ask(
    scorer: JudgeScorer,
    items: Sequence[Item],
    *,
    repeats: int = 1,
    concurrency: int = 8,
    tick: Callable[[], None] = lambda: None,
) -> Opinions:
    """Asks about every item `repeats` times, `concurrency` questions at once. Raises only what ends a run."""
    gate = asyncio.Semaphore(concurrency)

    async def one(item: Item, repeat: int) -> Opinion:
        async with gate:
            found = await _opinion(scorer, item, repeat)
        tick()
        return found

    async def several(item: Item) -> tuple[Opinion, ...]:
        return tuple(await asyncio.gather(*(one(item, repeat) for repeat in range(repeats))))

    said = await asyncio.gather(*map(several, items))
    return {item.unit: opinions for item, opinions in zip(items, said, strict=True)}


async def _opinion(scorer: JudgeScorer, item: Item, repeat: int) -> Opinion:
    if isinstance(scorer, RubricScorer):
        return of_grades(await scorer.grades(item.samples[0], repeat=repeat), scorer.rubric)
    results = await scorer.compare(*item.samples, repeat=repeat)
    if len(results) == 1:
        return Opinion(value=results[0].winner, why=results[0].why, members=(results[0].winner,), results=results)
    winner, why = majority(results)
    return Opinion(value=winner, why=why, members=tuple(one.winner for one in results), results=results)


def of_grades(grades: Sequence[Grade], rubric: Rubric) -> Opinion:
    """A panel's median between two levels counts as the lower one, as the rubrics tell a single judge to decide."""
    members = tuple(None if grade.level is None else str(grade.level) for grade in grades)
    if len(grades) == 1:
        return Opinion(value=members[0], why=grades[0].why, members=members)
    value, why = middle(grades)
    return Opinion(value=None if value is None else _at_most(value, rubric), why=why, members=members)


def stored(run: Run, items: Iterable[Item], scorer: str, rubric: Rubric) -> Opinions:
    """The levels that a run's rows keep under a score name, for items of this run."""
    places = {
        (row.case_id, row.variant, row.sample): score
        for row in run.rows
        for score in row.scores
        if score.scorer == scorer
    }
    found: dict[str, Sequence[Opinion]] = {}
    for item in items:
        one = item.samples[0]
        score = places.get((one.case.id, one.variant, one.sample))
        if item.kind == "score" and score is not None:
            value = None if score.value is None else _at_most(score.value, rubric)
            found[item.unit] = (Opinion(value=value, why=score.explanation, members=(value,)),)
    return found


def lengths(item: Item) -> tuple[int, ...]:
    """Characters of each of the item's drafts as judges see them."""
    copies = (sampled.draft.copy for sampled in item.samples)
    return tuple(candidate(copy).chars for copy in copies if copy is not None)


def _at_most(value: float, rubric: Rubric) -> str:
    fitting = [level for level in rubric.values if level <= value]
    return str(fitting[-1] if fitting else rubric.values[0])
