"""`wenan audience synth`: an invented shop with its truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App

app = App()


@app.command()
def synth(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="写到哪里；没有会新建。")],
    users: Annotated[int, typer.Option("--users", min=20, max=5_000_000, help="多少人。")] = 2000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="同样的种子造出同样的店。")] = 7,
    days: Annotated[int, typer.Option("--days", min=28, max=1460, help="多少天的数据。")] = 182,
    until: Annotated[str, typer.Option("--until", help="数据到哪一天为止，如 2026-11-20；默认今天。")] = "",
) -> None:
    """造一家虚构的店：events.csv、orders、users.jsonl、messages.csv，标准答案在 truth.json。全部是编的。"""
    from knowledge_base.audience.extra import need
    from knowledge_base.console import err
    from knowledge_base.errors import UsageError

    need("polars")
    from datetime import datetime

    from knowledge_base.audience.synthetic.export import write_shop

    try:
        end = date.fromisoformat(until) if until else date.today()
    except ValueError as error:
        raise UsageError(f"--until {until} 不是日期", hint="写成 2026-11-20 这样。") from error
    midnight = datetime(end.year, end.month, end.day)  # noqa: DTZ001 - by the shop's clock
    shop = write_shop(folder, users=users, seed=seed, until=midnight, days=days)
    for path in (*shop.exports, shop.truth):
        typer.echo(path.as_posix())
    files = " ".join(path.as_posix() for path in shop.exports)
    err().print(f"全部是虚构数据，仅供演示。接着运行：\n  wenan audience import {files}", markup=False, soft_wrap=True)
