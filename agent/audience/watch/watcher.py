"""Reads the stream, finds hits, makes drafts; over and over, or once to the end of the file."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.audience.watch.briefs import Briefs
from agent.audience.watch.drafts import Drafter, backoff
from agent.audience.watch.sources import birthdays, complaints
from agent.audience.watch.view import View
from knowledge_base.audience.store import AudienceStore
from knowledge_base.audience.triggers import hits
from knowledge_base.audience.triggers.admission import Admission
from knowledge_base.audience.triggers.database import NAME, connect, only_watcher
from knowledge_base.audience.triggers.engine import Engine, Taken
from knowledge_base.audience.triggers.follow import Chunk, Follower, Place
from knowledge_base.audience.triggers.hits import Kept
from knowledge_base.audience.triggers.lines import Bad, Lines
from knowledge_base.audience.triggers.pipe import Pipe
from knowledge_base.audience.triggers.seed import imported
from knowledge_base.audience.triggers.spans import SECOND
from knowledge_base.errors import WenanError

if TYPE_CHECKING:
    import sqlite3

    from knowledge_base.audience.triggers.event import Event
    from knowledge_base.audience.triggers.rules import RuleSet
    from knowledge_base.workspace import Workspace

STDIN = "-"
POLL_SECONDS = 1.0
IDLE_SECONDS = 10.0
"""How often timers are looked at while nothing comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One `watch` as typed."""

    file: str
    once: bool = False
    from_start: bool = False
    dry: bool = False
    reset: bool = False
    as_json: bool = False
    assume: bool = False
    now: int | None = None
    """Microseconds that stand for now; None for the clock."""
    model: str | None = None
    most: int = 500

    def clock(self) -> int:
        return self.now if self.now is not None else time.time_ns() // 1000


def watch(workspace: Workspace, rules: RuleSet, wanted: Wanted) -> None:
    """Returns at the end of the input; without `once`, only a pipe ends. Raises WenanError for what a user can mend."""
    with ExitStack() as stack:
        store = stack.enter_context(AudienceStore.open(workspace, rules.purpose))
        database = stack.enter_context(_state(workspace, dry=wanted.dry))
        view = View(rules, wanted.as_json, wanted.dry)
        engine = Engine(
            database,
            rules,
            Admission(store, assume=wanted.assume),
            judge=complaints(workspace),
            birthdays=birthdays(store),
            imported=imported(store),
        )
        if wanted.reset:
            engine.reset()
        runner = stack.enter_context(asyncio.Runner())
        drafter = (
            None if wanted.dry else stack.enter_context(_drafter(workspace, rules, store, database, wanted, runner))
        )
        watcher = _Watcher(
            database, engine, Lines(store.pseudonyms.of_bytes, rules.clock), drafter, runner, view, wanted
        )
        try:
            watcher.run()
        finally:
            waiting = (
                0 if wanted.dry else database.execute("SELECT COUNT(*) FROM hits WHERE status = 'new'").fetchone()[0]
            )
            view.summary(watcher.counts, waiting)


class _Watcher:
    def __init__(
        self,
        database: sqlite3.Connection,
        engine: Engine,
        lines: Lines,
        drafter: Drafter | None,
        runner: asyncio.Runner,
        view: View,
        wanted: Wanted,
    ) -> None:
        self._database, self._engine, self._lines, self._drafter = database, engine, lines, drafter
        self._runner, self._view, self._wanted = runner, view, wanted
        self._input = _input(database, wanted)
        self.counts: Counter[str] = Counter()
        self._failures, self._pause_until, self._looked = 0, 0, 0.0
        self._said_full = False

    def run(self) -> None:
        if self._drafter is not None:
            self._drafter.recover()
        while True:
            chunk = self._read()
            for note in chunk.notes:
                self._view.note(note)
            idle = chunk.at_end and not chunk.lines
            if not idle or self._wanted.once or chunk.closed or time.monotonic() - self._looked > IDLE_SECONDS:
                self._looked = time.monotonic()
                self._take(chunk)
                trouble = self._draft()
                if trouble is not None and chunk.at_end and (self._wanted.once or chunk.closed):
                    raise trouble
            if chunk.at_end and (self._wanted.once or chunk.closed):
                return
            if idle and isinstance(self._input, Follower):
                time.sleep(POLL_SECONDS)

    def _read(self) -> Chunk:
        if isinstance(self._input, Pipe):
            return self._input.read(timeout=POLL_SECONDS, last=self._wanted.once)
        return self._input.read(last=self._wanted.once)

    def _take(self, chunk: Chunk) -> None:
        now = self._wanted.clock()
        events: list[Event] = []
        for number, line in chunk.lines:
            found = self._lines.read(line, now)
            if isinstance(found, Bad):
                self._bad(number, found.reason)
            elif found is not None:
                events.append(found)
        for number in chunk.too_long:
            self._bad(number, "一行太长")
        # A file that is read once is a whole: its lines may stand in any order.
        hold = self._wanted.once and not chunk.at_end
        taken = self._engine.take(events, chunk.place, now, complete=chunk.at_end, hold=hold)
        self._tell(taken)
        while taken.more:
            taken = self._engine.take((), None, now, complete=chunk.at_end)
            self._tell(taken)

    def _tell(self, taken: Taken) -> None:
        self.counts += taken.counts
        if self._wanted.dry:
            for hit in taken.hits:
                self._view.hit(Kept(hit, "new", "", "", 0))
        self._view.withdrawn(hits.of_ids(self._database, taken.withdrawn))

    def _draft(self) -> WenanError | None:
        """Drafts what waits; None, or the trouble that keeps some of it waiting."""
        if self._drafter is None:
            return None
        self._drafter.mark_withdrawn()
        now = time.time_ns() // 1000
        if now < self._pause_until and not self._wanted.once:
            return None
        done = self._runner.run(self._drafter.round(self._wanted.clock()))
        for kept in done.settled:
            self.counts[kept.status] += 1
            self._view.hit(kept)
        if self._drafter.exhausted and not self._said_full:
            self._said_full = True
            self._view.note(f"这次运行写满了 {self._wanted.most} 稿（--max-drafts），其余留到下次")
        if done.trouble is None:
            self._failures = 0
            return None
        self._failures += 1
        self._pause_until = now + backoff(self._failures)
        self._view.note(f"模型暂时用不了，{backoff(self._failures) // SECOND} 秒后再试：{done.trouble.message}")
        return done.trouble

    def _bad(self, number: int, reason: str) -> None:
        self._view.bad(number, reason, self.counts["bad"])
        self.counts["bad"] += 1


def _input(database: sqlite3.Connection, wanted: Wanted) -> Follower | Pipe:
    if wanted.file == STDIN:
        return Pipe(sys.stdin.buffer)
    path = Path(wanted.file)
    source = str(path.resolve())
    row = database.execute("SELECT * FROM places WHERE source = ?", (source,)).fetchone()
    # Once means: what is there now. Without it, as `tail -f` does: what comes from now on.
    start = wanted.from_start or wanted.once
    return Follower(path, source, Place(*row) if row and not wanted.from_start else None, from_start=start)


@contextmanager
def _state(workspace: Workspace, *, dry: bool) -> Iterator[sqlite3.Connection]:
    """The workspace's triggers, ours alone; for a dry run a state of its own, empty and soon gone."""
    if dry:
        with tempfile.TemporaryDirectory(prefix="wenan-") as folder, closing(connect(Path(folder) / NAME)) as database:
            yield database
        return
    with only_watcher(workspace.data), closing(connect(workspace.data / NAME)) as database:
        yield database


