"""`wenan campaign report`; `register` hooks it into the campaign app."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App


class Format(StrEnum):
    text = "text"
    html = "html"
    json = "json"


BY_SUFFIX = {".html": Format.html, ".htm": Format.html, ".json": Format.json, ".txt": Format.text}


def register(app: App) -> None:
    """Adds `report` to the app of `wenan campaign`."""
    app.command("report")(report)


def report(
    name: Annotated[str, typer.Argument(metavar="活动", help="活动名，wenan campaign status 看有哪些。")],
    form: Annotated[
        Format | None, typer.Option("--format", "-f", help="text、html（带图，一个文件）或 json；不写看文件名。")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到文件；html 不写就用活动名。")] = None,
) -> None:
    """这个活动写成了什么样：各人设各角度的篇数、检查发现、退回原因、费用、回答快慢、文案像不像。"""
    from agent.campaign.report import as_json
    from agent.campaign.report import report as gather
    from agent.campaign.report_page import page, text_lines
    from agent.campaign.review_store import Book
    from agent.review.approval import required_roles
    from agent.storage.files import write_pieces
    from knowledge_base.console import err
    from knowledge_base.console import out as stdout
    from knowledge_base.workspace import Workspace

    workspace = Workspace.find()
    wanted = form or (BY_SUFFIX.get(out.suffix.lower(), Format.text) if out else Format.text)
    with Book(workspace, required_roles(workspace)) as book:
        id, _ = book.campaign(name)
        found = gather(book, id)
    if wanted is Format.html:
        content = page(found)
    else:
        content = as_json(found) if wanted is Format.json else "\n".join(text_lines(found))
    path = out or (Path(f"{id}-报告.html") if wanted is Format.html else None)
    if path is None:
        stdout().out(content, highlight=False)
        return
    write_pieces(path, [content.rstrip("\n"), "\n"])
    err().print(f"已写入 {path}", markup=False, soft_wrap=True)
