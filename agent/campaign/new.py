"""A campaign plan file from a few answers: what is asked, what an event of the calendar fills in, how it is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from agent.calendar.fitting import Fit
from agent.calendar.rules import WEEKDAYS
from agent.calendar.upcoming import Event
from agent.campaign.plan_file import CHANNEL_NAMES
from agent.options import ANGLES_BY_NAME, parse_angle
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import UsageError
from knowledge_base.records import Coupon, Kind

Ask = Callable[[str, str], str]
"""(question, default) -> answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What goes into the file. Names, not yet ids."""

    name: str = ""
    channels: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    """Empty: all."""
    personas: tuple[str, ...] = ()
    """Empty: all."""
    angles: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    brand: str = ""
    coupon: str = ""
    goal: str = ""
    notes: str = ""
    model: str = ""
    money: str = ""
    """Yuan; empty means no limit."""
    variants: int = 1


def from_event(given: Answers, event: Event, fits: Sequence[Fit]) -> Answers:
    """What an event suggests wherever nothing was said."""
    day = f"{event.start.month} 月 {event.start.day} 日{WEEKDAYS[event.start.weekday()]}{event.name}"
    last = f"到 {event.end.month} 月 {event.end.day} 日" if event.end != event.start else ""
    notes = f"{day}{last}，当天发" + (f"。{event.note}" if event.note else "")
    if event.quiet:
        notes = f"{day}。{event.note}"
    return replace(
        given,
        name=given.name or f"{event.name.partition('（')[0].replace(' ', '')}{event.start.year}",
        products=given.products or tuple(fit.product.id for fit in fits),
        dates=given.dates or (event.start.isoformat(),),
        goal=given.goal or _goal(event),
        notes=given.notes or notes,
    )


def ask_for(given: Answers, ask: Ask) -> Answers:
    """The answers with whatever a person changed or added."""
    channels = ask(f"写哪些渠道（{'、'.join(_SHORT)}，逗号隔开）", "，".join(given.channels or ("朋友圈广告",)))
    return replace(
        given,
        name=ask("活动名", given.name or "新活动"),
        channels=listed(channels),
        products=_or_all(ask("写哪些商品（名字或编号，逗号隔开；all 是全部）", "，".join(given.products) or "all")),
        personas=_or_all(ask("写给哪些人设（all 是全部）", "，".join(given.personas) or "all")),
        angles=listed(ask(f"角度（{'、'.join(ANGLES_BY_NAME)}；空着让写手选）", "，".join(given.angles))),
        dates=listed(ask("哪天发（例如 2026-12-07；空着是当天）", "，".join(given.dates))),
        goal=ask("想达到什么", given.goal),
        coupon=ask("优惠券（编号或名字；空着不用）", given.coupon),
        money=ask("最多花几元（空着不限）", given.money),
    )


def checked(given: Answers, kb: KnowledgeBase) -> Answers:
    """The answers with names turned into ids. Raises UsageError or BadInputError naming the valid values."""
    channels = given.channels or ("朋友圈广告",)
    if unknown := [name for name in channels if name not in CHANNEL_NAMES]:
        raise UsageError(f"没有渠道「{unknown[0]}」", hint=f"可用：{'、'.join(CHANNEL_NAMES)}。")
    for angle in given.angles:
        parse_angle(angle)
    try:
        days = tuple(date.fromisoformat(day).isoformat() for day in given.dates)
    except ValueError as error:
        raise UsageError(f"日期写错了：{'、'.join(given.dates)}", hint="写成 2026-12-07。") from error
    try:
        money = str(Decimal(given.money)) if given.money else ""
    except InvalidOperation as error:
        raise UsageError(f"「{given.money}」不是金额", hint="写成 20 或 20.5，单位是元。") from error

    def ids(kind: Kind, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(kb.resolve(kind, name).id for name in names))

    return replace(
        given,
        channels=channels,
        products=ids("product", given.products),
        personas=ids("persona", given.personas),
        dates=days,
        money=money,
        brand=kb.resolve("brand", given.brand).id if given.brand else "",
        coupon=kb.resolve("coupon", given.coupon).id if given.coupon else "",
    )


def usable_coupons(kb: KnowledgeBase, answers: Answers) -> tuple[Coupon, ...]:
    """Coupons that hold on every day of the answers for at least one of the products."""
    days = [date.fromisoformat(day) for day in answers.dates] or [date.today()]
    return tuple(
        one
        for one in kb.all("coupon", answers.brand or None)
        if isinstance(one, Coupon)
        and all((one.start is None or one.start <= day) and (one.end is None or day <= one.end) for day in days)
        and (not one.products or not answers.products or set(one.products) & set(answers.products))
        and one.stock != 0
    )


def plan_text(answers: Answers, coupons: Sequence[Coupon], why: Sequence[str]) -> str:
    """The commented file. `why` are lines that say where filled-in values came from."""
    return "\n".join(_lines(answers, coupons, why)) + "\n"


def listed(text: str) -> tuple[str, ...]:
    """Items separated by commas of either width or 、."""
    for mark in "，、；;":
        text = text.replace(mark, ",")
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _lines(answers: Answers, coupons: Sequence[Coupon], why: Sequence[str]) -> Iterator[str]:
    yield "# 活动计划。先看会写多少、花多少：wenan campaign plan 这个文件；再写：wenan campaign run 这个文件。"
    yield from (f"# {line}" for line in why)
    yield f"name: {_scalar(answers.name or '新活动')}"
    yield ""
    yield f"# 渠道：{'、'.join(_SHORT)}。长写法可以带版位：{{channel: ad, format: card-16x9, cta: 去逛逛}}"
    yield f"channels: {_flow(answers.channels)}"
    yield f"products: {_flow(answers.products) if answers.products else 'all'}"
    yield "# 每个人设各写一份；换一个人设就换场景、痛点和证据"
    yield f"personas: {_flow(answers.personas) if answers.personas else 'all'}"
    yield f"# 角度：{'、'.join(ANGLES_BY_NAME)}；空着让写手自己选"
    yield f"angles: {_flow(answers.angles)}"
    yield f"variants: {answers.variants}    # 同一角度写几稿"
    yield "# 哪天发：优惠按这一天核对；空着就是第一次运行那天"
    yield f"dates: {_flow(answers.dates)}"
    yield f"brand: {_scalar(answers.brand)}"
    for coupon in coupons[:5]:
        until = f"，到 {coupon.end}" if coupon.end else ""
        yield f"# 当天能用的券：{coupon.id} {_one_line(coupon.name)}{until}"
    yield f"coupon: {_scalar(answers.coupon)}"
    yield f"goal: {_scalar(answers.goal)}"
    yield f"notes: {_scalar(answers.notes)}"
    yield ""
    yield "# 模型：wenan models list 看有哪些；空着用默认的，没有密钥就用离线模板"
    yield f"model: {_scalar(answers.model)}"
    yield "# 到哪里停：金额（元）、token、一次跑几分钟；删掉就不限"
    yield f"budget: {{{'money: ' + answers.money if answers.money else ''}}}"
    yield "concurrency: 8"
    yield "attempts: 3        # 有必须改的毛病时，最多写几次"
    yield "best_of: 1         # 每篇写几份挑最好的"
    yield "# 和别的稿有多少相同就算撞了（0–1），撞了最多重写几次"
    yield "uniqueness: {similarity: 0.7, rewrites: 1}"
    yield "# 有这些毛病就留给人看，例如 [style]；黄色提醒超过几条也留"
    yield "quality: {refuse: [], warnings: 99}"
    yield ""
    yield "# 要发给一份名单时：名单不会给模型看，称呼、券码、门店在导出时才填"
    yield '# recipients: {file: 名单.xlsx, segment: 人群, columns: {昵称: 客户称呼}, greeting: "{昵称}，"}'


def _goal(event: Event) -> str:
    match event.kind:
        case "大促":
            return f"{event.name}促销"
        case "品牌日":
            return event.name
        case "慎发":
            return "不促销，只说和这一天相称的话"
        case _:
            return f"借{event.name}说一件当下用得上的事"


def _or_all(text: str) -> tuple[str, ...]:
    return () if text.strip() in ("all", "全部") else listed(text)


def _flow(items: Sequence[str]) -> str:
    return f"[{', '.join(_scalar(item) for item in items)}]"


def _scalar(text: str) -> str:
    """A YAML scalar that reads back as this very string: a JSON string is one."""
    return text if text and all(c.isalnum() or c in "-_" for c in text) and not _looks_typed(text) else _quoted(text)


def _looks_typed(text: str) -> bool:
    """Dates, numbers, booleans and null would lose their type of text; a date is wanted as one."""
    return text[0] in "-0123456789" or text.lower() in (
        "all",
        "null",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
    )


def _quoted(text: str) -> str:
    """JSON's double quotes are YAML's, but for line breaks and invisible signs that JSON leaves bare."""
    return "".join(
        c if c.isprintable() or ord(c) > 0xFFFF else f"\\u{ord(c):04x}" for c in json.dumps(text, ensure_ascii=False)
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


_SHORT = ("朋友圈广告", "员工朋友圈", "公众号文章")
