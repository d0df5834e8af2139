"""`wenan campaign new`: asks, and writes a plan file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Many = list[str] | None


def register(app: typer.Typer) -> None:
    app.command("new")(new)


def new(
    event: Annotated[
        str, typer.Option("--event", "-e", help="借哪个日子，例如 白露、双11、店庆；填好日期和商品。")
    ] = "",
    out: Annotated[Path, typer.Option("--out", "-o", help="写到哪个文件。")] = Path("campaign.yaml"),
    name: Annotated[str, typer.Option("--name", help="活动名。")] = "",
    channel: Annotated[
        Many, typer.Option("--channel", "-c", help="渠道，可重复：朋友圈广告、员工朋友圈、公众号文章。")
    ] = None,
    product: Annotated[Many, typer.Option("--product", "-p", help="商品，可重复；不写就由日子来挑，或全部。")] = None,
    persona: Annotated[Many, typer.Option("--persona", "-P", help="人设，可重复；不写就是全部。")] = None,
    angle: Annotated[Many, typer.Option("--angle", help="角度，可重复：场景、痛点、利益、证据、优惠。")] = None,
    day: Annotated[Many, typer.Option("--date", help="哪天发，可重复，例如 2026-12-07。")] = None,
    brand: Annotated[str, typer.Option("--brand", help="品牌编号或名字。")] = "",
    coupon: Annotated[str, typer.Option("--coupon", help="优惠券编号或名字。")] = "",
    goal: Annotated[str, typer.Option("--goal", "-g", help="想达到什么。")] = "",
    notes: Annotated[str, typer.Option("--notes", help="别的要求，原话写。")] = "",
    model: Annotated[str, typer.Option("--model", "-m", help="模型档案名。")] = "",
    money: Annotated[str, typer.Option("--money", help="最多花几元。")] = "",
    variants: Annotated[int, typer.Option("--variants", min=1, max=10_000, help="同一角度写几稿。")] = 1,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不问，照选项和日子写。")] = False,
    force: Annotated[bool, typer.Option("--force", help="文件已经有了也覆盖。")] = False,
) -> None:
    """问几句，写一份带注释的活动计划；--event 按日历填好名字、日期、商品和由头。"""
    from agent.campaign.new import Answers
    from agent.campaign.new_verb import write_plan

    given = Answers(
        name=name, channels=tuple(channel or ()), products=tuple(product or ()), personas=tuple(persona or ()),
        angles=tuple(angle or ()), dates=tuple(day or ()), brand=brand, coupon=coupon, goal=goal, notes=notes,
        model=model, money=money, variants=variants,
    )  # fmt: skip
    write_plan(given, event, out, asking=not yes, force=force)
