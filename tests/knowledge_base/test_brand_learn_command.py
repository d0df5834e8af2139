"""`wenan brand learn` and `wenan brand show`, run as commands in a workspace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from knowledge_base.brand_commands import app, build_app
from knowledge_base.brand_learn.learn import Phrase
from knowledge_base.brand_learn.proposal import Proposal
from knowledge_base.console import err, out
from knowledge_base.errors import BadInputError, UsageError, WenanError
from knowledge_base.sample import FOLDER
from knowledge_base.workspace import Workspace

ARTICLES = str(FOLDER / "articles")


@pytest.fixture(autouse=True)
def _here(workspace_dir: Path) -> None:
    (workspace_dir / "wenan.toml").touch()


def run(*args: str, phrase: Phrase | None = None) -> Result:
    # The consoles are made once a process and would write into an earlier run's streams.
    for console in (out, err):
        console.cache_clear()
    result = CliRunner().invoke(build_app(phrase) if phrase else app, list(args))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_without_write_nothing_is_written(workspace_dir: Path) -> None:
    result = run("learn", ARTICLES)
    assert result.exit_code == 0
    assert yaml.safe_load(result.stdout)["address"] == "你"
    assert "读了 6 个文件，得到 6 篇文案。" in result.stderr
    assert "还没有写" in result.stderr
    assert sorted(path.name for path in workspace_dir.iterdir()) == ["wenan.toml"]


def test_write_makes_a_brand_that_show_reads_back(workspace_dir: Path) -> None:
    run("learn", ARTICLES, "--brand", "檐下集", "--write")
    data = yaml.safe_load((workspace_dir / "brand.yaml").read_text(encoding="utf-8"))
    assert data["name"] == "檐下集"
    assert yaml.safe_load(run("show").stdout) == data
    assert json.loads(run("show", "--format", "json").stdout) == data


def test_a_second_run_changes_nothing_and_makes_no_backup(workspace_dir: Path) -> None:
    run("learn", ARTICLES, "--brand", "檐下集", "--write")
    result = run("learn", ARTICLES, "--write")
    assert result.stdout == ""
    assert "没有变化" in result.stderr
    assert not list(workspace_dir.glob("*.bak"))


def test_an_edit_survives_and_the_old_file_is_kept(workspace_dir: Path) -> None:
    run("learn", ARTICLES, "--brand", "檐下集", "--write")
    file = workspace_dir / "brand.yaml"
    edited = file.read_text(encoding="utf-8").replace("address: 你", "address: 街坊  # 我定的", 1)
    file.write_text(edited, encoding="utf-8")
    more = workspace_dir / "新文章.md"
    more.write_text("# 下雨\n\n下午六点，雨还没停。\n\n你把伞收好。\n\n慢慢走。", encoding="utf-8")
    result = run("learn", ARTICLES, str(more), "--write")
    after = file.read_text(encoding="utf-8")
    assert "address: 街坊  # 我定的" in after
    assert "保留你写的；这次量到的是 你" in result.stderr
    assert after != edited
    assert (workspace_dir / "brand.yaml.1.bak").read_text(encoding="utf-8") == edited


def test_the_diff_shows_only_what_changes(workspace_dir: Path) -> None:
    (workspace_dir / "brand.yaml").write_text("id: 面馆\nname: 面馆\n", encoding="utf-8")
    result = run("learn", ARTICLES)
    changed = [line for line in result.stdout.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed
    assert all(line.startswith("+") for line in changed)


def test_json_carries_the_measures() -> None:
    data = json.loads(run("learn", ARTICLES, "--format", "json").stdout)
    (measure,) = data["proposal"]["measures"]
    assert measure["texts"] == 6
    assert measure["closings"][0]["count"] == 6
    assert {change["action"] for change in data["changes"]} == {"new"}


def test_the_init_folder_is_preferred_for_a_new_file(workspace_dir: Path) -> None:
    (workspace_dir / "资料").mkdir()
    run("learn", ARTICLES, "--brand", "檐下集", "--write")
    assert (workspace_dir / "资料" / "brand.yaml").is_file()


def test_a_model_may_phrase_the_voice() -> None:
    asked: list[tuple[int, str | None]] = []

    def phrase(proposal: Proposal, workspace: Workspace, model: str | None) -> tuple[str, ...]:
        asked.append((len(proposal.files), model))
        return ("像街坊说话",)

    result = run("learn", ARTICLES, "--model", "某个模型", phrase=phrase)
    assert yaml.safe_load(result.stdout)["voice"] == ["像街坊说话"]
    assert asked == [(6, "某个模型")]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["learn", "没有.md"], BadInputError),
        (["learn", ARTICLES, "--write"], UsageError),
        (["learn", ARTICLES, "--channel", "微博"], UsageError),
        (["learn", ARTICLES, "--replace", "口头禅"], UsageError),
        (["learn", ARTICLES, "--format", "xml"], UsageError),
        (["learn", ARTICLES, "--model", "x"], UsageError),
        (["show"], BadInputError),
        (["show", "--format", "xml"], UsageError),
        (["show", "--file", "没有.yaml"], BadInputError),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_mistakes_are_explained_with_a_next_step(args: list[str], error: type[WenanError], workspace_dir: Path) -> None:
    with pytest.raises(error) as caught:
        run(*args)
    assert caught.value.hint
    assert not (workspace_dir / "brand.yaml").exists()


def test_another_brands_file_is_not_touched(workspace_dir: Path) -> None:
    (workspace_dir / "brand.yaml").write_text("id: 面馆\nname: 面馆\n", encoding="utf-8")
    with pytest.raises(UsageError, match="面馆"):
        run("learn", ARTICLES, "--brand", "檐下集", "--write")


def test_a_file_with_unknown_fields_is_refused_before_writing(workspace_dir: Path) -> None:
    broken = "id: 面馆\nname: 面馆\n口号: 好吃\n"
    (workspace_dir / "brand.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(BadInputError, match="口号"):
        run("learn", ARTICLES, "--write")
    assert (workspace_dir / "brand.yaml").read_text(encoding="utf-8") == broken


def test_a_damaged_memory_makes_every_field_a_persons(workspace_dir: Path) -> None:
    run("learn", ARTICLES, "--brand", "檐下集", "--write")
    before = (workspace_dir / "brand.yaml").read_text(encoding="utf-8")
    (workspace_dir / ".wenan" / "brand_learn.json").write_text("{", encoding="utf-8")
    more = workspace_dir / "新文章.md"
    more.write_text("六点，灯亮了。", encoding="utf-8")
    run("learn", str(more), "--write")
    assert (workspace_dir / "brand.yaml").read_text(encoding="utf-8") == before
