"""`wenan campaign`: plan, run and watch batches of drafts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.campaign import export_commands, new_commands, report_commands, review_commands
from knowledge_base.chinese_cli import App

if TYPE_CHECKING:
    from agent.campaign.choosing import Scorers
    from agent.campaign.engine import Manner

HELP = "批量写稿：按计划一稿不漏、一稿不重，随时能停能接着写。"
PlanFile = Annotated[Path, typer.Argument(help="活动计划，campaign.yaml。", show_default=False)]
Campaign = Annotated[str, typer.Argument(help="活动名，wenan campaign status 看有哪些。", show_default=False)]
LogJson = Annotated[bool, typer.Option("--log-json", help="进度按 JSON 行写到 stderr，给程序看。")]
Batch = Annotated[bool, typer.Option("--batch", help="整批交给平台，半价，最迟 24 小时回来；中断了再运行就接着等。")]
EngineName = Annotated[
    str, typer.Option("--engine", help="在哪里写：local 本进程，ray 分到 Ray 集群（要装 wenan[ray]）。")
]
Address = Annotated[
    str, typer.Option("--address", help="Ray 集群地址，如 10.0.0.1:6379；不写就看 RAY_ADDRESS，再没有就用本机各核。")
]
Poll = Annotated[float, typer.Option("--poll", min=0.01, help="--batch 时每隔几秒问一次。")]


def plan(
    context: typer.Context,
    file: PlanFile,
    samples: Annotated[bool, typer.Option("--samples", help="把三份渲染好的提示词也打出来。")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="按 JSON 输出。")] = False,
) -> None:
    """看看会写多少、花多少、哪里要先改；只算不写，一分钱不花。"""
    from agent.campaign.verbs import show_plan

    show_plan(file, samples=samples, as_json=as_json, scorers=context.obj)


def run(
    context: typer.Context,
    file: PlanFile,
    log_json: LogJson = False,
    batch: Batch = False,
    poll: Poll = 30.0,
    engine: EngineName = "local",
    address: Address = "",
) -> None:
    """按计划写。改了计划再运行：多的补写，少的收起，写好的不动。"""
    from agent.campaign.verbs import run_file

    run_file(file, _manner(context, log_json, poll if batch else None, engine, address))


def resume(
    context: typer.Context,
    name: Campaign,
    failed: Annotated[bool, typer.Option("--failed", help="失败的也重来。")] = False,
    log_json: LogJson = False,
    batch: Batch = False,
    poll: Poll = 30.0,
    engine: EngineName = "local",
    address: Address = "",
) -> None:
    """接着写停下的活动；付过钱的回答不会再要一次。"""
    from agent.campaign.verbs import resume_campaign

    resume_campaign(name, _manner(context, log_json, poll if batch else None, engine, address), failed=failed)


def status(
    name: Annotated[str, typer.Argument(help="活动名；不写就列出全部。", show_default=False)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="按 JSON 输出。")] = False,
) -> None:
    """写到哪了、花了多少、卡在哪里。"""
    from agent.campaign.verbs import show_status

    show_status(name, as_json=as_json)


def cancel(name: Campaign) -> None:
    """不再写新的；在写的写完，写好的留着。resume 可以恢复。"""
    from agent.campaign.verbs import cancel_campaign

    cancel_campaign(name)


def _manner(context: typer.Context, log_json: bool, batch: float | None, engine: str, address: str) -> Manner:
    from agent.campaign.engine import Manner, parse_engine

    chosen = parse_engine(engine, address, batch=batch is not None)
    return Manner(log_json=log_json, batch=batch, engine=chosen, scorers=context.obj)


def build(scorers: Scorers | None = None) -> App:
    """The app. `scorers` is where the names in a plan's `quality.scorers` come from; without, plans may name none."""
    app = App(no_args_is_help=True, help=HELP)

    @app.callback(help=HELP)
    def campaign(context: typer.Context) -> None:
        context.obj = scorers

    for command in (plan, run, resume, status, cancel):
        app.command(command.__name__)(command)
    for part in (new_commands, review_commands, export_commands, report_commands):
        part.register(app)
    return app


app = build()
