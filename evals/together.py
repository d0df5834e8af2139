"""Scores that need several answers of one variant: which rows belong together, and the answers kept for them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.codec import dumps
from evals.database import EvalsDb
from evals.plan import Plan
from evals.records import Row, Sampled, Score, Variant
from evals.scoring import Scoring, crashed
from evals.snapshots import resolved
from evals.stored_rows import plain_scores
from evals.suite import SuiteCase

Group = tuple[Variant, int, str]
"""Variant, number of the scorer, what the scorer calls the group."""
KEPT = 2000
"""Answers held in memory until their groups are whole; those beyond are read back from the database."""
WRITE_AT_ONCE = 500


@dataclass
class Together:
    """Notes every answer as it is written. A group is scored when the plan has no more of it, the rest in `finish`."""

    scoring: Scoring
    plan: Plan
    _sizes: Counter[tuple[int, str]] = field(init=False)
    """Cases of each group, by scorer and name; 0 where only the answers tell."""
    _groups: dict[Group, list[int]] = field(default_factory=dict)
    _kept: dict[int, Sampled] = field(default_factory=dict)
    _open: Counter[int] = field(default_factory=Counter)
    """Groups that a kept answer still waits for."""
    _noted: set[int] = field(default_factory=set)
    _made: dict[int, list[str]] = field(default_factory=dict)
    """Scores to be added to the rows, as JSON: a run holds thousands of these."""

    def __post_init__(self) -> None:
        asked = [(n, ask) for n, scorer in enumerate(self.scoring.grouped) if (ask := _tells_early(scorer))]
        self._sizes = Counter((n, key) for n, ask in asked for case in self.plan.cases if (key := ask(case)))

    def at_once(self, sampled: Sampled) -> tuple[Score, ...]:
        """The scores of those that need no other row."""
        alone = [scorer for scorer in self.scoring.grouped if scorer.together(sampled) is None]
        return tuple([score for scorer in alone for score in _alone(scorer, sampled)])

    def note(self, ordinal: int, sampled: Sampled) -> tuple[Score, ...]:
        """`at_once`, the answer being kept for the scorers that look at several."""
        self._noted.add(ordinal)
        at_once: list[Score] = []
        for number, scorer in enumerate(self.scoring.grouped):
            among = scorer.together(sampled)
            if among is None:
                at_once += _alone(scorer, sampled)
                continue
            group = (sampled.variant, number, among)
            members = self._groups.setdefault(group, [])
            members.append(ordinal)
            if ordinal in self._kept or len(self._kept) < KEPT:
                self._kept.setdefault(ordinal, _slim(sampled))
                self._open[ordinal] += 1
            whole = self._sizes[number, among] * self.plan.samples
            if len(members) == whole and all(member in self._kept for member in members):
                self._close(group)
        return tuple(at_once)

    def _close(self, group: Group) -> None:
        ordinals = sorted(self._groups.pop(group))
        self._score(group, [(ordinal, self._kept[ordinal]) for ordinal in ordinals])
        for ordinal in ordinals:
            self._open[ordinal] -= 1
            if not self._open[ordinal]:
                del self._open[ordinal], self._kept[ordinal]

    def _score(self, group: Group, members: Sequence[tuple[int, Sampled]]) -> None:
        found = _scored(self.scoring.grouped[group[1]], [sampled for _, sampled in members])
        for ordinal, sampled in members:
            if scores := found.get((sampled.case.id, sampled.sample)):
                self._made.setdefault(ordinal, []).append(dumps(plain_scores(scores)))

    def finish(self, db: EvalsDb, run_id: str) -> None:
        """Adds the groups' scores to the rows. Rows that were not noted here are read from the database first."""
        if not self.scoring.grouped:
            return
        cases = {case.id: case for case in self.plan.suite.cases}
        done = [ordinal for (ordinal,) in db.store.all("SELECT ordinal FROM rows WHERE run_id = ?", (run_id,))]
        for ordinal, sampled in _stored(db, run_id, [one for one in done if one not in self._noted], cases):
            if scores := self.note(ordinal, sampled):
                self._made.setdefault(ordinal, []).append(dumps(plain_scores(scores)))
        for group, ordinals in self._groups.items():
            self._score(group, self._members(db, run_id, sorted(ordinals), cases))
        waiting = list(self._made.items())
        for start in range(0, len(waiting), WRITE_AT_ONCE):
            part = waiting[start : start + WRITE_AT_ONCE]
            db.add_plain_scores(run_id, [(i, [one for text in made for one in json.loads(text)]) for i, made in part])

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


def _tells_early(scorer: Any) -> Callable[[SuiteCase], str | None] | None:
    """`among` of a scorer that has one: a user's own need not."""
    found: Callable[[SuiteCase], str | None] | None = getattr(scorer, "among", None)
    return found


def _alone(scorer: Any, sampled: Sampled) -> tuple[Score, ...]:
    return _scored(scorer, [sampled]).get((sampled.case.id, sampled.sample), ())


def _scored(scorer: Any, answers: Iterable[Sampled]) -> Mapping[tuple[str, int], tuple[Score, ...]]:
    rows = list(answers)
    try:
        found: Mapping[tuple[str, int], tuple[Score, ...]] = scorer.score_group(rows)
    except Exception as error:
        return {(one.case.id, one.sample): (crashed(scorer.name, error),) for one in rows}
    return found
