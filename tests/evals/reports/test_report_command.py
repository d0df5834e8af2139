"""`wenan eval report` over a real evaluation database, as a user calls it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.ids import handle
from evals.database import EvalsDb
from evals.records import Run, Variant
from evals.stored_rows import Kept
from knowledge_base.workspace import Workspace
from tests.conftest import Ran
from tests.evals.reports.runs import failed, run_of

Wenan = Callable[..., Ran]
OLD, NEW, CUT = ("r_" + digit * 32 for digit in "123")


@pytest.fixture
def stored(workspace_dir: Path, posts_run: Run) -> Path:
    """Three runs: the first variant alone, the second alone under the same name, and one that was cut off."""
    name, first = Variant("", "offline"), posts_run.rows[0].variant
    old = [replace(row, variant=name) for row in posts_run.rows if row.variant == first]
    new = [replace(row, variant=name) for row in posts_run.rows if row.variant != first]
    for run in (run_of(old, id=OLD), run_of(new, id=NEW), run_of([failed(old[0]), *old[1:9]], id=CUT, planned=12)):
        asyncio.run(_store(workspace_dir, run))
    return workspace_dir


async def _store(folder: Path, run: Run) -> None:
    with EvalsDb.open(Workspace(folder)) as db:
        db.add_run(run)
        for ordinal, row in enumerate(run.rows):
            await db.add_row(run.id, Kept(ordinal=ordinal, row=row))


def test_the_terminal_compares_with_the_baseline(stored: Path, wenan: Wenan) -> None:
    ran = wenan("eval", "report", NEW, "--baseline", OLD, "--resamples", "1000")
    assert ran.code == 0, ran.err
    assert "更差：人设贴合" in ran.out
    assert "计划 12 = 有分 12 + 出错 0 + 缺 0" in ran.out


def test_the_latest_run_is_cut_off_and_says_so_first(stored: Path, wenan: Wenan) -> None:
    ran = wenan("eval", "report")
    assert ran.out.startswith("! 这次评测不完整：计划 12 行，还缺 3 行没有结果")
    assert "100 %" not in ran.out


def test_the_page_lands_in_the_current_folder(stored: Path, wenan: Wenan) -> None:
    ran = wenan("eval", "report", "last~1", "--format", "html")
    assert ran.out.strip() == f"评测报告-{handle(NEW)}.html"
    assert "文案评测 · 朋友圈" in (stored / ran.out.strip()).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["a.html", "子 夹/a.md", "a.json", "a.csv", "a.xml", "a.txt"])
def test_each_file_says_what_is_missing(stored: Path, wenan: Wenan, name: str) -> None:
    ran = wenan("eval", "report", CUT, "--out", name)
    assert ran.code == 0, ran.err
    assert "还缺 3 行" in ran.err
    assert "还缺 3 行" in (stored / name).read_text(encoding="utf-8-sig")


def test_json_goes_to_a_pipe(stored: Path, wenan: Wenan) -> None:
    ran = wenan("eval", "report", NEW, "-b", OLD, "-f", "json", "--resamples", "1000")
    data = json.loads(ran.out)
    assert (data["baseline"], data["complete"], len(data["rows"])) == (OLD, True, 24)
    assert ran.err == ""


def test_open_shows_the_page(stored: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr("webbrowser.open", seen.append)
    assert wenan("eval", "report", NEW, "--open", "--out", "报 告.html").code == 0
    assert seen == [(stored / "报 告.html").as_uri()]


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["r_nothing"], 3, "没有找到评测记录"),
        ([NEW, "--out", "a.docx"], 2, "看不出格式"),
        ([NEW, "--open", "--format", "csv"], 2, "只能打开网页"),
    ],
    ids=["unknown run", "unknown suffix", "open what is no page"],
)
def test_what_cannot_be_is_explained(stored: Path, wenan: Wenan, args: list[str], code: int, says: str) -> None:
    ran = wenan("eval", "report", *args)
    assert ran.code == code
    assert says in ran.err
