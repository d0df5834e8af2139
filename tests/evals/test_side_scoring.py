"""A second process that checks and scores gives the rows that this process would, also when it dies on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.side_judge import WORTH_IT
from agent.side_process import SideProcess
from bench.stub_server import serve
from evals import runner, side_scoring
from evals.database import EvalsDb
from evals.plan import Choice, Unit, make_plan
from evals.records import Row
from evals.side_scoring import SideScoring
from evals.suite import load_suite
from knowledge_base.workspace import Workspace
from tests.evals.lab import run, suite_file, workspace_with

CASES = 12


def rows_of(path: Path, workspace: Workspace, **options: Any) -> list[Any]:
    """Runs the suite with its own scorers; all that its rows hold but times and the identity of attempts."""

    def plain(row: Row) -> Any:
        draft = row.draft
        scores = sorted((s for s in row.scores if not s.scorer.startswith("latency")), key=lambda s: s.scorer)
        drafted = draft and (draft.id, draft.brief, draft.context, draft.copy, draft.findings, draft.model)
        attempts = [(a.findings, a.raw, a.prompt_sha256, a.template_id) for a in draft.attempts] if draft else []
        return row.key, row.outcome, row.error, scores, drafted, attempts, row.input_tokens, row.output_tokens

    ended = run(path, workspace, scoring=None, fresh=True, **options)
    with EvalsDb.open(workspace) as db:
        return [plain(row) for row in db.run(ended.run_id).rows]


@pytest.mark.parametrize("model", ["offline", "stub"])
def test_rows_are_the_same_as_without_it(model: str, sample_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as stub:
        workspace = workspace_with(sample_dir, stub.url)
        path = suite_file(sample_dir, cases=CASES, models=[model], attempts=2)
        here = rows_of(path, workspace)
        monkeypatch.setattr(runner, "worth_it", lambda plan, rows: True)
        assert rows_of(path, workspace) == here
    assert all(outcome == "scored" for _, outcome, *_ in here)
    assert any(score.scorer == "persona.fit" for row in here for score in row[3]), "groups are scored there too"


def test_a_replay_shares_the_rows_out_without_changing_them(sample_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "worth_it", lambda plan, rows: True)
    # The process is busy whenever anything waits for it, so that some rows stay here.
    monkeypatch.setattr(runner, "WORKERS", 1)
    with serve() as stub:
        workspace = workspace_with(sample_dir, stub.url)
        path = suite_file(sample_dir, cases=CASES, models=["stub"], attempts=2)
        there = rows_of(path, workspace)
        taken, takes = list[bool](), SideScoring.takes

        def watched(side: SideScoring, unit: Unit) -> bool:
            taken.append(takes(side, unit))
            return taken[-1]

        monkeypatch.setattr(SideScoring, "takes", watched)
        assert rows_of(path, workspace, replay=True, concurrency=4) == there
    assert set(taken) == {True, False}
    assert any(score.scorer == "persona.fit" for row in there for score in row[3])


@pytest.mark.parametrize(
    "fail",
    [
        # 200 is an answer that is no copy; twice for each of two cases, so that asking again does not help.
        pytest.param({1: 200, 2: 200, 3: 200, 4: 200}, id="unusable"),
        pytest.param({1: 500, 2: 500}, id="endpoint fails"),
    ],
)
def test_failed_rows_are_the_same_as_without_it(
    fail: dict[int, int], sample_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def once() -> list[Any]:
        with serve(fail=fail) as stub:
            workspace = workspace_with(sample_dir, stub.url)
            return rows_of(suite_file(sample_dir, cases=2, models=["stub"]), workspace, record="none")

    here = once()
    monkeypatch.setattr(runner, "worth_it", lambda plan, rows: True)
    assert once() == here
    assert [outcome for _, outcome, *_ in here] == ["error", "error"]


@pytest.mark.parametrize("after", [0, 1, 2, 9, 24], ids=lambda n: f"after {n} questions")
def test_its_death_loses_nothing(after: int, sample_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, workspace = suite_file(sample_dir, cases=CASES), Workspace(sample_dir)
    here = rows_of(path, workspace)
    asked, ask = 0, SideProcess.ask

    async def mortal(side: SideProcess, method: str, *args: Any) -> Any:
        nonlocal asked
        if asked == after:
            side._transport.kill()
        asked += 1
        return await ask(side, method, *args)

    monkeypatch.setattr(runner, "worth_it", lambda plan, rows: True)
    monkeypatch.setattr(SideProcess, "ask", mortal)
    assert rows_of(path, workspace) == here
    assert asked > after


def test_small_runs_and_imported_prompts_stay_in_this_process(
    sample_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_scoring, "processors", lambda: 2)
    suite = load_suite(suite_file(sample_dir, cases=2), Workspace(sample_dir))

    def worth(rows: int, prompt: str = "") -> bool:
        return side_scoring.worth_it(make_plan(suite, Choice(prompts=(prompt,)), "offline"), rows)

    assert worth(WORTH_IT)
    assert not worth(WORTH_IT - 1)
    assert not worth(5000, "_promptfoo/a.j2")
    monkeypatch.setattr(side_scoring, "processors", lambda: 1)
    assert not worth(5000)
