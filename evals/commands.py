"""`wenan eval`: mounts the lab's commands; and `eval compliance`, how well the rules agree with their suite."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from evals import (
    case_commands,
    cassette_commands,
    compare_commands,
    judge_commands,
    promptfoo_commands,
    report_commands,
    run_commands,
)
from knowledge_base.chinese_cli import App, ChineseCommand

app = App(no_args_is_help=True, help="评测：规则和文案到底好不好，用数字说话。")
for _name, _command in run_commands.COMMANDS:
    app.command(_name, cls=run_commands.RunCommand if _name == "run" else ChineseCommand)(_command)
app.command("new")(case_commands.new)
app.add_typer(case_commands.app, name="case")
app.add_typer(cassette_commands.app, name="cassette")
compare_commands.add_to(app)
for _others in (report_commands, judge_commands, promptfoo_commands):
    app.registered_commands += _others.app.registered_commands

GATE_FAILED = 6
"""Exit code for a score below its gate, the same as for any regression."""


class PartName(StrEnum):
    seen = "seen"
    unseen = "unseen"


class Format(StrEnum):
    text = "text"
    json = "json"
    md = "md"


@app.callback()
def evaluate() -> None:
    """评测：规则和文案到底好不好，用数字说话。"""


@app.command("compliance")
def compliance(
    part: Annotated[PartName | None, typer.Option("--part", help="只跑一部分；不写就两部分都跑、分开报告。")] = None,
    form: Annotated[
        Format, typer.Option("--format", "-f", help="text 给人看，json 给程序用，md 就是 docs/compliance.md。")
    ] = Format.text,
    misses: Annotated[bool, typer.Option("--misses", help="在 stderr 列出判错的条目和理由。")] = False,
    show_unseen: Annotated[
        bool, typer.Option("--show-unseen", help="连未见部分的原文一起列出；写规则的人不要用。")
    ] = False,
    gate: Annotated[bool, typer.Option("--gate", help=f"低于门槛时退出码为 {GATE_FAILED}。")] = False,
) -> None:
    """拿合规评测集考规则：分类别的召回率与精确率，可见与未见两部分分开。"""
    from evals.compliance import PARTS, failed_gates, judge, load
    from evals.compliance_report import as_json, as_markdown, as_text
    from evals.compliance_report import misses as list_misses
    from knowledge_base.console import err

    wanted = PARTS if part is None else tuple(name for name in PARTS if name == part.value)
    verdicts = judge(load(wanted))
    if form is Format.json:
        typer.echo(json.dumps(as_json(verdicts), ensure_ascii=False, indent=2))
    else:
        typer.echo(as_markdown(verdicts).rstrip("\n") if form is Format.md else as_text(verdicts))
    if misses:
        for line in list_misses(verdicts, show_unseen=show_unseen):
            err().print(line, markup=False, soft_wrap=True)
    problems = failed_gates(verdicts)
    for problem in problems:
        err().print(problem, markup=False, soft_wrap=True)
    if gate and problems:
        raise typer.Exit(GATE_FAILED)
