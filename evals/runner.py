"""Runs a suite: plan, contexts, answers, scores. Every finished row is committed; a killed run goes on where it was.

An answer is committed to the cassette before it is scored, and a row before it is counted, so that neither a kill nor
a crash of a scorer makes a paid call twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from agent.heap import long_lived
from agent.ids import new_id
from agent.tokens import default_counter
from evals.arms import Arm, check_prompts, open_arms, unpriced
from evals.cassette import Cassette
from evals.cassette_model import Record, Recorder
from evals.database import EvalsDb
from evals.judging import judge_pairs, open_judges
from evals.knowledge import knowledge_source
from evals.limits import Budget, Fuse, is_infrastructure
from evals.plan import Choice, Plan, Unit, make_plan
from evals.prepared import PreparedCases
from evals.records import Run
from evals.reuse import carry_over, inputs_of
from evals.run_row import RowWriter
from evals.run_settings import check_same, settings_of
from evals.scoring import Scoring, open_scoring
from evals.side_scoring import SideScoring, worth_it
from evals.snapshots import Snapshots
from evals.stops import StopError
from evals.stored_rows import Kept
from evals.suite import Suite
from knowledge_base.errors import UsageError
from knowledge_base.workspace import Workspace

CONCURRENCY = 8
WORKERS = 3
"""Rows under way for each call that may be: the others are rendered, checked, scored or stored."""
OTHERS_WAIT = 0.1
"""Seconds until work begins on rows beyond those that can be called at once: the first calls leave first."""
Retrieve = Literal["snapshot", "live"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a suite is run. What decides the answers is kept with the run; the rest may change at a resume."""

    choice: Choice = field(default_factory=Choice)
    concurrency: int = CONCURRENCY
    record: Record = "missing"
    replay: bool = False
    retrieve: Retrieve = "snapshot"
    max_cost: Decimal | None = None
    max_tokens: int | None = None
    default_model: str = "offline"
    fresh: bool = False
    """Makes every row anew, also those that nothing has changed for."""


