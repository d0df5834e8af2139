"""`wenan calendar`: what is coming, and when its copy has to be begun."""

from __future__ import annotations

from typing import Annotated

import typer

from knowledge_base.chinese_cli import App

app = App()


@app.command()
def calendar(
    days: Annotated[int, typer.Option("--days", "-d", min=1, max=400, help="往后看几天，常用 30 或 90。")] = 30,
    start: Annotated[str, typer.Option("--from", help="从哪一天看起，默认今天，例如 2027-01-01。")] = "",
    brand: Annotated[str, typer.Option("--brand", help="只看这个品牌的商品和日子：编号或名字。")] = "",
    format: Annotated[str, typer.Option("--format", "-f", help="text 或 json。")] = "text",
) -> None:
    """看接下来的节气、节日、放假调休、大促、品牌自己的日子和优惠起止：几号动笔、写什么、去年写过什么。

    品牌自己的日子写在工作区的 calendar.yaml：

      events:
        - {name: 店庆, solar: 05-06, lead: 21, products: [p-coffee], note: 第五年}

    哪一天还可以写 dates（一次）、lunar（农历）、term（节气）、nth（[5, 周日, 2]）、monthly（每月几号）。
    """
    from datetime import date

    from agent.calendar.show import show_calendar
    from knowledge_base.errors import UsageError

    if format not in ("text", "json"):
        raise UsageError(f"没有格式「{format}」", hint="可用：text、json。")
    today = date.today()
    try:
        first = date.fromisoformat(start) if start else today
    except ValueError as error:
        raise UsageError(f"--from「{start}」不是日期", hint="写成 2027-01-01。") from error
    show_calendar(first, days, brand, today=today, as_json=format == "json")
