"""Checks and scores in a second process: half of a row's work, beside the loop that renders, asks and stores.

There the case's context is read from the same snapshots, so that only texts and drafts travel. Where the process ends
early its work is done here, with the same result.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

from agent.brief import Brief
from agent.context import Context
from agent.copies import Copy
from agent.draft import Draft
from agent.finding import Finding
from agent.judge import judge
from agent.side_judge import WORTH_IT, processors
from agent.side_process import SideEndedError, SideProcess
from agent.write import Judge
from evals.database import EvalsDb
from evals.knowledge import Source
from evals.plan import Plan, Unit
from evals.prepared import PreparedCases, posed
from evals.raw import is_raw
from evals.records import Sampled, Variant
from evals.scoring import open_scoring
from evals.snapshots import Snapshots
from evals.stored_rows import Packed, packed
from evals.together import Together
from knowledge_base.rules.law import hold_rules
from knowledge_base.workspace import Workspace

_GONE = "打分的进程停了，余下的在本进程里打分。"
_NO_CONTEXT = Context()
GROUPS_REMEMBERED = 256


def worth_it(plan: Plan, rows: int) -> bool:
    """Whether there is enough to do, and a second processor to do it. Judges wait for models, imported prompts are
    not checked: neither gains anything."""
    raw = any(is_raw(variant.prompt) for variant in plan.variants)
    return rows >= WORTH_IT and not plan.suite.judges and not raw and processors() > 1


class SideScoring:
    """Open with `start`, close with `aclose`."""

    def __init__(self, process: SideProcess, plan: Plan, most_waiting: int, say: Callable[[str], None]) -> None:
        self._process, self._say = process, say
        self._places = {case.id: place for place, case in enumerate(plan.cases)}
        self._most_waiting = most_waiting
        self._taken: dict[tuple[Variant, str], bool] = {}
        self.gone = False
        """Whether the process has ended early."""

    @classmethod
    async def start(
        cls,
        workspace: Workspace,
        plan: Plan,
        version: str,
        say: Callable[[str], None],
        *,
        most_waiting: int = sys.maxsize,
    ) -> Self | None:
        """While more than `most_waiting` questions wait for the process, it takes no new row. None where the system
        has no room for another process."""
        try:
            process = await SideProcess.start("evals.side_scoring:RowScorer", workspace, plan, version)
        except OSError:
            return None
        return cls(process, plan, most_waiting, say)

    def takes(self, unit: Unit) -> bool:
        """Whether to leave this row to the process.

        Rows that are compared with each other go the same way, so that whole groups can be scored early.
        """
        if self.gone:
            return False
        group = (unit.variant, unit.case.group or unit.case.id)
        found = self._taken.get(group)
        if found is None:
            if len(self._taken) >= GROUPS_REMEMBERED:
                self._taken.pop(next(iter(self._taken)))
            found = self._taken[group] = self._process.waiting <= self._most_waiting
        return found

    def judge_for(self, unit: Unit) -> Judge:
        """Reads and checks answers of one row."""
        place = self._places[unit.case.id]

        async def judge_there(text: str, brief: Brief, context: Context) -> tuple[Copy | None, tuple[Finding, ...]]:
            if not self.gone:
                try:
                    found: tuple[Copy | None, tuple[Finding, ...]] = await self._process.ask(
                        "judge", unit.ordinal, place, unit.variant, unit.sample, unit.draft_id, text
                    )
                    return found
                except SideEndedError:
                    self._lost()
            return judge(text, brief, context)

        return judge_there

    async def score(self, unit: Unit, draft: Draft) -> Packed | None:
        """The row's scores and draft as they are stored; None where it has to be done here."""
        if self.gone:
            return None
        # What was found there is still there.
        bare = tuple([replace(attempt, findings=()) for attempt in draft.attempts])
        try:
            made: Packed = await self._process.ask(
                "score", unit.ordinal, replace(draft, copy=None, findings=(), attempts=bare, context=_NO_CONTEXT)
            )
        except SideEndedError:
            self._lost()
            return None
        return made

    async def drop(self, unit: Unit) -> None:
        """Nothing more will be asked of this row."""
        if not self.gone:
            try:
                await self._process.ask("drop", unit.ordinal)
            except SideEndedError:
                self._lost()

    async def finish(self, run_id: str) -> bool:
        """Adds the scores of whole groups to the stored rows; False where it has to be done here."""
        if not self.gone:
            try:
                await self._process.ask("finish", run_id)
                return True
            except SideEndedError:
                self._lost()
        return False

    async def aclose(self) -> None:
        await self._process.aclose()

    def _lost(self) -> None:
        if not self.gone:
            self.gone = True
            self._say(_GONE)


@dataclass(slots=True)
class _Open:
    """A row under way."""

    place: int
    variant: Variant
    sample: int
    brief: Brief
    context: Context
    judged: list[tuple[Copy | None, tuple[Finding, ...]]] = field(default_factory=list)


class RowScorer:
    """What runs in the second process."""

    def __init__(self, workspace: Workspace, plan: Plan, version: str) -> None:
        """`version` is that of the knowledge whose snapshots are kept."""
        hold_rules()
        self._db, self._plan = EvalsDb.open(workspace), plan
        snapshots = Snapshots(self._db.store, Source(version=version), workspace)
        self._cases = PreparedCases(snapshots, plan.cases)
        self._scoring = open_scoring(plan.suite, snapshots.personas())
        self._together = Together(self._scoring, plan)
        self._open: dict[int, _Open] = {}

    def judge(
        self, ordinal: int, place: int, variant: Variant, sample: int, draft_id: str, text: str
    ) -> tuple[Copy | None, tuple[Finding, ...]]:
        row = self._open.get(ordinal)
        if row is None:
            prepared = self._cases.get(self._plan.cases[place])
            row = self._open[ordinal] = _Open(place, variant, sample, *posed(prepared, sample, draft_id))
        found = judge(text, row.brief, row.context)
        row.judged.append(found)
        return found

    def score(self, ordinal: int, draft: Draft) -> Packed:
        row = self._open.pop(ordinal)
        copy, findings = row.judged[-1]
        attempts = zip(draft.attempts, row.judged, strict=True)
        # The very objects that were checked: what the checks worked out for them serves the scorers as well.
        draft = replace(
            draft,
            brief=row.brief,
            copy=copy,
            findings=findings,
            attempts=tuple([replace(attempt, findings=found) for attempt, (_, found) in attempts]),
            context=row.context,
        )
        case = self._cases.get(self._plan.cases[row.place]).case
        sampled = Sampled(case=case, variant=row.variant, sample=row.sample, draft=draft, context=row.context)
        scores = (*self._scoring.score(sampled), *self._together.note(ordinal, sampled))
        return packed(scores, draft)

    def drop(self, ordinal: int) -> None:
        self._open.pop(ordinal, None)

    def finish(self, run_id: str) -> None:
        self._together.finish(self._db, run_id)
