"""`wenan lint FILE...`: what WeChat's editor would strip, rewrite or refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.channels.lint.report import Linted

app = App()


@app.command()
def lint(
    files: Annotated[list[str], typer.Argument(metavar="文件...", help=".html、.md；- 是标准输入（当作 HTML）。")],
    simulate: Annotated[
        bool, typer.Option("--simulate", help="照编辑器的规矩改一遍，把会丢、会变的地方列成差别。")
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="能改的就地改好，打印差别；原文件留成 .bak。")] = False,
    everything: Annotated[bool, typer.Option("--all", help="同一个问题的每一处、丢了也看不出来的，都列出来。")] = False,
    format: Annotated[str, typer.Option("--format", "-f", help="text 或 json（一行一个文件）。")] = "text",
) -> None:
    """查公众号编辑器会去掉、改写、退回什么，指出行列和最小的改法，给一个留存分（100 是原样留下）。

    有必须改的就退出 1。图片要先传到公众号，--fix 改不了。
    """
    from agent.channels.lint.report import as_json, as_text, lint_source, mended, simulated
    from agent.channels.stdin import read_stdin
    from agent.checking.fix import diff, overwrite
    from agent.checking.readers import read_text
    from knowledge_base.errors import UsageError

    if format not in ("text", "json"):
        raise UsageError(f"没有格式「{format}」", hint="可选：text、json。")
    blocked = False
    for name in files:
        source = read_stdin() if name == "-" else read_text(Path(name))
        if fix:
            after = mended(name, source)
            if name == "-":
                typer.echo(after, nl=False)
            elif after != source:
                typer.echo(diff(source, after, name), nl=False, err=format == "json")
                _note(f"已写回 {name}，原来的在 {overwrite(Path(name), source, after).name}。")
            source = after
        linted: Linted = lint_source(name, source)
        blocked = blocked or linted.blocked
        if name == "-" and fix:
            continue
        for line in [as_json(linted)] if format == "json" else as_text(linted, everything=everything):
            typer.echo(line)
        if simulate and format == "text":
            for line in simulated(name, source):
                typer.echo(line)
        _note(linted.summary)
    if blocked:
        raise typer.Exit(1)


def _note(text: str) -> None:
    from knowledge_base.console import err

    err().print(text, style="dim", markup=False, soft_wrap=True, emoji=False)