@contextmanager
def _drafter(
    workspace: Workspace,
    rules: RuleSet,
    store: AudienceStore,
    database: sqlite3.Connection,
    wanted: Wanted,
    runner: asyncio.Runner,
) -> Iterator[Drafter]:
    from agent.audience.watch.drafts import AT_ONCE
    from agent.journal import Journal
    from agent.models import open_profile
    from agent.models.profiles import resolve_profile
    from agent.tokens import default_counter
    from agent.write import Tools, context_budget, from_knowledge
    from knowledge_base.base import KnowledgeBase

    profile = resolve_profile(workspace, wanted.model)
    with ExitStack() as stack:
        kb = stack.enter_context(closing(KnowledgeBase.open(workspace)))
        journal = stack.enter_context(closing(Journal.open(workspace)))
        model = open_profile(workspace, profile, concurrency=AT_ONCE)
        stack.callback(lambda: runner.run(model.aclose()))
        tools = Tools(
            workspace=workspace,
            # Each goes to one person, who has not seen the others': earlier drafts need not be avoided.
            contexts=from_knowledge(kb),
            model=model,
            counter=default_counter(),
            journal=journal,
            budget=context_budget(profile.context_window),
        )
        yield Drafter(database, Briefs(rules, kb, store), tools, journal, wanted.most)
