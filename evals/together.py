"""Scores that need several answers of one variant: which rows belong together, and the answers kept for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evals.database import EvalsDb
from evals.records import Row, Sampled, Score, Variant
from evals.scoring import Scoring, crashed
from evals.snapshots import resolved
from evals.suite import Suite, SuiteCase

KEPT = 2000
"""Answers held in memory until the run is over; those beyond are read back from the database."""
WRITE_AT_ONCE = 500


@dataclass
class Together:
    """Notes every answer as it is written; `finish` scores the groups when all are there."""

    scoring: Scoring
    _groups: dict[tuple[Variant, int, str], list[int]] = field(default_factory=dict)
    _kept: dict[int, Sampled] = field(default_factory=dict)
    _noted: set[int] = field(default_factory=set)

    def note(self, ordinal: int, sampled: Sampled) -> tuple[Score, ...]:
        """The scores of those that need no other row."""
        if not self.scoring.grouped:
            return ()
        self._noted.add(ordinal)
        at_once: list[Score] = []
        for number, scorer in enumerate(self.scoring.grouped):
            among = scorer.together(sampled)
            if among is None:
                at_once += _scored(scorer, [sampled]).get((sampled.case.id, sampled.sample), ())
            else:
                self._groups.setdefault((sampled.variant, number, among), []).append(ordinal)
                if ordinal not in self._kept and len(self._kept) < KEPT:
                    self._kept[ordinal] = _slim(sampled)
        return tuple(at_once)

    def finish(self, db: EvalsDb, run_id: str, suite: Suite) -> None:
        """Adds the groups' scores to the rows. Rows of an earlier session are read from the database first."""
        if not self.scoring.grouped:
            return
        cases = {case.id: case for case in suite.cases}
        done = [ordinal for (ordinal,) in db.store.all("SELECT ordinal FROM rows WHERE run_id = ?", (run_id,))]
        waiting: dict[int, list[Score]] = {}
        for ordinal, sampled in _stored(db, run_id, [one for one in done if one not in self._noted], cases):
            waiting[ordinal] = list(self.note(ordinal, sampled))
        for (_, number, _), ordinals in self._groups.items():
            members = self._members(db, run_id, sorted(ordinals), cases)
            found = _scored(self.scoring.grouped[number], [sampled for _, sampled in members])
            for ordinal, sampled in members:
                waiting.setdefault(ordinal, []).extend(found.get((sampled.case.id, sampled.sample), ()))
            if len(waiting) >= WRITE_AT_ONCE:
                db.add_scores(run_id, list(waiting.items()))
                waiting = {}
        db.add_scores(run_id, list(waiting.items()))

    def _members(
        self, db: EvalsDb, run_id: str, ordinals: Sequence[int], cases: Mapping[str, SuiteCase]
    ) -> list[tuple[int, Sampled]]:
        kept = [(ordinal, self._kept[ordinal]) for ordinal in ordinals if ordinal in self._kept]
        missing = [ordinal for ordinal in ordinals if ordinal not in self._kept]
        return sorted((*kept, *_stored(db, run_id, missing, cases)), key=lambda pair: pair[0])


def sampled_of(row: Row, case: SuiteCase) -> Sampled | None:
    """What scorers see of a stored row; None when it has no draft or ended in an error."""
    draft = row.draft
    if draft is None or row.outcome != "scored":
        return None
    full = resolved(case, draft.brief)
    return Sampled(case=full, variant=row.variant, sample=row.sample, draft=draft, context=draft.context)


def _stored(
    db: EvalsDb, run_id: str, ordinals: Sequence[int], cases: Mapping[str, SuiteCase]
) -> Iterator[tuple[int, Sampled]]:
    for start in range(0, len(ordinals), WRITE_AT_ONCE):
        part = ordinals[start : start + WRITE_AT_ONCE]
        for kept in db.rows(run_id, where=f"ordinal IN ({','.join('?' * len(part))})", values=part):
            if (sampled := sampled_of(kept.row, cases[kept.row.case_id])) is not None:
                yield kept.ordinal, sampled


def _slim(sampled: Sampled) -> Sampled:
    """Without what only retrieval and the checks looked at: a run holds thousands of these."""
    context = replace(sampled.context, retrieved=(), passages=(), policies=(), exemplars=(), assets=(), past=())
    return replace(sampled, draft=replace(sampled.draft, context=context, findings=(), attempts=()), context=context)


def _scored(scorer: Any, answers: Iterable[Sampled]) -> Mapping[tuple[str, int], tuple[Score, ...]]:
    rows = list(answers)
    try:
        found: Mapping[tuple[str, int], tuple[Score, ...]] = scorer.score_group(rows)
    except Exception as error:
        return {(one.case.id, one.sample): (crashed(scorer.name, error),) for one in rows}
    return found
