"""`.wenan/evals.db`: runs, their rows with drafts, and the contexts that the drafts leaned on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from agent.codec import dumps
from evals.contexts import RECORDS_TABLE, Shelf
from evals.records import Outcome, Run, Score
from evals.sqlite import Store
from evals.stored_rows import Kept, plain_scores, row_values, to_kept
from knowledge_base.errors import BadInputError, UnknownIdError
from knowledge_base.workspace import Workspace

EVALS_NAME = "evals.db"
SHORTEST_ID = 4

STEPS: tuple[tuple[str, str], ...] = (
    (
        "runs, rows, snapshots",
        """
        CREATE TABLE runs (
            id TEXT PRIMARY KEY,
            suite TEXT NOT NULL,
            suite_sha256 TEXT NOT NULL,
            started_at TEXT NOT NULL,           -- UTC
            finished_at TEXT NOT NULL,          -- empty while rows are missing
            planned INTEGER NOT NULL,
            settings TEXT NOT NULL              -- JSON
        );
        CREATE TABLE rows (
            run_id TEXT NOT NULL REFERENCES runs(id),
            ordinal INTEGER NOT NULL,           -- place in the plan
            key TEXT NOT NULL,
            case_id TEXT NOT NULL,
            prompt TEXT NOT NULL,
            model TEXT NOT NULL,
            sample INTEGER NOT NULL,
            outcome TEXT NOT NULL,              -- scored | error
            scores TEXT NOT NULL,               -- JSON
            error TEXT NOT NULL,
            draft BLOB,                         -- deflated JSON without the context
            snapshot TEXT NOT NULL,             -- key of the context; empty when there is no draft
            input_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL,
            cost TEXT,                          -- decimal yuan; NULL when no price is known
            paid TEXT,                          -- the part of it that this run paid, the rest came from recordings
            latency REAL NOT NULL,
            tags TEXT NOT NULL,
            persona TEXT NOT NULL,
            grouped TEXT NOT NULL,              -- the case's group
            must_pass INTEGER NOT NULL,
            answers TEXT NOT NULL,              -- JSON: [key, sha256 of the text] of each recording it rests on
            inputs TEXT NOT NULL,               -- sha256 of all it depends on; empty when not known
            PRIMARY KEY (run_id, ordinal)
        );
        CREATE INDEX rows_by_case ON rows(run_id, case_id);
        CREATE INDEX rows_by_inputs ON rows(inputs) WHERE inputs != '';
        CREATE TABLE snapshots (
            key TEXT PRIMARY KEY,               -- sha256 of wish, knowledge and retrieval settings
            knowledge TEXT NOT NULL,
            made_at TEXT NOT NULL,
            blob BLOB NOT NULL                  -- deflated JSON: brief and context
        ) WITHOUT ROWID;
        """
        + RECORDS_TABLE,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A run in a list."""

    id: str
    suite: str
    started_at: str
    finished_at: str
    planned: int
    scored: int
    errors: int
    cost: Decimal | None
    models: tuple[str, ...]
    prompts: tuple[str, ...]


