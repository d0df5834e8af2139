"""`wenan check --channel article` also says what WeChat's editor would do."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.journal import Journal
from knowledge_base.workspace import Workspace
from tests.agent.drafts import ARTICLE, article_draft, moments_draft

PAGE = (
    '<section style="font-size:16px;line-height:1.8;letter-spacing:0">\n'
    '<p style="position:fixed">这是最好的凳子</p>\n</section>\n'
)
MARKDOWN = "# 题目\n\n**重点**和<b>标签</b>，图书馆没热水也能喝上。\n"


def findings(out: str) -> list[dict[str, Any]]:
    return [finding for line in out.splitlines() for finding in json.loads(line)["findings"]]


@pytest.mark.parametrize(
    ("name", "text", "rule", "place"),
    [
        ("a.html", PAGE, "editor.css.position", (2, 4)),
        ("a.md", MARKDOWN, "editor.md.html", (3, 8)),
        ("bom.md", "\ufeff<b>标签</b>\n", "editor.md.html", (1, 2)),
        ("crlf.html", PAGE.replace("\n", "\r\n"), "editor.css.position", (2, 4)),
    ],
)
def test_the_lint_is_part_of_the_check(
    wenan: Callable[..., Any], workspace_dir: Path, name: str, text: str, rule: str, place: tuple[int, int]
) -> None:
    (workspace_dir / name).write_bytes(text.encode())
    found = findings(wenan("check", name, "--channel", "article", "-f", "json").out)
    assert next((one["line"], one["column"]) for one in found if one["rule_id"] == rule) == place
    assert not [one for one in findings(wenan("check", name, "-f", "json").out) if one["check"] == "editor"]
    assert not [
        one
        for one in findings(wenan("check", name, "--channel", "moments", "-f", "json").out)
        if one["check"] == "editor"
    ]


def test_law_and_editor_stand_together_and_block(wenan: Callable[..., Any], workspace_dir: Path) -> None:
    (workspace_dir / "a.html").write_text(PAGE, encoding="utf-8")
    ran = wenan("check", "a.html", "--channel", "article", "-f", "sarif")
    rules = {one["ruleId"] for one in json.loads(ran.out)["runs"][0]["results"]}
    assert ran.code == 1
    assert {"absolute.best", "editor.css.position"} <= rules


def test_marks_of_markdown_are_no_runs_of_signs(wenan: Callable[..., Any], workspace_dir: Path) -> None:
    (workspace_dir / "a.md").write_text("**重点**\n\n★★★ 真的符号\n", encoding="utf-8")
    found = findings(wenan("check", "a.md", "--channel", "article", "-f", "json").out)
    assert "**" not in {one["text"] for one in found}
    assert "★★★" in {one["text"] for one in found}


def test_fix_leaves_the_editors_findings_alone(wenan: Callable[..., Any], workspace_dir: Path) -> None:
    (workspace_dir / "a.html").write_text(PAGE, encoding="utf-8")
    wenan("check", "a.html", "--channel", "article", "--fix")
    assert 'style="position:fixed"' in (workspace_dir / "a.html").read_text(encoding="utf-8")


def test_a_draft_is_checked_by_its_own_form(wenan: Callable[..., Any], workspace_dir: Path) -> None:
    article, ad = article_draft(), moments_draft()
    with closing(Journal.open(Workspace.find())) as journal:
        journal.save(article)
        journal.save(ad)
    lines = [json.loads(line) for line in wenan("check", article.id, "-f", "json").out.splitlines()]
    assert lines[-1]["cell"] == "排版后"
    assert "标题" in {line["cell"] for line in lines}
    assert len(lines) > 2 * len(ARTICLE.sections)
    assert {json.loads(line)["cell"] for line in wenan("check", "last", "-f", "json").out.splitlines()} == {
        "正文",
        "链接文案",
    }
    assert wenan("check", "d_" + "0" * 32).code == 3
