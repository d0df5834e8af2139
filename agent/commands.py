"""`wenan article|moments|reply`: options -> briefs, write, print."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.chinese_cli import App

ProductOption = Annotated[
    list[str] | None,
    typer.Option("--product", "-p", help="商品编号，或一句能认出它的话；可重复。auto：推荐给这群人的那个。"),
]
PersonaOption = Annotated[
    str, typer.Option("--persona", "-P", help="人设编号或名字；segment:3 或 segment:名称 是一群人的画像。")
]
BrandOption = Annotated[str, typer.Option("--brand", help="品牌编号；只有一个品牌时不用写。")]
GoalOption = Annotated[str, typer.Option("--goal", "-g", help="这次想达到什么，例如“拉新”“双11 预热”。")]
AngleOption = Annotated[str, typer.Option("--angle", help="角度：场景、痛点、利益、证据、优惠。")]
CtaOption = Annotated[str, typer.Option("--cta", help="希望读者做什么，例如“去逛逛”；链接从资料里取。")]
CouponOption = Annotated[str, typer.Option("--coupon", help="优惠券编号或名字。")]
NotesOption = Annotated[str, typer.Option("--notes", help="别的要求，原话写。")]
BriefOption = Annotated[
    Path | None, typer.Option("--brief", help="需求单：yaml，或 docx、txt、粘贴下来的聊天；读懂了什么会列出来。")
]
NumberOption = Annotated[int, typer.Option("--n", "-n", min=1, max=50, help="写几稿，每稿换角度或开头。")]
ModelOption = Annotated[str | None, typer.Option("--model", "-m", help="模型档案名；wenan models list 看有哪些。")]
PromptOption = Annotated[str | None, typer.Option("--prompt", help="提示词模板：路径或 编号@版本。")]
SeedOption = Annotated[
    int | None, typer.Option("--seed", help="随机种子：离线模板用同样的种子写出同样的稿；不写就每次不同，并避开旧稿。")
]
TodayOption = Annotated[str, typer.Option("--today", help="按哪一天核对优惠，默认今天，例如 2026-11-22。")]
FormatOption = Annotated[str, typer.Option("--format", "-f", help="text、md、json 或 html。")]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="写到文件；不写 --format 时按扩展名猜。")]
ClipboardOption = Annotated[bool, typer.Option("--copy", help="同时放进剪贴板。")]

article_app = App()
moments_app = App()
reply_app = App()


@article_app.command()
def article(
    product: ProductOption = None,
    persona: PersonaOption = "",
    goal: GoalOption = "",
    angle: AngleOption = "",
    brand: BrandOption = "",
    coupon: CouponOption = "",
    cta: CtaOption = "",
    notes: NotesOption = "",
    brief: BriefOption = None,
    n: NumberOption = 1,
    model: ModelOption = None,
    prompt: PromptOption = None,
    seed: SeedOption = None,
    today: TodayOption = "",
    format: FormatOption = "",
    out: OutOption = None,
    copy: ClipboardOption = False,
) -> None:
    """写一篇公众号文章：角度、提纲、正文、五个不同类型的标题、摘要、配图需求。"""
    from agent.drafting import Job, draft_and_deliver
    from agent.options import Wish

    wish = Wish(
        products=tuple(product or ()), persona=persona, goal=goal, angle=angle, brand=brand, coupon=coupon, cta=cta,
        notes=notes, seed=seed, today=today,
    )  # fmt: skip
    draft_and_deliver(Job("article", wish, brief, n, model, prompt, format, out, copy))


@moments_app.command()
def moments(
    product: ProductOption = None,
    persona: PersonaOption = "",
    goal: GoalOption = "",
    angle: AngleOption = "",
    kind: Annotated[str, typer.Option("--kind", help="ad 朋友圈广告，post 员工朋友圈。")] = "",
    ad_format: Annotated[str, typer.Option("--ad-format", help="广告版位编号；不写用常规单图。")] = "",
    brand: BrandOption = "",
    coupon: CouponOption = "",
    cta: CtaOption = "",
    notes: NotesOption = "",
    brief: BriefOption = None,
    n: NumberOption = 1,
    model: ModelOption = None,
    prompt: PromptOption = None,
    seed: SeedOption = None,
    today: TodayOption = "",
    format: FormatOption = "",
    out: OutOption = None,
    copy: ClipboardOption = False,
) -> None:
    """写朋友圈广告（按版位字数和禁用规则）或员工朋友圈。"""
    from agent.drafting import Job, draft_and_deliver
    from agent.options import Wish

    wish = Wish(
        products=tuple(product or ()), persona=persona, goal=goal, angle=angle, form=kind, format=ad_format,
        brand=brand, coupon=coupon, cta=cta, notes=notes, seed=seed, today=today,
    )  # fmt: skip
    draft_and_deliver(Job("moments", wish, brief, n, model, prompt, format, out, copy))


@reply_app.command()
def reply(
    message: Annotated[str, typer.Option("--message", "-M", help="顾客说的话；写 - 从管道读。")] = "",
    history: Annotated[Path | None, typer.Option("--history", help="之前的对话：每行“顾客：…”或“客服：…”。")] = None,
    product: ProductOption = None,
    persona: PersonaOption = "",
    kind: Annotated[str, typer.Option("--kind", help="service 客服消息，comment 评论回复。")] = "",
    brand: BrandOption = "",
    coupon: CouponOption = "",
    cta: CtaOption = "",
    notes: NotesOption = "",
    brief: BriefOption = None,
    n: NumberOption = 1,
    model: ModelOption = None,
    prompt: PromptOption = None,
    seed: SeedOption = None,
    today: TodayOption = "",
    format: FormatOption = "",
    out: OutOption = None,
    copy: ClipboardOption = False,
) -> None:
    """回顾客：先答能不能，再给依据，再给出路；拿不准就转人工。"""
    from agent.brief_file import read_history
    from agent.drafting import Job, draft_and_deliver
    from agent.options import Wish

    wish = Wish(
        products=tuple(product or ()), persona=persona, form=kind, brand=brand, coupon=coupon, cta=cta, notes=notes,
        message=sys.stdin.read() if message == "-" else message,
        history=read_history(history) if history else (), seed=seed, today=today,
    )  # fmt: skip
    draft_and_deliver(Job("reply", wish, brief, n, model, prompt, format, out, copy))
