"""The cases of a run with their contexts, a few kept in memory, the next ones read along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.brief import Brief
from agent.context import Context
from evals.snapshots import Prepared, Snapshots, linked
from evals.suite import SuiteCase

READ_AHEAD = 32
"""Contexts read from the database at once."""
KEPT = 64
"""Cases whose contexts are kept in memory: those that are being written, and some more."""


class PreparedCases:
    """`cases` in the order in which they will be written."""

    def __init__(self, snapshots: Snapshots, cases: Sequence[SuiteCase]) -> None:
        self._snapshots, self._cases = snapshots, cases
        self._places = {case.id: i for i, case in enumerate(cases)}
        self._prepared: dict[str, Prepared] = {}

    def get(self, case: SuiteCase) -> Prepared:
        """The same object while its case is being written. Raises KeyError for a case that was never gathered."""
        found = self._prepared.get(case.id)
        if found is None:
            if len(self._prepared) >= KEPT:
                self._prepared.pop(next(iter(self._prepared)))
            place = self._places.get(case.id, len(self._cases))
            found = self._snapshots.get(case, self._cases[place + 1 : place + READ_AHEAD])
            self._prepared[case.id] = found
        return found


def posed(prepared: Prepared, sample: int, draft_id: str) -> tuple[Brief, Context]:
    """What one sample is asked: the case's brief with a seed of its own, and its context with the draft's link."""
    brief = prepared.case.brief
    brief = replace(brief, seed=brief.seed + sample)
    return brief, linked(prepared.context, brief, draft_id)
