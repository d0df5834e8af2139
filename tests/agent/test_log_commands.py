"""`wenan log …` and `wenan revise`, run as a user runs them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import cli
from agent.codec import draft_from_dict
from agent.draft import Draft
from agent.ids import handle
from agent.journal import Journal
from agent.log_export import COLUMNS
from knowledge_base import console
from knowledge_base.workspace import Workspace
from tests.agent.drafts import MOMENTS, article_draft, moments_draft, reply_draft


@pytest.fixture(autouse=True)
def _fresh_consoles() -> Iterator[None]:
    """The consoles keep the streams of their first use; each test brings its own."""
    console.out.cache_clear()
    console.err.cache_clear()
    yield
    console.out.cache_clear()
    console.err.cache_clear()


@pytest.fixture
def drafts(workspace_dir: Path) -> list[Draft]:
    kept = [article_draft(), moments_draft(), reply_draft()]
    with closing(Journal.open(Workspace(workspace_dir))) as journal:
        for draft in kept:
            journal.save(draft)
    return kept


def journal_of(folder: Path) -> Journal:
    return Journal.open(Workspace(folder))


@pytest.mark.usefixtures("workspace_dir")
def test_an_empty_journal_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["log", "list"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("\n") == 1
    assert "没有符合的稿子" in captured.err
    assert cli.run(["log", "export"]) == 0
    assert capsys.readouterr().out == ""


def test_list_is_clean_in_a_pipe(drafts: list[Draft], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["log", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == [draft.id for draft in reversed(drafts)]
    assert cli.run(["log", "list", "--channel", "article", "--status", "ok", "--origin", "cli"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith(drafts[0].id)


def test_search_finds_words(drafts: list[Draft], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["log", "search", "巴旦木"]) == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()[1:]] == [drafts[2].id]


def test_show_tells_the_whole_trail(drafts: list[Draft], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["log", "show", handle(drafts[1].id)]) == 0
    shown = capsys.readouterr().out
    for piece in (
        drafts[1].id,
        MOMENTS.text,
        "离线模板",
        "空话",
        "coffee-01",
        "字面 #1",
        "moments/ad@1",
        "900+60 tokens",
    ):
        assert piece in shown, piece


def test_show_gives_json_that_reads_back(drafts: list[Draft], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["log", "show", "last", "--format", "json"]) == 0
    assert draft_from_dict(json.loads(capsys.readouterr().out)["drafts"][0]) == drafts[2]


def test_show_writes_a_preview_by_the_files_name(drafts: list[Draft], workspace_dir: Path) -> None:
    assert cli.run(["log", "show", drafts[0].id, "--out", "看 一 眼.html"]) == 0
    assert (workspace_dir / "看 一 眼.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_export_loses_nothing(drafts: list[Draft], workspace_dir: Path) -> None:
    with closing(journal_of(workspace_dir)) as journal:
        journal.record_final(drafts[1].id, "发出去的")
    assert cli.run(["log", "export", "--out", "稿.jsonl"]) == 0
    lines = (workspace_dir / "稿.jsonl").read_text(encoding="utf-8").splitlines()
    assert [draft_from_dict(json.loads(line)["draft"]) for line in lines] == drafts
    assert [final["text"] for final in json.loads(lines[1])["finals"]] == ["发出去的"]


def test_csv_opens_in_a_spreadsheet_without_running_anything(workspace_dir: Path) -> None:
    draft = moments_draft(copy=replace(MOMENTS, text='=HYPERLINK("x")\n第二行，"引号"'))
    with closing(journal_of(workspace_dir)) as journal:
        journal.save(draft)
    assert cli.run(["log", "export", "--format", "csv", "--out", "稿.csv"]) == 0
    raw = (workspace_dir / "稿.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["文案"] == '\'=HYPERLINK("x")\n第二行，"引号"'
    assert rows[0]["编号"] == draft.id


def test_final_text_is_kept_and_compared(
    drafts: list[Draft], workspace_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = MOMENTS.text.replace("晃三下", "摇三下")
    (workspace_dir / "定稿.txt").write_bytes(f"{text}\r\n".encode("gb18030"))
    assert cli.run(["log", "final", drafts[1].id, "定稿.txt"]) == 0
    assert "[-晃-]{+摇+}三下" in capsys.readouterr().out
    with closing(journal_of(workspace_dir)) as journal:
        assert [final.text for final in journal.finals(drafts[1].id)] == [text]


def test_final_from_a_pipe(drafts: list[Draft], monkeypatch: pytest.MonkeyPatch, workspace_dir: Path) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("管道里的定稿\n"))
    assert cli.run(["log", "final", "last", "-"]) == 0
    with closing(journal_of(workspace_dir)) as journal:
        assert journal.finals(drafts[2].id)[0].text == "管道里的定稿"


def test_revise_keeps_a_version_and_prints_only_the_copy(
    drafts: list[Draft], workspace_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["revise", drafts[1].id, "把“早八前”改成“第一节课前”"]) == 0
    captured = capsys.readouterr()
    assert captured.out == MOMENTS.text.replace("早八前", "第一节课前") + "\n去逛逛\n"
    assert "[-早八-]{+第一节课+}前" in captured.err
    with closing(journal_of(workspace_dir)) as journal:
        newest = journal.get("last")
        assert (newest.parent, newest.version) == (drafts[1].id, 2)
    assert cli.run(["log", "show", "last", "--diff"]) == 0
    shown = capsys.readouterr().out
    assert "版本" in shown
    assert "[-早八-]{+第一节课+}前" in shown


def test_a_revision_that_blocks_exits_1(drafts: list[Draft]) -> None:
    assert cli.run(["revise", drafts[1].id, "把“早八前”改成“只要 9 元，早八前”"]) == 1


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["log", "show", "zzzzzz"], 3, "没有找到稿件"),
        (["log", "show", "d_"], 3, "不止一篇"),
        (["log", "export", "--format", "pdf"], 2, "不能导出成"),
        (["log", "list", "--since", "上周"], 2, "看不懂"),
        (["log", "final", "last", "没有这个文件.txt"], 3, "读不了"),
        (["log", "final", "last", "空.txt"], 3, "是空的"),
        (["revise", "last", "更有画面感"], 3, "看不懂"),
        (["revise", "last", "短一点", "--part", "title"], 2, "没有「title」"),
    ],
    ids=["unknown", "ambiguous", "format", "date", "no file", "empty file", "cannot", "no such part"],
)
@pytest.mark.usefixtures("drafts")
def test_mistakes_are_explained(
    command: list[str], code: int, said: str, workspace_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace_dir / "空.txt").write_text("\n\n", encoding="utf-8")
    assert cli.run(command) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert "下一步" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("command", ["list", "show", "search", "export", "final"])
def test_help_is_chinese(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["log", command, "--help"]) == 0
    assert "用法" in capsys.readouterr().out
