"""`wenan repurpose`: one checked draft into what other places want."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App

app = App()


@app.command()
def repurpose(
    id: Annotated[str, typer.Argument(metavar="编号", help="过了检查的稿件：编号、末尾几位，或 last。")],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            "-t",
            help="改成哪里用的，逗号隔开：wecom-1v1 企微一对一、wecom-group 企微客户群、moments-ad 朋友圈广告、"
            "moments-post 员工朋友圈、sms 短信、channels-script 视频号口播、xhs 小红书；all 是全部。",
        ),
    ] = "all",
    model: Annotated[str | None, typer.Option("--model", "-m", help="模型档案名；不写用默认的。")] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="text、md、json 或 html。")] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到文件。")] = None,
    force: Annotated[bool, typer.Option("--force", help="原稿还有必须改的也照样改写。")] = False,
) -> None:
    """把一篇过了检查的稿子改成别处用的：同一件事、同样的事实、券和去处，各按各的字数和规矩检查。"""
    from agent.repurpose.verb import run

    run(id, to, model=model, format=format, out=out, force=force)