class EvalsDb:
    """Open with `EvalsDb.open`, close when done. Raises StorageError when the file cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path, STEPS)

    @classmethod
    def open(cls, workspace: Workspace) -> Self:
        return cls(workspace.data / EVALS_NAME)

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add_run(self, run: Run) -> None:
        values = (run.id, run.suite, run.suite_sha256, run.started_at, run.finished_at, run.planned)
        settings = dumps(dict(run.settings))
        self.store.put(lambda c: _insert(c, "runs", (*values, settings)))

    def update_settings(self, run_id: str, settings: Mapping[str, Any]) -> None:
        text = dumps(dict(settings))
        self.store.put(lambda c: _run(c, "UPDATE runs SET settings = ? WHERE id = ?", (text, run_id)))

    def finish(self, run_id: str, at: str) -> None:
        """`at` empty opens the run again."""
        self.store.put(lambda c: _run(c, "UPDATE runs SET finished_at = ? WHERE id = ?", (at, run_id)))

    async def add_row(self, run_id: str, kept: Kept) -> None:
        """Keeps a row, replacing an earlier one of the same place; returns when it is committed."""
        await self.store.aput(lambda c: _insert(c, "rows", row_values(run_id, kept), "INSERT OR REPLACE"))

    def add_scores(self, run_id: str, scores: Sequence[tuple[int, Sequence[Score]]]) -> None:
        """Adds scores to rows, given by their ordinals; a score of the same name is replaced."""
        self.add_plain_scores(run_id, [(ordinal, plain_scores(added)) for ordinal, added in scores])

    def add_plain_scores(self, run_id: str, scores: Sequence[tuple[int, Sequence[Sequence[Any]]]]) -> None:
        """`add_scores` for scores as `plain_scores` writes them."""
        if not scores:
            return

        def work(connection: sqlite3.Connection) -> None:
            for ordinal, added in scores:
                place = (run_id, ordinal)
                line = connection.execute("SELECT scores FROM rows WHERE run_id = ? AND ordinal = ?", place).fetchone()
                names = {name for name, *_ in added}
                kept = [score for score in json.loads(line[0]) if score[0] not in names]
                text = dumps([*kept, *added])
                connection.execute("UPDATE rows SET scores = ? WHERE run_id = ? AND ordinal = ?", (text, *place))

        self.store.put(work)

    def done(self, run_id: str) -> dict[str, Outcome]:
        """Row keys that are kept, with their outcomes."""
        return dict(self.store.all("SELECT key, outcome FROM rows WHERE run_id = ?", (run_id,)))

    def with_inputs(self, inputs: Sequence[str]) -> list[tuple[str, str, int, str]]:
        """(inputs, run, ordinal, answers) of the newest scored row under each of the hashes, of finished runs."""
        query = (
            "SELECT o.inputs, MAX(o.run_id), o.ordinal, o.answers FROM rows o JOIN runs r ON r.id = o.run_id "
            f"WHERE o.inputs IN ({','.join('?' * len(inputs))}) AND o.inputs != '' AND o.outcome = 'scored' "
            "AND r.finished_at != '' GROUP BY o.inputs"
        )
        return list(self.store.all(query, inputs))

    def copy_rows(self, copies: Sequence[tuple[str, int, str, int]]) -> None:
        """(to run, to ordinal, from run, from ordinal); what a copy cost was paid before."""
        columns = (
            "key, case_id, prompt, model, sample, outcome, scores, error, draft, snapshot, input_tokens, "
            "output_tokens, cost, '0', latency, tags, persona, grouped, must_pass, answers, inputs"
        )
        query = f"INSERT OR REPLACE INTO rows SELECT ?, ?, {columns} FROM rows WHERE run_id = ? AND ordinal = ?"

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(query, copies)

        if copies:
            self.store.put(work)

    def errors(self, run_id: str) -> dict[str, str]:
        """What the rows in error say, by row key."""
        query = "SELECT key, error FROM rows WHERE run_id = ? AND outcome = 'error'"
        return dict(self.store.all(query, (run_id,)))

    def run(self, wanted: str, *, drafts: bool = True) -> Run:
        """The run that an id, its last digits (four at least), `last` or `last~N` means, rows in the plan's order.

        Without `drafts` the rows carry none, which needs far less memory.
        """
        head = self.head(wanted)
        return replace(head, rows=tuple(kept.row for kept in self.rows(head.id, drafts=drafts)))

    def head(self, wanted: str) -> Run:
        """A run without its rows."""
        line = self.store.one("SELECT * FROM runs WHERE id = ?", (self.find(wanted),))
        id, suite, sha, started, finished, planned, settings = line
        return Run(
            id=id,
            suite=suite,
            suite_sha256=sha,
            started_at=started,
            finished_at=finished,
            planned=planned,
            rows=(),
            settings=json.loads(settings),
        )

    def rows(self, run_id: str, *, drafts: bool = True, where: str = "1", values: Sequence[Any] = ()) -> Iterator[Kept]:
        """Rows in the plan's order, a few at a time; `where` is SQL of this program, never of a user."""
        query = (
            "SELECT ordinal, key, case_id, prompt, model, sample, outcome, scores, error, "
            f"{'draft' if drafts else 'NULL'}, snapshot, input_tokens, output_tokens, cost, paid, latency, tags, "
            "persona, grouped, must_pass, answers, inputs "
            f"FROM rows WHERE run_id = ? AND ordinal > ? AND {where} ORDER BY ordinal LIMIT 200"
        )
        last, shelf = -1, Shelf(self.store)
        while found := self.store.all(query, (run_id, last, *values)):
            last = found[-1][0]
            for line in found:
                yield to_kept(line, shelf)

    def runs(self) -> tuple[RunLine, ...]:
        """All runs, newest first."""
        query = """
            SELECT r.id, r.suite, r.started_at, r.finished_at, r.planned, r.settings,
                   COALESCE(SUM(o.outcome = 'scored'), 0), COALESCE(SUM(o.outcome = 'error'), 0), GROUP_CONCAT(o.cost)
            FROM runs r LEFT JOIN rows o ON o.run_id = r.id GROUP BY r.id ORDER BY r.id DESC
        """
        return tuple(_line(line) for line in self.store.all(query))

    def find(self, wanted: str) -> str:
        """Raises UnknownIdError when no run fits, BadInputError listing them when several do."""
        name, _, back = wanted.strip().partition("~")
        if name == "last" and (not back or back.isdecimal()):
            line = self.store.one("SELECT id FROM runs ORDER BY id DESC LIMIT 1 OFFSET ?", (int(back or 0),))
            found = [line[0]] if line else []
        elif len(name) >= SHORTEST_ID:
            like = "".join(f"\\{char}" if char in "%_\\" else char for char in wanted.strip())
            query = "SELECT id FROM runs WHERE id LIKE ? ESCAPE '\\' OR id LIKE ? ESCAPE '\\' ORDER BY id"
            found = [line[0] for line in self.store.all(query, (f"{like}%", f"%{like}"))]
            found = [id for id in found if id == wanted] or found
        else:
            found = []
        if len(found) == 1:
            return str(found[0])
        if found:
            raise BadInputError(f"「{wanted}」对应不止一次评测：{'、'.join(found)}", hint="多写几位，或写全编号。")
        error = UnknownIdError("评测记录", wanted)
        error.hint = "用 wenan eval list 看跑过的评测；编号可以只写末尾几位，或写 last。"
        raise error

    def remove(self, run_id: str) -> None:
        """Forgets a run and its rows."""

        def work(c: sqlite3.Connection) -> None:
            c.execute("DELETE FROM rows WHERE run_id = ?", (run_id,))
            c.execute("DELETE FROM runs WHERE id = ?", (run_id,))

        self.store.put(work)


def _line(line: Sequence[Any]) -> RunLine:
    id, suite, started, finished, planned, settings, scored, errors, costs = line
    plan = json.loads(settings)
    return RunLine(
        id=id,
        suite=suite,
        started_at=started,
        finished_at=finished,
        planned=planned,
        scored=scored,
        errors=errors,
        cost=sum(map(Decimal, costs.split(",")), Decimal(0)) if costs else None,
        models=tuple(plan.get("models", ())),
        prompts=tuple(plan.get("prompts", ())),
    )


def _insert(connection: sqlite3.Connection, table: str, values: Sequence[Any], verb: str = "INSERT") -> None:
    connection.execute(f"{verb} INTO {table} VALUES ({','.join('?' * len(values))})", values)


def _run(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> None:
    connection.execute(query, values)
