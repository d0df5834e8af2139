"""`wenan audience forget` and `wenan audience why`."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from knowledge_base.chinese_cli import App
from knowledge_base.errors import UsageError

if TYPE_CHECKING:
    from knowledge_base.audience.privacy.forget import ForgetReport

forget_app = App()
why_app = App()


class Form(StrEnum):
    text = "text"
    json = "json"


User = Annotated[str, typer.Argument(metavar="用户", help="导出文件里的用户号，或者假名。")]
Format = Annotated[Form, typer.Option("--format", "-f", help="text 给人看；json 给程序读。")]
Purpose = Annotated[str, typer.Option("--consent-purpose", help="哪个用途的数据。")]


@forget_app.command()
def forget_person(
    user: User,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不再问一遍。")] = False,
    readmit: Annotated[
        bool, typer.Option("--readmit", help="本人后来又同意了：以后可以再导入。不删除任何东西。")
    ] = False,
    form: Format = Form.text,
) -> None:
    """从行为、订单、消息、特征、训练数据和登记过的其他地方删掉一个人，以后也不再导入；删完全盘查一遍作为证明。"""
    from knowledge_base.audience.extra import need

    need("polars")
    from knowledge_base.audience.privacy import erasers
    from knowledge_base.audience.privacy.forget import readmit as let_in
    from knowledge_base.audience.sequences import exports
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

    erasers.register(exports.PLACE, exports.erase, exports.blind)
    with AudienceStore.open(Workspace.find()) as store:
        if not store.path.is_file():
            raise UsageError("这个工作区还没有人群数据", hint="换到有数据的工作区，或用 WENAN_HOME 指明。")
        if readmit:
            typer.echo("以后可以再导入这个人" if let_in(store, user) else "这个人没有要求删除过，不用解除")
            return
        if not yes and form is Form.text:
            typer.confirm("删除以后不能恢复，确定吗？", abort=True)
        report = store.forget(user)
    if form is Form.json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False, indent=2, default=dict))
    else:
        _print(report)
    if report.remaining:
        raise typer.Exit(1)


def _print(report: ForgetReport) -> None:
    from knowledge_base.audience.schemas import TABLE_NAMES, TABLES

    if not report.known:
        typer.echo("没有找到这个人的数据；已记下，以后也不会导入")
    if report.rows:
        typer.echo(
            "删除了："
            + "、".join(f"{TABLE_NAMES[table]} {report.rows[table]} 行" for table in TABLES if table in report.rows)
        )
    for name, count in report.derived.items():
        typer.echo(f"删除了：{name} 里 {count} 行")
    if report.records:
        typer.echo(f"删除了：同意记录和报告里提到的 {report.records} 处")
    for name, count in report.elsewhere.items():
        typer.echo(f"{name}：删除 {count} 处")
    for name in report.models:
        typer.echo(f"模型「{name}」用过这个人的数据，已标为过期，请重新训练")
    if report.remaining:
        typer.echo("还找得到这个人的文件，请处理后再运行一次：")
        for place in report.remaining:
            typer.echo(f"  .wenan/{place}")
    else:
        typer.echo("证明：在 .wenan 的每个文件里查过假名和原来的用户号，都找不到了")
    for sentence in report.unsearched:
        typer.echo(f"查不了：{sentence}")
    typer.echo("店铺自己的导出文件不在这里，请另外删除；以后再导入含这个人的文件，会自动跳过")


@why_app.command()
def explain_person(user: User, purpose: Purpose = "营销", form: Format = Form.text) -> None:
    """一个人的数据、和别人不同的地方、得出的结论和理由；可以直接拿去答复本人（个人信息保护法第 24 条）。"""
    from knowledge_base.audience.extra import need

    need("polars")
    from knowledge_base.audience.privacy import explainers
    from knowledge_base.audience.privacy.why import lines, why
    from knowledge_base.audience.propensity.keep import explain
    from knowledge_base.audience.sequences.foretell import explain as explain_next
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

    explainers.register("购买意向", explain)
    explainers.register("下一步动作", explain_next)
    with AudienceStore.open(Workspace.find(), purpose) as store:
        found = why(store, user)
    if form is Form.json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
        return
    for line in lines(found):
        typer.echo(line)
