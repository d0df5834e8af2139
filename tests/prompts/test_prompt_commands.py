"""`wenan prompt …` as a prompt engineer uses it: no model, no knowledge base needed with --sample."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cli
from knowledge_base import console
from knowledge_base.workspace import SHIPPED_TEMPLATES


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace: an empty folder."""
    monkeypatch.chdir(tmp_path)
    console.err.cache_clear()
    console.out.cache_clear()
    return tmp_path


def override(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "prompts" / name
    path.parent.mkdir(parents=True)
    path.write_text((SHIPPED_TEMPLATES / name).read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_list_tells_where_each_template_lives(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    override(folder, "moments/ad.j2", 'version: "1"', 'version: "2"')
    assert cli.run(["prompt", "list", "--format", "json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["moments/ad"]["version"], rows["moments/ad"]["from"]) == ("2", "工作区")
    assert rows["reply/service"]["from"] == "自带"
    assert cli.run(["prompt", "list"]) == 0
    assert "reply/comment" in capsys.readouterr().out


def test_show_prints_the_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["prompt", "show", "moments/ad"]) == 0
    assert capsys.readouterr().out == (SHIPPED_TEMPLATES / "moments/ad.j2").read_text(encoding="utf-8")
    assert cli.run(["prompt", "show", "moments/ad", "--full"]) == 0
    assert "── moments/schema.json ──" in capsys.readouterr().out


def test_render_shows_messages_tokens_and_hashes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["prompt", "render", "moments/ad", "--sample"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("── system ──\n")
    assert "⟦资料 product sample-lamp⟧" in shown.out
    assert cli.run(["prompt", "render", "moments/ad", "--sample", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [message["role"] for message in data["messages"]] == ["system", "user"]
    assert data["template"] == "moments/ad@1"
    for figure in (str(data["tokens"]), data["template_sha256"], data["prompt_sha256"]):
        assert figure in shown.err
    assert all(message["content"] in shown.out for message in data["messages"])


def test_render_can_show_the_blocks_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["prompt", "render", "reply/service", "--sample", "--blocks"]) == 0
    shown = capsys.readouterr().out
    assert "── message  ──\n正文：半夜用会晃眼吗？" in shown
    assert "⟦" not in shown


def test_lint_is_quiet_about_good_templates_and_fails_on_bad_ones(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["prompt", "lint"]) == 0
    assert capsys.readouterr().out == ""
    override(folder, "moments/ad.j2", "angle_name, ", "")
    assert cli.run(["prompt", "lint"]) == 1
    assert "moments/ad.j2: 错误：用了但没有声明的变量：angle_name" in capsys.readouterr().out
    assert cli.run(["prompt", "lint", "shipped:moments/ad"]) == 0


def test_diff_shows_text_and_rendering(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    override(folder, "_shared/taste.j2", "只讲一件事：", "只讲一件事儿：")
    assert cli.run(["prompt", "diff", "moments/ad"]) == 1
    shown = capsys.readouterr().out
    assert "+++ workspace:moments/ad _shared/taste.j2" in shown or "workspace:moments/ad" in shown
    assert "+- 只讲一件事儿：一个痛点" in shown


def test_diff_of_a_thing_with_itself_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["prompt", "diff", "moments/ad", "shipped:moments/ad"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["show", "moments/nothing"], 3),
        (["diff", "moments/ad", "reply/service"], 2),
        (["render", "--sample", "--format", "poem"], 2),
        (["render", "moments/ad"], 2),
    ],
    ids=["unknown template", "another form", "unknown format", "no product"],
)
def test_mistakes_have_their_exit_code(args: list[str], code: int) -> None:
    assert cli.run(["prompt", *args]) == code


def test_render_uses_the_knowledge_base(sample_dir: Path, wenan: Callable[..., Any]) -> None:
    """What is shown is what would be sent: the same gathering, the same budget, the same template."""
    ran = wenan("prompt", "render", "moments/ad", "-p", "p-coffee", "-P", "u-kaoyan", "--angle", "场景")
    assert ran.code == 0
    assert "⟦资料 product p-coffee⟧" in ran.out
    assert "⟦资料 persona u-kaoyan⟧" in ran.out
    assert "角度：场景" in ran.out
    assert str(sample_dir) not in ran.out
