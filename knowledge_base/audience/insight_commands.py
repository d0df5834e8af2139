"""`wenan audience forecast | timing`: how many orders will come, and when people read."""

from __future__ import annotations

from typing import Annotated

import typer

from knowledge_base.audience.command_parts import Json, opened, show
from knowledge_base.chinese_cli import App

forecast_app, timing_app = App(), App()


@forecast_app.command()
def forecast(
    item: Annotated[str, typer.Option("--item", help="只看一个商品；不写是全店。")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=14, help="往后几天。")] = 7,
    as_json: Json = False,
) -> None:
    """每天订单数的预测和误差；历史不够就不给。全店的结果留给 wenan audience report。"""
    from knowledge_base.audience.forecast_report import forecast_report

    _, store = opened("statsmodels")
    with store:
        body = forecast_report(store, item, days)
        if not item:
            store.save_report("forecast", body)
    found = body["forecast"]
    if found is None:
        show(body, [f"不给预测：{body['reason']}"], as_json)
        return
    lines = [
        f"{found['method']}；过去 {found['tested']} 天每天平均差 {found['error']:.1f} 单（{found['share']:.0%}），"
        f"“和上周同一天一样”差 {found['naive_error']:.1f} 单"
    ]
    rows = zip(body["days"], found["values"], found["low"], found["high"], strict=True)
    lines += [f"{day}：{value:.0f} 单（八成把握 {low:.0f} 到 {high:.0f}）" for day, value, low, high in rows]
    show(body, lines, as_json)


@timing_app.command()
def timing(as_json: Json = False) -> None:
    """什么渠道、几点发，打开的人最多，证据是什么。"""
    from dataclasses import asdict

    from knowledge_base.audience.timing import best_times

    _, store = opened("scipy")
    with store:
        found = best_times(store.events())
        body = [asdict(one) for one in found]
        store.save_report("timing", {"timing": body})
    lines = []
    for one in found:
        channel = f"{one.channel}{'' if one.channel_sure else '（和别的差不多）'}" if one.channel else "看不出"
        hour = "看不出" if one.hour is None else f"{one.hour} 点{'' if one.hour_sure else '（和别的差不多）'}"
        lines.append(f"{one.segment}：渠道 {channel}，时间 {hour}" + (f"；{one.note}" if one.note else ""))
        for kind, rates in (("渠道", one.channels), ("时间", one.hours)):
            lines += [
                f"  {kind} {r.value}：{r.opened:,.0f}/{r.sent:,.0f}，{r.rate:.1%}（{r.low:.1%}～{r.high:.1%}）"
                for r in rates[:3]
            ]
    show(body, lines or ["没有写明渠道的行为，算不出来"], as_json)
