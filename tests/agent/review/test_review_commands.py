"""The commands, from sending out to the gate."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import docx
import pytest
from typer.testing import CliRunner

from agent.draft import Draft
from agent.journal import Journal
from agent.log_commands import app as log_app
from agent.review_commands import approve_app, reject_app, review_app
from knowledge_base import console
from knowledge_base.errors import WenanError
from knowledge_base.workspace import Workspace
from tests.agent.review.shelf import filled


@pytest.fixture
def drafts(workspace_dir: Path) -> tuple[Draft, ...]:
    (workspace_dir / "wenan.toml").write_text('[review]\nrequire = ["法务"]\n', encoding="utf-8")
    journal, made = filled(Workspace(workspace_dir))
    journal.close()
    return made


@pytest.fixture
def run() -> Callable[..., tuple[int, str, str]]:
    """Exit code, stdout, stderr; an explained error is its code and message."""

    def call(app: object, *args: str) -> tuple[int, str, str]:
        console.out.cache_clear()
        console.err.cache_clear()
        done = CliRunner().invoke(app, list(args))  # type: ignore[arg-type]
        if isinstance(done.exception, WenanError):
            return done.exception.exit_code, done.stdout, done.exception.message
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    return call


Run = Callable[..., tuple[int, str, str]]


def test_out_and_back_and_through_the_gate(drafts: tuple[Draft, ...], run: Run) -> None:
    last = drafts[-1].id
    assert run(log_app, "show", "last", "--out", "稿.md") == (
        1,
        "",
        f"{last[-8:]} 还没有法务通过，不能发出去（wenan.toml 的 [review] require）",
    )
    code, _, err = run(review_app, "last", "last~1", "last", "--out", "送审.docx", "--role", "法务")
    assert (code, "2 稿" in err) == (0, True)
    document = docx.Document("送审.docx")
    assert len(document.tables) == 2
    document.tables[0].rows[1].cells[1].text = "通过"
    document.tables[0].rows[3].cells[1].text = "李雷"
    document.save("送审.docx")
    code, out, err = run(review_app, "import", "送审.docx")
    assert (code, out) == (0, f"{last}\t通过\t法务\t李雷\t\n")
    assert "还有 1 处没填" in err
    assert run(log_app, "show", "last", "--out", "稿.md")[0] == 0
    assert "✓" in run(log_app, "show", "last")[1]


def test_approve_and_reject(drafts: tuple[Draft, ...], run: Run) -> None:
    assert run(approve_app, "last", "--by", "李雷", "--role", "法务")[1] == f"{drafts[-1].id}\t通过\t法务\t李雷\t\n"
    assert "以前记过" in run(approve_app, "last", "--by", "李雷", "--role", "法务")[2]
    code, out, _ = run(reject_app, "last", "--by", "韩梅梅", "--role", "主管", "--reason", "太硬")
    assert (code, out) == (0, f"{drafts[-1].id}\t退回\t主管\t韩梅梅\t太硬\n")
    assert run(log_app, "show", "last", "--out", "稿.md")[0] == 1
    with closing(Journal.open(Workspace.find())) as journal:
        assert [one.verdict for one in journal.reviews("last")] == ["approve", "reject"]


def test_drafts_and_bundles_are_never_held_up(drafts: tuple[Draft, ...], run: Run) -> None:
    assert run(log_app, "show", "last")[0] == 0
    assert run(log_app, "export")[0] == 0
    assert run(log_app, "export", "last", "--bundle", "--out", "存证.zip")[0] == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["import"], "没有写要收哪个文件"),
        (["last", "--out", "a.pdf"], "不能写成 a.pdf"),
        (["last", "--out", "a.html", "--format", "docx"], "对不上"),
        (["last", "--role", "路人"], "没有角色「路人」"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_wrong_uses_are_explained(drafts: tuple[Draft, ...], run: Run, args: list[str], message: str) -> None:
    code, _, err = run(review_app, *args)
    assert code == 2
    assert message in err


def test_the_file_is_named_when_no_name_is_given(drafts: tuple[Draft, ...], run: Run, workspace_dir: Path) -> None:
    assert run(review_app, "last", "--format", "html")[0] == 0
    assert [path.suffix for path in workspace_dir.glob("审阅单-*")] == [".html"]
