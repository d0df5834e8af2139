"""`wenan audience report`: what is known of the readers, as one page or as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.audience.command_parts import Json, opened, show
from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from knowledge_base.workspace import Workspace

app = App()
DEFAULT = Path("人群报告.html")


@app.command()
def report(
    out: Annotated[Path, typer.Option("--out", "-o", help="网页写到哪里，已有就换掉。")] = DEFAULT,
    as_json: Json = False,
    open_it: Annotated[bool, typer.Option("--open", help="写好后用浏览器打开。")] = False,
) -> None:
    """一页讲清楚：从阅读到购买、人群、谁会买、客户说什么、推荐、公平、隐私。一个文件，不联网，只有汇总。"""
    from knowledge_base.audience.report.gather import gather
    from knowledge_base.console import err

    workspace, store = opened("sklearn", "scipy")
    with store, err().status("汇总……"):
        found = gather(store)
    if as_json:
        show(found, (), as_json)
        return
    from knowledge_base.audience.report.files import write_page
    from knowledge_base.audience.report.page import page

    write_page(out, page(found, _names(workspace)))
    typer.echo(out.as_posix())
    absent = [one["command"] for one in found["sections"].values() if "missing" in one]
    if absent:
        err().print("还缺几节，运行这些就有：\n  " + "\n  ".join(absent), markup=False)
    if open_it:
        typer.launch(out.resolve().as_uri())


def _names(workspace: Workspace) -> dict[str, str]:
    """Item -> product name, where the knowledge base knows it."""
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.records import Product

    return {one.id: one.name for one in KnowledgeBase.open(workspace).all() if isinstance(one, Product)}
