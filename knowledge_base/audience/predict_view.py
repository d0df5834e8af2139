"""What `audience predict` prints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from knowledge_base.audience.model_view import WAYS
from knowledge_base.console import out

Values = Mapping[str, Any]
LEAVES = "离开"
MORE = 1.2
"""How many times the others' share it must be to be called more."""
RARE = 0.01
"""A share below which nothing is called more."""
SHOP = timedelta(hours=8)
"""Dates are the shop's."""


def segments(body: Values, names: Mapping[str, str], top: int) -> None:
    """Everybody, then each segment."""
    _model(body)
    whole = body["everybody"]
    _line("")
    if whole is None:
        _line(f"不到 {body['k']} 人，不说合计")
        return
    there = f"不到 {body['k']} 人" if whole["there"] is None else f"{whole['there']:,} 人"
    _line(f"全部 {whole['people']:,} 人；数据停下时还在店里的{there}，其余已经离开")
    chained = body["model"]["returning_chained"]
    _group(whole, None, top, returning=True)
    if not body["segments"] and not body["too_small"]:
        _line("还没有分群：wenan audience segments")
    for one in body["segments"]:
        _line("")
        _line(" ".join(part for part in (one["id"], names.get(one["id"], ""), f"{one['people']:,} 人") if part))
        _group(one, one["elsewhere"], top, returning=chained)
    for id in body["too_small"]:
        _line(f"{id}：不到 {body['k']} 人，不说")
    if body["small"]:
        _line(f"另有 {body['small']} 群不到 {body['k']} 人，没有列")


def people(body: Values, top: int = 3) -> None:
    """Each person asked for."""
    _model(body)
    for one in body["users"]:
        _line("")
        group = f"（{one['人群']}）" if one["人群"] else ""
        _line(f"{one['user']}{group}：最后{one['最后动作']}，{one['最后动作时间']}，{one['状态']}")
        chances = {name.removeprefix("下一步是"): value for name, value in one.items() if name.startswith("下一步是")}
        known = {name: value for name, value in chances.items() if value is not None}
        _line(f"  {_asked(one)}：{_first(known, top)}" if known else f"  {_asked(one)}：这个模型说不出")
        if one["状态"] != "还在店里":
            likely = f"{one['要是没走']} {one['要是没走的可能']:.0%}" if one["要是没走"] else ""
            _line(f"  要是那时没走，接着最可能：{likely}" if likely else f"  {one['最后动作']}以后多半就走")


def _asked(one: Values) -> str:
    return "接着会" if one["状态"] == "还在店里" else "下次来先"


def _group(one: Values, others: Mapping[str, float] | None, top: int, *, returning: bool) -> None:
    """`returning`: whether what they do first on coming back differs from group to group."""
    stays = {name: share for name, share in one["in_visit"].items() if name != LEAVES}
    _line(f"  在店里，每做一步之后：{_first(stays, top)}；离开 {one['in_visit'][LEAVES]:.0%}")
    if others:
        more = {name: share for name, share in stays.items() if share >= RARE and share >= MORE * others[name]}
        ranked = sorted(more, key=lambda name: others[name] - more[name])[:top]
        if ranked:
            _line(
                "  比别的群多：" + "、".join(f"{name} {more[name]:.0%}（别人 {others[name]:.1%}）" for name in ranked)
            )
    for row in one["stopped"]:
        stays_on = (
            f"要是没走，接着最可能{row['next']}（{row['chance']:.0%}）" if "next" in row else "做完这一步多半就走"
        )
        _line(f"  停在{row['action']} {row['people']:,} 人：{stays_on}")
    if returning and one["returning"]:
        _line(f"  下次来先：{_first(one['returning'], top)}")


def _first(chances: Mapping[str, float], top: int) -> str:
    ranked = sorted(chances.items(), key=lambda one: -one[1])[:top]
    return "、".join(f"{name} {share:.0%}" for name, share in ranked if share >= 0.005)


def _model(body: Values) -> None:
    """Kind, date and quality beside the plain rule."""
    model = body["model"]
    made = (datetime.fromisoformat(model["made"]) + SHOP).date()
    _line(f"模型：{WAYS[model['kind']]}，{made} 训练，{model['people']:,} 人；数据到 {_day(model['data_until'])}")
    _line(f"预测：用途「{body['purpose']}」的数据，到 {_day(body['until'])}")
    for title, results in (
        ("每一步", model["results"]), ("没走的那些步", model["going_on"]), ("下次来先做什么", model["returning"]),
    ):  # fmt: skip
        if results:
            _line(f"  {title}：{_hits(title, results, model)}")
    over = model["over_common"]
    if over and not over["low"] > 0:
        _line("  没有肯定赢过“人人都做最常见的”：只当参考")


def _hits(title: str, results: list[Values], model: Values) -> str:
    """Of every step the chosen way beside the plain rule, by the hits on later data."""
    name = {"markov": "二阶马尔可夫", "boosting": "梯度提升", "gru": "循环网络（GRU）"}[model["kind"]]
    if title == "下次来先做什么":
        name = "看上次最后做了什么" if model["returning_chained"] else results[0]["name"]
    rows = {one["name"]: one for one in results}
    used, plain = rows[name], results[0]
    text = f"猜中 {used['accuracy']['value']:.0%}，前三里有 {used['top']['value']:.0%}"
    if used is plain:
        return f"{text}（就是全猜最常见的，别的没有赢过它）"
    return f"{text}；全猜最常见的 {plain['accuracy']['value']:.0%}、{plain['top']['value']:.0%}"


def _day(text: str | None) -> str:
    return (datetime.fromisoformat(text) + SHOP).date().isoformat() if text else "？"


def _line(text: str) -> None:
    out().print(text, markup=False, soft_wrap=True)
