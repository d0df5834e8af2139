"""`wenan campaign review|approve|reject`; `register` hooks them into the campaign app."""

from __future__ import annotations

from typing import Annotated

import typer

from knowledge_base.chinese_cli import App

Campaign = Annotated[str, typer.Argument(metavar="活动", help="活动名，wenan campaign status 看有哪些。")]
WHERE = (
    "挑哪些：字段 比较 值，用 and、or、not 和括号连起来。字段 state product persona angle channel day variant reason "
    "blocked warnings score review length text model version id；比较 = != < <= > >= ~（含有）in (甲, 乙)。"
    "score 是 100 减去每处必须改 100、每处建议改 5。"
)
Where = Annotated[str, typer.Option("--where", help=WHERE)]
By = Annotated[str, typer.Option("--by", help="审阅人姓名。")]
Role = Annotated[str, typer.Option("--role", help="法务、主管，或 wenan.toml 的 [review] roles 里写的角色。")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="不再问，直接记；脚本里一定要写。")]


def register(app: App) -> None:
    """Adds the three to the app of `wenan campaign`."""
    app.command("review")(review)
    app.command("approve")(approve)
    app.command("reject")(reject)


def review(
    name: Campaign,
    by: Annotated[str, typer.Option("--by", help="审阅人姓名；不写用登录名。")] = "",
    role: Annotated[str, typer.Option("--role", help="以什么角色审；不写是主管。")] = "",
    where: Where = "",
    everything: Annotated[bool, typer.Option("--all", help="这个角色审过的也再看一遍。")] = False,
) -> None:
    """一篇篇审：一键通过、退回、改、重写、跳过、筛选、撤销。几个人同时审也不会互相盖掉。"""
    from agent.campaign.review_verbs import review as sit

    sit(name, by=by, role=role, where=where, everything=everything)


def approve(
    name: Campaign,
    where: Where,
    by: By,
    role: Role,
    reason: Annotated[str, typer.Option("--reason", help="说明；要放行带着必须改的稿子时一定要写。")] = "",
    yes: Yes = False,
) -> None:
    """一次通过许多篇：先报篇数，再确认。还没审的才算在内；没写 --reason 时不动带着必须改的。"""
    from agent.campaign.review_verbs import decide

    decide(name, "approve", where=where, by=by, role=role, reason=reason, yes=yes)


def reject(
    name: Campaign,
    where: Where,
    by: By,
    role: Role,
    reason: Annotated[str, typer.Option("--reason", help="要改哪里、为什么。")],
    yes: Yes = False,
) -> None:
    """一次退回许多篇：先报篇数，再确认。"""
    from agent.campaign.review_verbs import decide

    decide(name, "reject", where=where, by=by, role=role, reason=reason, yes=yes)
