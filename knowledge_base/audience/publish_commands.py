"""`wenan audience publish`: counts with noise, for people outside."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from knowledge_base.audience.command_parts import Json, opened, show
from knowledge_base.chinese_cli import App

app = App()


class What(StrEnum):
    actions = "actions"
    segments = "segments"


@app.command()
def publish(
    what: Annotated[What, typer.Argument(metavar="什么", help="actions 做过每种动作的人数；segments 每群的人数。")],
    epsilon: Annotated[
        float, typer.Option("--epsilon", min=0.001, max=10, help="这一次花多少隐私预算；越小噪声越大。")
    ] = 0.5,
    as_json: Json = False,
) -> None:
    """给店外的人看的人数：加了噪声，谁在不在里面都看不出来；花掉的预算记着，花完就不给。"""
    from knowledge_base.audience.publish import NAMES
    from knowledge_base.audience.publish import publish as published
    from knowledge_base.console import err

    _, store = opened()
    with store:
        found = published(store, what.value, epsilon)
    show(asdict(found), (f"{label}\t{people}" for label, people in found.people.items()), as_json)
    err().print(
        f"{NAMES[found.what]}，ε {epsilon:g}：每个数二十次里约有一次差到 {round(3 * found.scale)} 以上。"
        f"隐私预算已用 {found.spent:g}，上限 {found.limit:g}。",
        markup=False,
    )
