"""What a scorer is: one answer at a time, or the answers of one variant together; pure, quick enough to run on all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from evals.records import Case, Sampled, Score, Tier

if TYPE_CHECKING:
    from evals.suite import SuiteCase

Key = tuple[str, int]
"""(case id, sample)."""
Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Texts to vectors of one length. Not the retriever's embedder: what found the knowledge should not grade the copy."""


class Scorer(Protocol):
    """Scores one answer.

    Returns nothing for what the case does not ask (no reference, no expected policy); a Score whose value is None for
    what it asks and cannot be had. Raises nothing, whatever the copy.
    """

    @property
    def name(self) -> str: ...

    @property
    def tier(self) -> Tier: ...

    def score(self, sampled: Sampled) -> tuple[Score, ...]: ...


class GroupScorer(Protocol):
    """Scores answers of one variant against each other."""

    @property
    def name(self) -> str: ...

    @property
    def tier(self) -> Tier: ...

    def among(self, case: Case | SuiteCase) -> str | None:
        """What `together` will say of every answer to this case, so that a group can be scored as soon as it is whole;
        None where only the answer tells."""
        ...

    def together(self, sampled: Sampled) -> str | None:
        """Key of the rows that must be seen together; rows of other keys may be scored apart, to save memory. None
        where this row needs no other: it is scored at once."""
        ...

    def score_group(self, rows: Sequence[Sampled]) -> Mapping[Key, tuple[Score, ...]]:
        """Scores for each row. `rows` are of one variant; more keys than one may come mixed."""
        ...


AnyScorer = Scorer | GroupScorer


def key_of(sampled: Sampled) -> Key:
    return sampled.case.id, sampled.sample
