"""`wenan campaign export`; `register` hooks it into the campaign app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App


def register(app: App) -> None:
    """Adds `export` to the app of `wenan campaign`."""
    app.command("export")(export)


def export(
    name: Annotated[str, typer.Argument(metavar="活动", help="活动名，wenan campaign status 看有哪些。")],
    form: Annotated[
        str, typer.Option("--format", "-f", help="csv、xlsx、jsonl、md、html（手机样子的画廊）、docx；不写看文件名。")
    ] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到哪个文件；不写就用活动名。")] = None,
    backend: Annotated[
        str, typer.Option("--for", help="按后台的导入表写：企微群发、短信、腾讯广告、设计需求单。")
    ] = "",
    passed: Annotated[bool, typer.Option("--passed", help="检查通过就导出，不等人审。")] = False,
    everything: Annotated[bool, typer.Option("--all", help="写好的全部导出，没过的也在内。")] = False,
    state: Annotated[str, typer.Option("--state", help="只要这个状态的：passed 或 needs_review；不等人审。")] = "",
    where: Annotated[
        str,
        typer.Option("--where", help="再挑一挑，例如 product=p-oat and score>=90；写法见 campaign approve --help。"),
    ] = "",
    drafts: Annotated[bool, typer.Option("--drafts", help="有收件人也只列稿件，占位不填。")] = False,
) -> None:
    """导出人审过的文案。有收件人时占位在这里填，填完再查一遍，不能发的留下并逐行写明原因（退出码 1）。"""
    from agent.campaign.export import Order
    from agent.campaign.export import export as write
    from agent.campaign.rows import STATE_NAMES
    from knowledge_base.errors import UsageError

    if passed + everything + bool(state) > 1:
        raise UsageError("--passed、--all、--state 只能写一个", hint="不写就只导出人审过的。")
    ids = {label: id for id, label in STATE_NAMES.items()}
    if state and (state := ids.get(state, state)) not in ("passed", "needs_review"):
        raise UsageError(f"没有状态「{state}」可导出", hint="可选：passed 通过、needs_review 待人看。")
    conditions = [f"({where})" if where and state else where, f"state = {state}" if state else ""]
    write(
        Order(
            name=name,
            format=form,
            out=out,
            choice="passed" if passed else "all" if everything or state else "approved",
            where=" and ".join(part for part in conditions if part),
            backend=backend,
            drafts=drafts,
        )
    )
