"""`wenan eval report`: a run as tables, a web page, Markdown, JSON, CSV or JUnit XML."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App

app = App()


class Format(StrEnum):
    text = "text"
    html = "html"
    md = "md"
    json = "json"
    csv = "csv"
    junit = "junit"


@app.command("report")
def report(
    run: Annotated[
        str, typer.Argument(metavar="评测", help="评测编号，可只写末尾几位；last 是最近一次，last~1 是上一次。")
    ] = "last",
    baseline: Annotated[str, typer.Option("--baseline", "-b", help="和哪一次评测比。")] = "",
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="text 给终端，html 一个能双击打开的网页，md 贴到合并请求里，json、csv 给程序和表格，junit 给 CI。"
            "不写就看文件名，都没有就是 text。",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到哪个文件；网页不写就放在当前文件夹。")] = None,
    opened: Annotated[bool, typer.Option("--open", help="写好后用浏览器打开网页。")] = False,
    resamples: Annotated[
        int, typer.Option("--resamples", min=1000, max=1_000_000, help="重抽样次数；越多越稳，也越慢。")
    ] = 10_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="随机种子：同样的种子，同样的结果。")] = 0,
) -> None:
    """把一次评测做成报告：先说有没有跑完整，再说好坏、区间和该先看的用例。"""
    from agent.ids import handle
    from agent.storage.files import write_pieces
    from evals.database import EvalsDb
    from evals.reports.build import build
    from evals.reports.formats import choose, rendered
    from evals.reports.terminal import print_terminal
    from knowledge_base.console import err
    from knowledge_base.console import out as stdout
    from knowledge_base.workspace import Workspace

    chosen = choose(form.value if form else None, out, opened=opened)
    workspace = Workspace.find()
    with EvalsDb.open(workspace) as db:
        new = db.run(run)
        old = db.run(baseline) if baseline else None
    made = build(new, old, resamples=resamples, seed=seed)
    if chosen == "html" and out is None:
        out = Path(f"评测报告-{handle(new.id)}.html")
    for notice in made.notices if out is not None else ():
        err().print(notice, style="yellow", markup=False, soft_wrap=True)
    if out is not None:
        write_pieces(out, [rendered(made, chosen, workspace)])
        typer.echo(str(out))
    elif chosen == "text" and stdout().is_terminal:
        print_terminal(made, stdout())
    else:
        typer.echo(rendered(made, chosen, workspace), nl=False)
    if opened and out is not None:
        import webbrowser

        webbrowser.open(out.resolve().as_uri())
