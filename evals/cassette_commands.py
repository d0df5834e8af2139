"""`wenan eval cassette`: recordings in and out of version control, and what may go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from evals.cassette import Cassette
    from evals.database import EvalsDb
    from evals.suite import Suite
    from knowledge_base.workspace import Workspace

app = App(no_args_is_help=True, help="录下的模型回答：导出、导入、清理、统计。")


@app.callback()
def cassette() -> None:
    """录下的模型回答：导出、导入、清理、统计。"""


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="写到哪个 .jsonl 文件；可以提交进版本库。")],
    suite: Annotated[str, typer.Option("--suite", help="只导出这套评测的。")] = "",
    contexts: Annotated[
        bool, typer.Option("--contexts/--no-contexts", help="连检索结果一起导出，重放时就不用知识库。")
    ] = True,
) -> None:
    """把录音导出成文本：顺序固定，同样的录音导出同样的文件。"""
    from agent.storage.files import write_pieces
    from evals.cassette_file import export_lines
    from knowledge_base.console import err

    with _open() as (kept, db, _):
        lines = list(export_lines(kept, db if contexts else None, suite))
    write_pieces(file, (line + "\n" for line in lines))
    answers = sum('"type":"answer"' in line[:20] for line in lines)
    err().print(f"导出 {answers} 条录音到 {file}", markup=False, soft_wrap=True)


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="wenan eval cassette export 写的文件。")],
) -> None:
    """导入录音；已有的不动，改动过的会被认出来。"""
    from evals.cassette_file import import_file
    from knowledge_base.console import err

    with _open() as (kept, db, _):
        for file in files:
            done = import_file(file, kept, db)
            err().print(
                f"{file}：新增 {done.answers} 条录音，已有 {done.known} 条，检索结果 {done.contexts} 份",
                markup=False,
                soft_wrap=True,
            )


@app.command("prune")
def prune(
    suites: Annotated[list[Path] | None, typer.Argument(help="还在用的评测集；自带的和 evals/ 里的总是算。")] = None,
    runs: Annotated[int | None, typer.Option("--runs", min=1, help="每套只认最近几次评测用到的。")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只数，不删。")] = False,
) -> None:
    """删掉没有评测用到、也没有用例再会问的录音；评委的录音只要评测集或它的评测还在就留着。"""
    from evals.cassette_care import orphans
    from knowledge_base.console import err

    with _open() as (kept, db, workspace):
        gone = orphans(kept, db, _known_suites(workspace, suites or []), runs=runs)
        if gone and not dry_run:
            kept.remove(gone)
    err().print(f"{'可以删' if dry_run else '删了'} {len(gone)} 条没人用的录音", markup=False)


@app.command("stats")
def stats(
    as_json: Annotated[bool, typer.Option("--json", help="给程序用。")] = False,
) -> None:
    """有多少录音、哪个模型说的、什么时候录的、多少没人用。"""
    from dataclasses import asdict

    from evals.cassette_care import stats as count
    from knowledge_base.console import out

    with _open() as (kept, db, workspace):
        found = count(kept, db, _known_suites(workspace, []))
    if as_json:
        out().print(json.dumps(asdict(found), ensure_ascii=False), markup=False, soft_wrap=True)
        return
    lines = [f"{found.recordings} 条录音，{found.size / 1024:.0f} KB，没人用的 {found.orphans} 条"]
    if found.recordings:
        lines.append(f"录于 {found.oldest[:16]} 至 {found.newest[:16]}（UTC）")
    lines += [f"  模型 {name}\t{count}" for name, count in found.by_model.items()]
    lines += [f"  评测集 {name}\t{count}" for name, count in found.by_suite.items()]
    for line in lines:
        out().print(line, markup=False, soft_wrap=True)


@contextmanager
def _open() -> Iterator[tuple[Cassette, EvalsDb, Workspace]]:
    from evals.cassette import Cassette
    from evals.database import EvalsDb
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    with EvalsDb.open(workspace) as db, Cassette.open(workspace) as kept:
        yield kept, db, workspace


def _known_suites(workspace: Workspace, extra: list[Path]) -> list[Suite]:
    from evals.suite import SHIPPED, load_suite, suite_files

    files = [*suite_files(workspace.root / "evals"), *suite_files(SHIPPED), *extra]
    return [load_suite(file, workspace) for file in files]
