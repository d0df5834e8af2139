"""`wenan label verify`: are exported files still labelled and unchanged?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.label.verify import Verdict

app = App(no_args_is_help=True, help="核对导出文件的 AI 标识（GB 45438-2025）和内容。")


@app.callback()
def label() -> None:
    """核对导出文件的 AI 标识（GB 45438-2025）和内容。"""


@app.command()
def verify(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="文件...", help="md、html、json、docx，图片 png、jpg、webp、gif；存证包 zip 不用稿件库也能核对。"
        ),
    ],
) -> None:
    """标识在不在、编号在稿件库里有没有、内容改没改；改过的话是哪一部分。有问题时以 1 退出。"""
    from contextlib import ExitStack, closing

    from agent.bundle_verify import verify_bundle
    from agent.journal import Journal
    from agent.label.read import read_labelled
    from agent.label.verify import Verdict
    from agent.label.verify import verify as verify_file
    from knowledge_base.workspace import Workspace

    bad = False
    with ExitStack() as stack:
        journal: Journal | None = None
        for file in files:
            if file.suffix.lower() == ".zip":
                id, problems = verify_bundle(file)
                verdicts: tuple[Verdict, ...] = (Verdict(draft_id=id, problems=problems),)
            else:
                labelled = read_labelled(file)
                journal = journal or stack.enter_context(closing(Journal.open(Workspace.find())))
                verdicts = verify_file(labelled, journal)
            bad = _print(file, verdicts) or bad
    if bad:
        raise typer.Exit(1)


def _print(file: Path, verdicts: tuple[Verdict, ...]) -> bool:
    """One line a problem, or one that all is well; whether there were problems."""
    from knowledge_base.console import out

    for one in verdicts:
        where = f"{file} {one.draft_id}".strip()
        for problem in one.problems:
            out().print(f"✗ {where}：{problem}", markup=False, soft_wrap=True)
        if not one.problems:
            out().print(f"✓ {where}：标识齐全，内容没有改过", markup=False, soft_wrap=True)
    return any(one.problems for one in verdicts)
