"""Rows that nothing has changed for are carried over; whatever changes is made anew."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bench.stub_server import Stub
from evals.database import EvalsDb
from evals.plan import Choice
from knowledge_base.workspace import Workspace
from tests.evals.lab import Done, figures, run, suite_file, workspace_with

ROOT = Path(__file__).resolve().parents[2]
SCORERS = Choice(scorers=("length", "hook", "distinct"))


def again(path: Path, workspace: Workspace, choice: Choice = SCORERS, **options: Any) -> Done:
    return run(path, workspace, scoring=None, choice=choice, **options)


def test_an_unchanged_run_is_carried_over_whole(sample_dir: Path) -> None:
    path, workspace = suite_file(sample_dir, samples=2), Workspace(sample_dir)
    one, two = again(path, workspace), again(path, workspace)
    assert (one.reused, two.reused, two.scored) == (0, 12, 12)
    assert figures(one) == figures(two)
    with EvalsDb.open(workspace) as db:
        a, b = db.run(one.run_id), db.run(two.run_id)
    assert [row.draft for row in a.rows] == [row.draft for row in b.rows]
    three = again(path, workspace, fresh=True)
    assert three.reused == 0
    assert figures(three, latency=False) == figures(one, latency=False)


@pytest.mark.parametrize(
    ("old", "new", "reused"),
    [
        ('"id": "c02", ', '"id": "c02", "expect": {"forbidden": ["最"]}, ', 5),
        ('"id": "c02", "brief": {', '"id": "c02", "brief": {"goal": "拉新", ', 5),
        ('"id": "c02", ', '"id": "c02", "documents": [{"text": "资料"}], ', 5),
        ('"id": "c02"', '"id": "c99"', 5),
        ('"name": "小测"', '"name": "小测", "description": "别的说明"', 6),
        ('"name": "小测"', '"name": "小测", "seed": 9', 0),
        ('"name": "小测"', '"name": "小测", "attempts": 2', 0),
    ],
    ids=["expectation", "brief", "document", "new case", "description", "seed", "attempts"],
)
def test_only_what_changed_is_made_anew(sample_dir: Path, old: str, new: str, reused: int) -> None:
    path, workspace = suite_file(sample_dir), Workspace(sample_dir)
    again(path, workspace)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    ended = again(path, workspace)
    assert (ended.reused, ended.scored) == (reused, 6)
    assert figures(ended, latency=False) == figures(again(path, workspace, fresh=True), latency=False)


def test_a_changed_template_makes_all_anew(sample_dir: Path) -> None:
    path, workspace = suite_file(sample_dir), Workspace(sample_dir)
    again(path, workspace)
    shutil.copytree(ROOT / "prompts", sample_dir / "prompts")
    assert again(path, workspace).reused == 0
    offline = next((sample_dir / "prompts" / "offline").rglob("*.j2"))
    offline.write_text(offline.read_text(encoding="utf-8") + "\n{# changed #}\n", encoding="utf-8")
    assert again(path, workspace).reused == 0
    assert again(path, workspace).reused == 6


def test_a_new_recording_makes_its_row_anew(sample_dir: Path, stub: Stub) -> None:
    path, workspace = suite_file(sample_dir, models=["stub"]), workspace_with(sample_dir, stub.url)
    again(path, workspace)
    assert again(path, workspace, replay=True).reused == 6
    assert again(path, workspace, record="all").reused == 0
    from evals.cassette import Cassette

    with Cassette.open(workspace) as cassette:
        key = next(iter(cassette.recordings())).key

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE answers SET text_sha256 = 'x' WHERE key = ?", (key,))

        cassette.store.put(change)
    assert again(path, workspace, replay=True).reused == 5


def test_other_scorers_share_nothing_and_own_files_count_by_content(sample_dir: Path) -> None:
    path, workspace = suite_file(sample_dir, cases=2), Workspace(sample_dir)
    again(path, workspace)
    assert again(path, workspace, Choice(scorers=("length",))).reused == 0
    mine = sample_dir / "mine.py"
    own = Choice(scorers=("mine.py:score",))
    mine.write_text("def score(sampled):\n    return 1.0\n", encoding="utf-8")
    assert again(path, workspace, own).reused == 0
    assert again(path, workspace, own).reused == 2
    mine.write_text("def score(sampled):\n    return 0.5\n", encoding="utf-8")
    ended = again(path, workspace, own)
    assert ended.reused == 0
    assert {score.value for row in ended.run.rows for score in row.scores} == {0.5}


def test_an_interrupted_run_lends_nothing(sample_dir: Path) -> None:
    path, workspace = suite_file(sample_dir), Workspace(sample_dir)
    first = again(path, workspace)
    with EvalsDb.open(workspace) as db:
        db.finish(first.run_id, "")
    assert again(path, workspace).reused == 0