class Watcher:
    """Told how a run goes; the default says nothing. evals/progress.py shows it."""

    def started(self, plan: Plan, done: int, reused: int) -> None: ...

    def row(self, kept: Kept, budget: Budget) -> None: ...

    def say(self, text: str) -> None: ...

    def finished(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended, in counts; `EvalsDb.run` has the rows."""

    run_id: str
    planned: int
    scored: int
    errors: int
    infrastructure: int
    """Errors that mean no answer came."""
    spent: Decimal
    """Yuan paid now, recordings left out."""
    calls: int
    reused: int = 0
    """Rows carried over from an earlier run, because nothing they depend on has changed."""
    stopped: StopError | None = None

    @property
    def missing(self) -> int:
        return self.planned - self.scored - self.errors

    @property
    def exit_code(self) -> int:
        """4 when rows are missing or no answer came for some; 0 otherwise, whatever the scores."""
        return 4 if self.infrastructure or self.missing else 0


async def run_suite(
    suite: Suite,
    *,
    workspace: Workspace,
    db: EvalsDb,
    cassette: Cassette,
    options: Options,
    resume: str | None = None,
    watcher: Watcher | None = None,
    scoring: Scoring | None = None,
) -> Ended:
    """Runs what is missing of the plan. `resume` names an earlier run of this suite to go on with; `scoring` replaces
    the suite's scorers.

    Names, templates, knowledge and scorers are checked before anything costs: raises UsageError or BadInputError. A
    model's failure is a row with outcome error. Budget and hopeless failures end the run early, see `Ended.stopped`.
    """
    watcher = watcher or Watcher()
    plan = make_plan(suite, options.choice, options.default_model)
    arms = open_arms(plan, workspace, options.concurrency)
    prompts = check_prompts(plan, workspace)
    if options.max_cost is not None and not options.replay and (names := unpriced(list(arms.values()))):
        raise UsageError(
            f"{'、'.join(names)} 没有标价，管不了花费",
            hint="在 wenan.toml 的档案里写 input_price 和 output_price（元/百万 token），或改用 --max-tokens。",
        )
    snapshots = Snapshots(db.store, knowledge_source(suite.knowledge, suite.path), workspace)
    await asyncio.to_thread(
        snapshots.prepare, plan.cases, live=options.retrieve == "live", file=suite.file, say=watcher.say
    )
    # Scorers that were handed in are not known by name, so their rows are nobody else's.
    inputs = None if scoring else inputs_of(plan, prompts, snapshots, arms, workspace)
    handed = scoring is not None
    scoring = scoring or open_scoring(plan.suite, snapshots.personas())
    settings = settings_of(plan, options, prompts, snapshots.version, scoring)
    run = _opened(db, plan, settings, resume)
    budget = Budget(options.max_cost, options.max_tokens)
    recorder = Recorder(
        cassette=cassette,
        run=run.id,
        suite=suite.name,
        record=options.record,
        replay=options.replay,
        resumed=resume is not None,
        before_call=budget.before_call,
        after_call=budget.after_call,
    )
    judging = open_judges(suite.judges, workspace, recorder, options.concurrency, file=suite.file)
    scoring = replace(scoring, judges=judging.single)
    if suite.judges:
        judged = {name: {**settings[name], **about} for name, about in judging.settings.items()}
        db.update_settings(run.id, {**settings, **judged})
    writer = RowWriter(
        workspace=workspace,
        cases=PreparedCases(snapshots, plan.cases),
        recorder=recorder,
        arms=arms,
        scoring=scoring,
        plan=plan,
        fuse=Fuse(),
        counter=_Counter(),
        attempts=suite.attempts,
        inputs=inputs,
    )
    reused, whole = 0, False
    if inputs is not None and resume is None and options.record == "missing" and not options.fresh:
        reused, whole = carry_over(plan.units(), inputs, run.id, db, cassette)
    # An answer that cannot be used was an answer: asking until one can be would flatter the model.
    missing = {key for key, error in db.errors(run.id).items() if is_infrastructure(error)}
    done = db.done(run.id).keys() - missing
    watcher.started(plan, len(done), reused)
    if not handed and worth_it(plan, plan.planned - len(done)):
        # A replay waits for no model: with most rows waiting for the other process, this one would have nothing to do.
        most = {"most_waiting": WORKERS * options.concurrency * 2 // 3} if options.replay else {}
        writer.side = await SideScoring.start(workspace, plan, snapshots.version, watcher.say, **most)
    stopped: StopError | None = None
    try:
        todo = (unit for unit in plan.units() if unit.key not in done)
        with long_lived():
            await _work(todo, writer, db, run.id, options.concurrency, lambda kept: watcher.row(kept, budget))
        if len(db.done(run.id)) == plan.planned:
            if not whole:
                await writer.finish(db, run.id)
            await judge_pairs(db, run.id, judging, plan.suite)
            recorder.check()
            db.finish(run.id, _now())
            cassette.drop_scope(run.id)
    except StopError as error:
        stopped = error
    finally:
        watcher.finished()
        await _close([*arms.values(), *judging.arms])
        if writer.side is not None:
            await writer.side.aclose()
    outcomes = db.done(run.id)
    return Ended(
        run_id=run.id,
        planned=plan.planned,
        scored=sum(outcome == "scored" for outcome in outcomes.values()),
        errors=sum(outcome == "error" for outcome in outcomes.values()),
        infrastructure=sum(is_infrastructure(error) for error in db.errors(run.id).values()),
        spent=budget.spent,
        calls=budget.calls,
        reused=reused,
        stopped=stopped,
    )


async def _work(
    todo: Iterator[Unit], writer: RowWriter, db: EvalsDb, run_id: str, concurrency: int, tell: Callable[[Kept], None]
) -> None:
    """Workers take rows in order; the first error ends them all, after what is under way is kept.

    There are more of them than calls may be under way (`Arm.slots` bounds those), so that the endpoint is never left
    waiting while rows are checked, scored and stored.
    """

    over = asyncio.Event()

    async def worker(number: int) -> None:
        if number >= concurrency:
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), OTHERS_WAIT)
        for unit in todo:
            kept = await writer.write(unit)
            await db.add_row(run_id, kept)
            tell(kept)
        over.set()

    tasks = [asyncio.create_task(worker(number)) for number in range(WORKERS * concurrency)]
    try:
        finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        error = next((task.exception() for task in finished if task.exception()), None)
        if isinstance(error, StopError):
            # Calls under way are paid for: let them come home. Their workers stop at the next row.
            for _ in todo:
                pass
            await asyncio.gather(*tasks, return_exceptions=True)
        if error is not None:
            raise error
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _opened(db: EvalsDb, plan: Plan, settings: dict[str, Any], resume: str | None) -> Run:
    if resume is not None:
        run = db.head(resume)
        check_same(run, plan, settings)
        db.finish(run.id, "")
        return run
    run = Run(
        id=new_id("r"),
        suite=plan.suite.name,
        suite_sha256=plan.suite.sha256,
        started_at=_now(),
        finished_at="",
        planned=plan.planned,
        rows=(),
        settings=settings,
    )
    db.add_run(run)
    return run


class _Counter:
    """Counts when it must: loading the ranks takes a third of a second and 40 MB, and most runs trim nothing."""

    name, exact = "default", True

    def __init__(self) -> None:
        self._kept: dict[str, int] = {}

    def count(self, text: str) -> int:
        found = self._kept.get(text)
        if found is None:
            if len(self._kept) >= 256:
                self._kept.clear()
            found = self._kept[text] = default_counter().count(text)
        return found


async def _close(arms: list[Arm]) -> None:
    for arm in arms:
        await arm.aclose()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
