"""evals.db across versions: yesterday's files open, tomorrow's are refused with a reason, steps are only ever added.

`data/evals-1.sql` is a file as the first version wrote it: one run of two cases, with drafts and snapshots. A change
that cannot read it needs a migration.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from agent.copies import MomentsCopy
from evals.database import EVALS_NAME, STEPS, EvalsDb
from evals.reports.build import build
from evals.sqlite import Store
from knowledge_base.errors import StorageError
from knowledge_base.workspace import Workspace

FIRST = Path(__file__).parent / "data" / "evals-1.sql"
SEALED = {1: "3c8e9bbbf25bcc883729e4e77a5b5dd6dbfaf477996ccfb85dd2164820dc6547"}
"""sha256 of each step that files in the world were made by."""


@pytest.fixture
def old(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    path = workspace.data / EVALS_NAME
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript(FIRST.read_text(encoding="utf-8"))
    connection.close()
    return workspace


def version(workspace: Workspace) -> int:
    connection = sqlite3.connect(workspace.data / EVALS_NAME)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def test_a_file_of_the_first_version_opens_and_tells_all_it_told(old: Workspace) -> None:
    with EvalsDb.open(old) as db:
        (line,) = db.runs()
        run = db.run("last")
    assert (line.suite, line.planned, line.scored, line.errors) == ("旧档", 2, 2, 0)
    assert [row.case_id for row in run.rows] == ["coffee", "invoice"]
    coffee = run.rows[0].draft
    assert coffee is not None
    assert isinstance(coffee.copy, MomentsCopy)
    assert coffee.copy.text
    assert coffee.context.persona is not None
    assert coffee.context.persona.id == "u-kaoyan"
    assert {score.scorer for score in run.rows[1].scores} >= {"reply.policies", "compliance"}
    assert build(run).standing.complete
    assert version(old) == len(STEPS)


def test_a_later_version_adds_its_step_and_keeps_the_rows(old: Workspace) -> None:
    later = (
        *STEPS,
        ("notes", "ALTER TABLE runs ADD COLUMN remark TEXT NOT NULL DEFAULT '';\nCREATE TABLE remarks (x)"),
    )
    store = Store(old.data / EVALS_NAME, later)
    try:
        assert store.all("SELECT suite, remark FROM runs") == [("旧档", "")]
        assert store.one("SELECT COUNT(*) FROM rows") == (2,)
    finally:
        store.close()
    assert version(old) == len(STEPS) + 1
    with pytest.raises(StorageError, match="更新版本的 wenan") as refused:
        EvalsDb.open(old)
    assert EVALS_NAME in refused.value.message
    assert "升级" in refused.value.hint


def test_a_step_that_fails_leaves_the_file_as_it_was(old: Workspace) -> None:
    broken = (*STEPS, ("broken", "CREATE TABLE halfway (x);\nALTER TABLE nowhere ADD COLUMN y"))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        Store(old.data / EVALS_NAME, broken)
    assert version(old) == len(STEPS)
    with EvalsDb.open(old) as db:
        assert db.store.all("SELECT name FROM sqlite_master WHERE name = 'halfway'") == []
        assert len(db.run("last").rows) == 2


def test_steps_that_files_were_made_by_are_never_edited() -> None:
    made = {n: hashlib.sha256(script.encode()).hexdigest() for n, (_, script) in enumerate(STEPS, 1)}
    assert {n: made[n] for n in SEALED} == SEALED, "add a step instead; for a new step add its hash here"
    assert set(made) == set(SEALED)
