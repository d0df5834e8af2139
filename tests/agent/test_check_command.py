"""`wenan check`: files of every kind, places, formats, fixes, rewrites, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook
from typer.testing import CliRunner

from agent import models
from agent.check_commands import app
from agent.checking.readers import Piece, visible_html
from agent.models.scripted import ScriptedModel
from knowledge_base.errors import BadInputError, UsageError

RUN = CliRunner()


def write_docx(path: Path) -> None:
    document = Document()
    document.add_paragraph("第一段没事")
    document.add_paragraph("第二段有全国销量第一")
    document.save(str(path))


def write_xlsx(path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet("稿", 0)
    sheet.append(["标题", "正文"])
    sheet.append(["早安", "全国销量第一"])
    book.save(path)


MAKERS: dict[str, Callable[[Path], object]] = {
    ".md": lambda p: p.write_text("# 早安\n\n我们**全国销量第一**。\n", encoding="utf-8"),
    ".txt": lambda p: p.write_bytes("早安\r\n我们全国销量第一\r\n".encode("gb18030")),
    ".html": lambda p: p.write_text(
        "<p>早安</p>\n<p>我们<b>全国</b>销量第一</p><script>顶级</script>", encoding="utf-8"
    ),
    ".csv": lambda p: p.write_text('标题,正文\n早安,"我们\n全国销量第一"\n', encoding="utf-8-sig"),
    ".docx": write_docx,
    ".xlsx": write_xlsx,
}
PLACES = {".md": (3, 5), ".txt": (2, 3), ".html": (2, 9), ".csv": (2, 2), ".docx": (2, 1), ".xlsx": (2, 2)}


def objects(*args: str, stdin: str | None = None) -> tuple[int, list[dict[str, object]]]:
    done = RUN.invoke(app, [*args, "--format", "json"], input=stdin)
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", MAKERS)
def test_every_kind_of_file_is_read_and_placed(workspace_dir: Path, kind: str) -> None:
    path = workspace_dir / f"稿{kind}"
    MAKERS[kind](path)
    code, found = objects(path.name)
    assert code == 1
    findings = [f for each in found for f in each["findings"] if f["severity"] == "block"]  # type: ignore[attr-defined]
    assert [(f["rule_id"], (f["line"], f["column"])) for f in findings] == [("absolute.first", PLACES[kind])]


def test_lines_are_texts_of_their_own(workspace_dir: Path) -> None:
    code, found = objects("-", "--lines", stdin="顶级品质\n\n早上好\n")
    assert code == 1
    assert [(each["line"], each["blocking"]) for each in found] == [(1, 1), (3, 0)]


def test_clean_text_exits_0(workspace_dir: Path) -> None:
    code, found = objects("-", stdin="早上好，豆浆刚磨好。")
    assert (code, len(found)) == (0, 1)


def test_a_channel_brings_its_own_limits(workspace_dir: Path) -> None:
    _, found = objects("-", "--channel", "moments", stdin="一" * 41)
    assert "ad.single-310.text_max" in {f["rule_id"] for f in found[0]["findings"]}  # type: ignore[attr-defined]


def test_sarif_has_what_the_standard_requires(workspace_dir: Path) -> None:
    done = RUN.invoke(app, ["-", "--format", "sarif"], input="顶级品质，不敢说最好吃")
    log = json.loads(done.stdout)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    assert {r["level"] for r in run["results"]} == {"error", "note"}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1
        assert region["endColumn"] > region["startColumn"] >= 1


def test_github_lines_are_commands_with_escapes(workspace_dir: Path) -> None:
    (workspace_dir / "a,b.md").write_text("100% 有效", encoding="utf-8")
    done = RUN.invoke(app, ["a,b.md", "--format", "github"])
    assert done.stdout.startswith("::error file=a%2Cb.md,line=1,col=1")
    assert "100%25" in done.stdout


def test_fix_writes_back_keeps_a_backup_and_shows_the_diff(workspace_dir: Path) -> None:
    path = workspace_dir / "稿.md"
    path.write_text("最受欢迎的一款，顶级食材。\n早安。\n", encoding="utf-8")
    done = RUN.invoke(app, ["稿.md", "--fix"])
    assert path.read_text(encoding="utf-8") == "受欢迎的一款，优质食材。\n早安。\n"
    assert (workspace_dir / "稿.md.bak").read_text(encoding="utf-8").startswith("最受欢迎")
    assert "-最受欢迎的一款" in done.stdout
    assert done.exit_code == 0


def test_fix_refuses_files_it_cannot_write(workspace_dir: Path) -> None:
    write_docx(workspace_dir / "稿.docx")
    done = RUN.invoke(app, ["稿.docx", "--fix"])
    assert isinstance(done.exception, BadInputError)


def answer(*sentences: str) -> str:
    return json.dumps({"sentences": list(sentences)}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("script", "after", "calls"),
    [
        ([answer("每天一杯，暖和。")], "早安。每天一杯，暖和。晚安。", 1),
        ([answer("每天一杯，治失眠。"), answer("每天一杯，暖和。")], "早安。每天一杯，暖和。晚安。", 2),
        ([answer("每天 3 杯，暖和。"), "不是 JSON"], "早安。每天一杯，降血糖。晚安。", 2),
    ],
    ids=["first answer", "mended on the second", "never good enough"],
)
def test_rewrite_touches_only_flagged_sentences_and_stops(
    workspace_dir: Path, monkeypatch: pytest.MonkeyPatch, script: list[str], after: str, calls: int
) -> None:
    model = ScriptedModel(script)
    monkeypatch.setattr(models, "open_model", lambda *_args, **_more: model)
    (workspace_dir / "稿.md").write_text("早安。每天一杯，降血糖。晚安。", encoding="utf-8")
    RUN.invoke(app, ["稿.md", "--rewrite"])
    assert (workspace_dir / "稿.md").read_text(encoding="utf-8") == after
    assert len(model.history) == calls
    assert model.closed
    asked = model.history[0].messages[-1].content
    assert "降血糖" in asked
    assert "晚安" not in asked


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["-", "--format", "xml"], UsageError),
        (["-", "--channel", "tv"], UsageError),
        (["-", "--channel", "reply", "--form", "ad"], UsageError),
        (["-", "--industry", "magic"], UsageError),
        (["没有.md"], BadInputError),
    ],
)
def test_wrong_options_are_explained(workspace_dir: Path, args: list[str], error: type[Exception]) -> None:
    assert isinstance(RUN.invoke(app, args, input="早").exception, error)


def test_html_keeps_offsets() -> None:
    source = "<p class='顶级'>甲&nbsp;乙</p><!-- 顶级 --><style>顶级</style>"
    seen = visible_html(source)
    assert len(seen) == len(source)
    assert seen.index("甲") == source.index("甲")
    assert "顶级" not in seen


@pytest.mark.parametrize(("offset", "place"), [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (5, (2, 3))])
def test_places_count_from_one(offset: int, place: tuple[int, int]) -> None:
    assert Piece("x", "ab\ncd").place(offset) == place
