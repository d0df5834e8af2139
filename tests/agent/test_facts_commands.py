"""`wenan facts ID`, run as a user runs it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import cli
from agent.copies import MomentsCopy
from agent.draft import Draft
from agent.ids import new_id
from agent.journal import Journal
from knowledge_base import console
from knowledge_base.workspace import Workspace
from tests.agent.checks.shelf import COFFEE, post_brief, shelf_context


@pytest.fixture(autouse=True)
def _fresh_consoles() -> Iterator[None]:
    console.out.cache_clear()
    console.err.cache_clear()
    yield
    console.out.cache_clear()
    console.err.cache_clear()


def keep(folder: Path, text: str) -> Draft:
    draft = Draft(
        id=new_id("d"), created_at=datetime(2026, 11, 8, tzinfo=UTC), brief=post_brief("p-coffee"),
        context=shelf_context(COFFEE), copy=MomentsCopy(text=text), findings=(), attempts=(), model="m", offline=False,
    )  # fmt: skip
    with closing(Journal.open(Workspace(folder))) as journal:
        journal.save(draft)
    return draft


def test_every_claim_with_its_proof(workspace_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(workspace_dir, "冷水 3 秒化开，两盒 138 元。")
    assert cli.run(["facts", "last"]) == 0
    shown = capsys.readouterr()
    head, *rows = [line.split("\t") for line in shown.out.splitlines()]
    assert head[:3] == ["位置", "说法", "类别"]
    assert ["3 秒", "有据"] in [[row[1], row[4]] for row in rows]
    assert ["138 元", "可推算"] in [[row[1], row[4]] for row in rows]
    assert any("69 × 2" in row[5] for row in rows)
    assert "0 个无据" in shown.err


def test_unproved_claims_end_with_one(workspace_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = keep(workspace_dir, "冷水 5 秒化开，荣获风味大奖。")
    assert cli.run(["facts", "last", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["id"] == draft.id
    by_text = {claim["text"]: claim for claim in data["claims"]}
    assert by_text["5 秒"]["verdict"] == "unsupported"
    assert by_text["5 秒"]["nearest"]["quote"] == "2 克一条，冷水 3 秒化开"
    assert by_text["风味大奖"]["kind"] == "award"
    assert all(claim["second_opinion"] is None for claim in data["claims"])


def test_an_offer_that_is_not_on_says_so(workspace_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(workspace_dir, "会员到手 59 元。")
    cli.run(["facts", "last"])
    assert "不在活动期" in capsys.readouterr().out


def test_a_terminal_gets_a_table_whose_columns_line_up(workspace_dir: Path) -> None:
    from rich.cells import cell_len
    from rich.console import Console

    from agent.checks.facts import ledger
    from agent.facts_view import rows, table

    draft = keep(workspace_dir, "冷水 3 秒化开，一盒 69 元。")
    assert draft.copy is not None
    shown = Console(width=160, record=True, file=io.StringIO())
    shown.print(table(rows(draft, ledger(draft.copy, draft.brief, draft.context))))
    lines = [line for line in shown.export_text().splitlines() if line.strip()]
    starts = {cell_len(line[: line.index("有据")]) for line in lines if "有据" in line}
    assert len(starts) == 1
    assert cell_len(lines[0][: lines[0].index("结论")]) in starts


@pytest.mark.parametrize(
    ("config", "args", "code"),
    [
        ('[facts]\nsecond_opinion = "yes"\n', [], 3),
        ("[facts]\nsecond_opinion = true\n", ["--model", "offline"], 2),
        ("[facts]\nsecond_opinion = true\n", ["--no-second-opinion"], 0),
        ("", ["--second-opinion", "--model", "offline"], 2),
        ("", [], 0),
    ],
    ids=["bad setting", "offline cannot", "switched off", "asked for", "off by default"],
)
def test_the_second_opinion_is_asked_for(workspace_dir: Path, config: str, args: list[str], code: int) -> None:
    keep(workspace_dir, "冷水 3 秒化开。")
    (workspace_dir / "wenan.toml").write_text(config, encoding="utf-8")
    assert cli.run(["facts", "last", *args]) == code


def test_a_draft_without_copy_cannot_be_checked(workspace_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = keep(workspace_dir, "一")
    with closing(Journal.open(Workspace(workspace_dir))) as journal:
        journal.save(replace(draft, id=new_id("d"), copy=None))
    assert cli.run(["facts", "last"]) == 3
    assert "没有写成" in capsys.readouterr().err
