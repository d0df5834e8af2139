"""`wenan eval compare` and `wenan eval gate` over a real evals.db."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bench.eval_stats import synthetic_run
from evals.compare_commands import add_to
from evals.database import EvalsDb
from evals.records import Run, Score, Variant
from evals.stored_rows import Kept
from knowledge_base.chinese_cli import App
from knowledge_base.errors import UnknownIdError, UsageError
from knowledge_base.workspace import Workspace
from tests.evals.stats.suites import row, run

OLD, NEW = "r_00000001", "r_00000002"


def invoke(*args: str) -> Result:
    app = App()
    add_to(app)
    return CliRunner().invoke(app, list(args))


def keep(*runs: Run) -> None:
    async def add(db: EvalsDb, one: Run) -> None:
        db.add_run(one)
        for ordinal, kept in enumerate(one.rows):
            await db.add_row(one.id, Kept(ordinal=ordinal, row=kept))

    with EvalsDb.open(Workspace.find()) as db:
        for one in runs:
            asyncio.run(add(db, one))


@pytest.fixture
def two(workspace_dir: Path) -> None:
    """The new one lost .08 on every score; its suite declares a gate."""
    new = synthetic_run(NEW, 60, 4, 2, samples=2, shift=-0.08)
    keep(synthetic_run(OLD, 60, 4, 1, samples=2), replace(new, settings={"gates": ["s1 drop > 0 (95%)"]}))


@pytest.mark.usefixtures("two")
def test_compare_tells_a_person_and_a_program_the_same() -> None:
    shown = invoke("compare", "last~1", "last")
    assert shown.exit_code == 0, shown.output
    assert "变差" in shown.output
    assert "60 个用例能看出" in shown.output
    data = json.loads(invoke("compare", OLD, NEW, "--format", "json").output)
    [found] = data["comparisons"]
    assert (found["a"]["run_id"], found["b"]["run_id"]) == (OLD, NEW)
    assert [one["scorer"] for one in found["scorers"]] == ["s0", "s1", "s2", "s3"]
    assert all(one["n"] == 60 for one in found["scorers"])
    assert {one["verdict"] for one in found["scorers"]} == {"worse"}


@pytest.mark.usefixtures("two")
def test_by_shows_every_slice_with_its_n() -> None:
    plain, sliced = (
        invoke("compare", OLD, NEW, "-s", "s1"),
        invoke("compare", OLD, NEW, "-s", "s1", "--by", "tag，persona"),
    )
    assert "人设 p0" not in plain.output
    assert "人设 p0" in sliced.output
    assert "标签 t0" in sliced.output
    assert "s0" not in sliced.output
    with pytest.raises(UsageError, match="colour"):
        raise invoke("compare", OLD, NEW, "--by", "colour").exception or AssertionError


@pytest.mark.usefixtures("two")
def test_markdown_is_a_table() -> None:
    shown = invoke("compare", OLD, NEW, "-f", "md").output
    assert "| 评分 | n | 缺 |" in shown
    assert "| --- |" in shown


@pytest.mark.usefixtures("two")
def test_the_gate_takes_the_latest_run_and_the_suites_own_conditions() -> None:
    shown = invoke("gate", "--baseline", OLD)
    assert shown.exit_code == 6, shown.output
    assert "退步：评测 00000002" in shown.output
    assert "s1 drop > 0 (95%)" in shown.output


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("--fail-if", "s1 drop > .3 (95%)"), 0),
        (("--fail-if", "s1 drop > .08 (95%)"), 7),
        (("--fail-if", "s1 drop > 0 (95%)", "--fail-if", "s3 drop > .3 (95%)"), 6),
        (("--fail-if", "errors >= 0"), 4),
        (("--fail-if", "s1 < .01", "--no-must-pass"), 0),
    ],
    ids=str,
)
def test_gate_exit_codes(args: tuple[str, ...], code: int) -> None:
    shown = invoke("gate", NEW, "--baseline", OLD, "--format", "json", *args)
    assert shown.exit_code == code
    data = json.loads(shown.output)
    assert data["exit_code"] == code
    assert bool(data["offenders"]) == (code in (6, 7))


@pytest.mark.usefixtures("two")
def test_a_mistyped_condition_is_a_usage_error() -> None:
    error = invoke("gate", NEW, "--fail-if", "s1 <").exception
    assert isinstance(error, UsageError)
    assert "第 5 个字" in error.message


@pytest.mark.usefixtures("two")
def test_an_unknown_run_says_so() -> None:
    assert isinstance(invoke("compare", OLD, "r_nobody").exception, UnknownIdError)


@pytest.mark.usefixtures("workspace_dir")
def test_three_variants_of_one_run_are_ranked() -> None:
    rows = [
        row(f"c{at}", Score("m", at % 7 + shift), variant=Variant(prompt, "offline"))
        for at in range(20)
        for prompt, shift in (("p@1", 0.0), ("p@2", 1.0), ("p@3", 2.0))
    ]
    keep(run(OLD, rows))
    shown = invoke("compare", OLD)
    assert shown.exit_code == 0, shown.output
    assert "Bradley-Terry，n = 20" in shown.output
    ranked = json.loads(invoke("compare", OLD, "-f", "json").output)["rankings"]
    assert [place["name"] for place in ranked[0]["places"]] == [f"p@{at} × offline" for at in (3, 2, 1)]
    chosen = invoke("compare", OLD, "--a", "p@1 × offline", "--b", "p@3 × offline")
    assert "+2" in chosen.output


def test_help_loads_nothing_heavy() -> None:
    """In a fresh interpreter: the statistics cost seconds to import."""
    import subprocess
    import sys

    heavy = "{'numpy', 'scipy', 'statsmodels', 'pydantic'}"
    code = f"import sys, evals.compare_commands; print(sorted(set(sys.modules) & {heavy}))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
