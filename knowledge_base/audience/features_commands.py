"""`wenan audience features`: what each number means, and the table of numbers."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App
from knowledge_base.errors import UsageError

app = App()


@app.command()
def features(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="算出来写到 csv 或 parquet；不写就列出特征目录。")
    ] = None,
    at: Annotated[str, typer.Option("--at", help="截止到哪一天开始以前，如 2026-10-01；默认到最后一条行为。")] = "",
    leaks: Annotated[bool, typer.Option("--leaks", help="也算可能带着截止以后信息的特征（训练模型不要用）。")] = False,
    timezone: Annotated[str, typer.Option("--timezone", help="店铺的时区。")] = "Asia/Shanghai",
    purpose: Annotated[str, typer.Option("--consent-purpose", help="哪个用途的数据。")] = "营销",
    form: Annotated[str, typer.Option("--format", "-f", help="目录的格式：text 或 json。")] = "text",
) -> None:
    """特征目录：每个数的含义、单位、看多长时间；加 --out 就算出每个人的特征。"""
    from knowledge_base.audience.features.catalogue import catalogue

    if form not in ("text", "json"):
        raise UsageError(f"没有格式「{form}」", hint="可选：text、json。")
    if out is None:
        _list(form)
        return
    from knowledge_base.audience.extra import need

    need("polars")
    from datetime import UTC, datetime

    from knowledge_base.audience.clock import zone
    from knowledge_base.audience.features.build import compute
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.console import err
    from knowledge_base.workspace import Workspace

    if out.suffix.lower() not in (".csv", ".parquet"):
        raise UsageError(f"--out {out} 要写成 .csv 或 .parquet")
    cutoff = None
    if at:
        try:
            day = date.fromisoformat(at)
        except ValueError as error:
            raise UsageError(f"--at {at} 不是日期", hint="写成 2026-10-01 这样。") from error
        cutoff = datetime(day.year, day.month, day.day, tzinfo=zone(timezone)).astimezone(UTC).replace(tzinfo=None)
    with AudienceStore.open(Workspace.find(), purpose) as store:
        frame = compute(store, cutoff, timezone=timezone, leaks=leaks)
    if out.suffix.lower() == ".csv":
        frame.write_csv(out, include_bom=True)
    else:
        frame.write_parquet(out)
    typer.echo(out.as_posix())
    families = len(catalogue())
    err().print(
        f"{frame.height:,} 人，{frame.width - 1} 个特征（目录里 {families} 条）；含义见 wenan audience features"
    )


def _list(form: str) -> None:
    from dataclasses import asdict

    from knowledge_base.audience.features.catalogue import catalogue

    if form == "json":
        typer.echo(json.dumps([asdict(feature) for feature in catalogue()], ensure_ascii=False, indent=2))
        return
    from knowledge_base.console import out

    rows = [
        (
            feature.name,
            feature.meaning + ("（可能提前知道结果）" if feature.leaks_after else ""),
            feature.unit,
            f"{feature.window} 天" if feature.window else "全部",
        )
        for feature in catalogue()
    ]
    if not out().is_terminal:
        for row in rows:
            typer.echo("\t".join(row))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("特征", "含义", "单位", "看多长"):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*row)
    out().print(table)
