"""`wenan audience import` and `wenan audience status`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App
from knowledge_base.errors import UsageError

import_app = App()
status_app = App()


class FileKind(StrEnum):
    events = "events"
    orders = "orders"
    users = "users"
    messages = "messages"


class Form(StrEnum):
    text = "text"
    json = "json"


Purpose = Annotated[str, typer.Option("--consent-purpose", help="数据用来做什么；只收同意这个用途的人。")]
Format = Annotated[Form, typer.Option("--format", "-f", help="text 给人看；json 给程序读。")]


@import_app.command()
def import_data(
    files: Annotated[list[Path], typer.Argument(metavar="文件...", help="csv、parquet、jsonl、xlsx；可以一次给几个。")],
    kind: Annotated[FileKind | None, typer.Option("--kind", help="哪一种数据；不写就看列名和文件名。")] = None,
    columns: Annotated[list[str] | None, typer.Option("--map", help="列名=字段，如 会员号=user；可以写几次。")] = None,
    header: Annotated[str, typer.Option("--header", help="csv 没有列名时依次写出，用逗号分开。")] = "",
    timezone: Annotated[str, typer.Option("--timezone", help="没写时区的时间是哪里的。")] = "Asia/Shanghai",
    purpose: Purpose = "营销",
    assume: Annotated[
        str, typer.Option("--assume-consent", help="没有同意记录也导入的理由，会记下来；明确拒绝的人仍然不收。")
    ] = "",
    actions: Annotated[list[str] | None, typer.Option("--action", help="词=动作，如 扫码=点击；可以写几次。")] = None,
    every: Annotated[
        str, typer.Option("--every", help="文件没有行为列：每一行都是这个动作，如 购买、点赞（打分表也这样导入）。")
    ] = "",
    categories: Annotated[
        list[str] | None, typer.Option("--category", help="写法=类目，改错字；写成 甲=甲 就是不改。")
    ] = None,
    keep_bots: Annotated[bool, typer.Option("--keep-bots", help="像机器人的也留下。")] = False,
    form: Format = Form.text,
) -> None:
    """导入行为、订单、用户、消息。用户号换成假名，个人信息不存；清洗时丢了什么、改了什么都列出来。"""
    from knowledge_base.audience.extra import need

    need("polars")
    from knowledge_base.audience.clock import zone
    from knowledge_base.audience.import_view import report_json, report_lines
    from knowledge_base.audience.importing.importer import import_files
    from knowledge_base.audience.importing.options import ImportOptions
    from knowledge_base.audience.schemas import ACTIONS
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

    zone(timezone)
    if every and every.strip() not in ACTIONS:
        raise UsageError(f"--every {every}：没有这个动作", hint=f"可选：{'、'.join(ACTIONS)}。")
    if not purpose.strip():
        raise UsageError("--consent-purpose 不能是空的", hint="写清楚用来做什么，如 营销。")
    wish = ImportOptions(
        kind=kind.value if kind else None,
        columns=_pairs("--map", columns),
        header=tuple(name.strip() for name in header.split(",")) if header else (),
        timezone=timezone,
        purpose=purpose.strip(),
        assume=assume.strip(),
        actions=_pairs("--action", actions),
        every=every.strip(),
        categories=_pairs("--category", categories),
        keep_bots=keep_bots,
    )
    reports = []
    with AudienceStore.open(Workspace.find(), purpose.strip()) as store:
        for report in import_files(store, files, wish):
            reports.append(report)
            if form is Form.text:
                for line in report_lines(report):
                    typer.echo(line)
    if form is Form.json:
        typer.echo(json.dumps([report_json(report) for report in reports], ensure_ascii=False, indent=2))


@status_app.command()
def show_status(purpose: Purpose = "营销", form: Format = Form.text) -> None:
    """现在有什么数据，每次导入丢了什么、改了什么，当时选了什么。"""
    from knowledge_base.audience.extra import need

    need("polars")
    from knowledge_base.audience.import_view import status_json, status_lines
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

    with AudienceStore.open(Workspace.find(), purpose) as store:
        if form is Form.json:
            typer.echo(json.dumps(status_json(store), ensure_ascii=False, indent=2))
            return
        if not store.imports():
            typer.echo(
                "还没有导入过数据。从这里开始：wenan audience import 文件...；没有数据可以先 wenan audience synth 试试"
            )
            return
        for line in status_lines(store):
            typer.echo(line)


def _pairs(option: str, values: list[str] | None) -> dict[str, str]:
    found = {}
    for value in values or ():
        name, sign, meant = value.rpartition("=")
        if not sign or not name.strip() or not meant.strip():
            raise UsageError(f"{option} {value} 看不懂", hint=f"写成 {option} 原来的=要用的。")
        found[name.strip()] = meant.strip()
    return found
