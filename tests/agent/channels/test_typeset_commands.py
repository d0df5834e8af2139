"""`wenan typeset`, `wenan themes`, `wenan lint`: what they print, write and refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from agent.channels.lint.check import lint_html
from agent.channels.typeset.draft import typeset_draft
from agent.channels.typeset.theme import load_theme
from agent.journal import Journal
from agent.label.explicit import label_text
from agent.lint_commands import app as lint_app
from agent.typeset_commands import themes_app, typeset_app
from knowledge_base import console
from knowledge_base.errors import BadInputError, UnknownIdError, UsageError
from knowledge_base.workspace import Workspace
from tests.agent.channels.pages import read, strange
from tests.agent.drafts import ARTICLE, article_draft, moments_draft

Ran = tuple[int, str, str]
MARKDOWN = '---\nAI标识: 本文由 AI 辅助生成\nAIGC:\n  Label: "1"\n  ProduceID: d_1\n---\n\n# 标题\n\n正文**24条**。\n'


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(app: typer.Typer, *args: str) -> Ran:
        console.out.cache_clear()
        console.err.cache_clear()
        code = get_command(app).main([str(arg) for arg in args], standalone_mode=False)
        captured = capsys.readouterr()
        return int(code or 0), captured.out, captured.err

    return run


def test_typeset_prints_the_body_and_says_the_title(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    (workspace_dir / "a.md").write_text(MARKDOWN, encoding="utf-8")
    code, out, err = run(typeset_app, "a.md", "--theme", "青竹")
    assert code == 0
    assert strange(out.strip()) == []
    assert "<h1" not in out
    assert "标题栏填：标题" in err
    assert "本文由 AI 辅助生成" in out


def test_typeset_writes_a_page_that_keeps_the_aigc_field(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    (workspace_dir / "a.md").write_text(MARKDOWN, encoding="utf-8")
    assert run(typeset_app, "a.md", "--out", "b.html", "--accent", "#123456")[0] == 0
    page = (workspace_dir / "b.html").read_text(encoding="utf-8")
    metas = [attrs for tag, attrs in read(page).tags if tag == "meta" and attrs.get("name") == "AIGC"]
    assert json.loads(metas[0]["content"])["ProduceID"] == "d_1"
    assert "#123456" in page
    assert lint_html(page) == ()


def test_a_label_in_the_text_is_not_put_twice(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    (workspace_dir / "a.md").write_text(MARKDOWN + "\n*本文由 AI 辅助生成*\n", encoding="utf-8")
    assert run(typeset_app, "a.md")[1].count("辅助生成") == 1


def test_a_draft_is_set_in_its_brand_with_its_label(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    draft = article_draft()
    with closing(Journal.open(Workspace.find())) as journal:
        journal.save(draft)
    code, out, err = run(typeset_app, "last")
    assert code == 0
    assert strange(out.strip()) == []
    assert read(out).text.strip().endswith(label_text(draft))
    assert f"标题栏填：{ARTICLE.title}" in err
    assert "阅读原文" in err
    words = "".join(read(out).text.split())
    for section in ARTICLE.sections:
        assert "".join(section.heading.split()) in words
        assert "".join(section.text.split()) in words


def test_a_draft_as_a_page_still_verifies(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    from agent.label_commands import app as label_app

    with closing(Journal.open(Workspace.find())) as journal:
        journal.save(article_draft())
    assert run(typeset_app, "last", "--out", "a.html")[0] == 0
    code, out, _ = run(label_app, "verify", "a.html")
    assert (code, "标识齐全" in out) == (0, True), out


def test_other_copy_is_refused() -> None:
    with pytest.raises(UsageError):
        typeset_draft(moments_draft(), load_theme())


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["a.md", "--theme", "nope"], UnknownIdError),
        (["a.md", "--accent", "red"], UsageError),
        (["missing.md"], BadInputError),
    ],
    ids=["theme", "accent", "file"],
)
def test_typeset_refuses(workspace_dir: Path, run: Callable[..., Ran], args: list[str], error: type[Exception]) -> None:
    (workspace_dir / "a.md").write_text("x", encoding="utf-8")
    with pytest.raises(error):
        run(typeset_app, *args)


def test_the_workspace_may_name_a_theme_and_have_its_own(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    (workspace_dir / "a.md").write_text("# 题\n\n正文\n", encoding="utf-8")
    code, out, _ = run(themes_app, "new", "mine", "--from", "memo", "--name", "我的", "--accent", "#aa0000")
    assert (code, out.strip()) == (0, "themes/mine.yaml")
    (workspace_dir / "wenan.toml").write_text('[typeset]\ntheme = "mine"\n', encoding="utf-8")
    listed = run(themes_app, "list")[1]
    assert "mine\t我的\t#aa0000" in listed
    assert len(listed.splitlines()) >= 7
    assert run(themes_app, "show", "我的", "--out", "s.html")[0] == 0
    assert lint_html((workspace_dir / "s.html").read_text(encoding="utf-8")) == ()
    assert run(typeset_app, "a.md", "--keep-title")[1] == run(typeset_app, "a.md", "--keep-title", "-t", "mine")[1]


def test_lint_reports_fixes_and_simulates(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    page = workspace_dir / "a.html"
    page.write_text('<div style="float:left">甲<a href="https://e.com">乙</a></div>\n', encoding="utf-8")
    code, out, err = run(lint_app, "a.html", "--simulate")
    assert code == 1
    assert "a.html:1:1 ✗ 必须改" in out
    assert "+++ 保存后" in out
    assert "留存" in err
    code, out, err = run(lint_app, "a.html", "--fix")
    assert code == 0
    assert "留存 100 分" in err
    assert "float" in (workspace_dir / "a.html.bak").read_text(encoding="utf-8")
    assert run(lint_app, "a.html", "--simulate")[1] == "模拟粘贴和保存：没有变化。\n"


def test_lint_speaks_json(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    (workspace_dir / "a.md").write_text("好<b>粗</b>\n", encoding="utf-8")
    code, out, _ = run(lint_app, "a.md", "--format", "json")
    assert code == 0
    told = json.loads(out)
    assert [row["rule"] for row in told["rows"]] == ["md.html", "md.html"]
    assert told["score"] == 100


def test_many_alike_are_counted(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    (workspace_dir / "a.html").write_text("<ul><li>x</li></ul>\n" * 9, encoding="utf-8")
    out = run(lint_app, "a.html")[1]
    assert "还有 6 处" in out
    assert "还有" not in run(lint_app, "a.html", "--all")[1]


def test_lint_refuses_other_files(workspace_dir: Path, run: Callable[..., Ran]) -> None:
    (workspace_dir / "a.csv").write_text("x", encoding="utf-8")
    with pytest.raises(BadInputError):
        run(lint_app, "a.csv")
