"""How records' values read in a prompt: prices, days, periods and rows of fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from agent.brief import Turn
from agent.finding import Finding
from knowledge_base.records import FIGURES, Coupon, Evidence, Product, Promotion, Spec

_CURRENCIES = {"CNY": "元", "RMB": "元", "USD": "美元", "HKD": "港元", "EUR": "欧元", "JPY": "日元"}
CELL = "｜"
CHANNEL_NAMES = {"article": "公众号文章", "moments": "朋友圈", "reply": "回复"}
_FIELD_NAMES = {
    "title": "标题",
    "titles": "候选标题",
    "digest": "摘要",
    "cta": "结尾的行动",
    "text": "正文",
    "link_text": "链接文案",
    "sections": "",
    "heading": "小标题",
}
_FIELD = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")


def number(value: Decimal) -> str:
    """Without trailing zeros or exponent: 69.00 -> 69."""
    return f"{value.normalize():f}"


def money(value: Decimal | None, currency: str = "CNY") -> str:
    """`69 元`; empty when unknown."""
    return "" if value is None else f"{number(value)} {_CURRENCIES.get(currency.upper(), currency)}"


def price(product: Product) -> str:
    """`69 元（2026-11-01）`: the price with the day it was true; empty when unknown."""
    shown = money(product.price, product.currency)
    return f"{shown}（{day(product.price_date)}）" if shown and product.price_date else shown


def day(value: date | None) -> str:
    return value.isoformat()[:10] if value else ""


def period(thing: Promotion | Coupon) -> str:
    """`2026-11-01 至 2026-11-11`, open ends in words; empty when neither end is known."""
    start, end = day(thing.start), day(thing.end)
    if start and end:
        return f"{start} 至 {end}"
    return f"{start} 起" if start else f"{end} 止" if end else ""


def row(*cells: str) -> str:
    """Fields in one line. A field cannot fake a further one; empty fields at the end are left out."""
    return CELL.join(cell.replace(CELL, "/").strip() for cell in cells).rstrip(CELL)


def spec(value: Spec) -> str:
    return f"{value.name}：{value.value}" if value.value else value.name


def evidence(value: Evidence) -> str:
    return row(value.name, value.number, value.issuer, day(value.issued), value.text)


def promotion(value: Promotion) -> str:
    deal = money(value.price)
    text = value.text if not deal or number(value.price or Decimal(0)) in value.text else f"{value.text} {deal}".strip()
    return row(value.name, text, period(value))


def current(promotions: Iterable[Promotion], today: date) -> list[Promotion]:
    """Without those that are over: nobody may be told of them."""
    return [p for p in promotions if p.end is None or p.end >= today]


def spoken(evidence: Iterable[str]) -> list[str]:
    """What convinces a persona, without the lines of figures behind it: those are for people, not for copy."""
    return [text for text in evidence if not text.startswith(FIGURES)]


def turn(value: Turn) -> str:
    return f"{'顾客' if value.role == 'customer' else '客服'}：{value.text}"


def finding(value: Finding) -> str:
    """`第 2 节正文里的“极致”：空词，换成动作。可以换成：……`"""
    where = field_name(value.field)
    if value.text:
        where = f"{where or '文案'}里的“{value.text}”"
    advice = f" 可以换成：{value.rewrite}" if value.rewrite else ""
    return f"{where}：{value.message}{advice}" if where else value.message + advice


def field_name(field: str) -> str:
    """A copy's field in Chinese: `sections[1].heading` -> 第 2 节小标题. Unknown names stay as they are."""
    match = _FIELD.fullmatch(field)
    if match is None or match[1] not in _FIELD_NAMES:
        return field
    number_ = f"第 {int(match[2]) + 1} " if match[2] else ""
    if match[1] == "sections":
        return f"{number_}节{_FIELD_NAMES.get(match[3] or '', match[3] or '')}" if number_ else field
    return f"{number_}个{_FIELD_NAMES[match[1]]}" if number_ else _FIELD_NAMES[match[1]]


def texts(values: Iterable[Any], kind: str) -> list[str]:
    """Each value as one item: `product.specs | texts("spec")`. Kinds: spec, evidence, promotion, turn, finding."""
    return [_ROWS[kind](value) for value in values]


_ROWS: Mapping[str, Callable[[Any], str]] = {
    "spec": spec,
    "evidence": evidence,
    "promotion": promotion,
    "turn": turn,
    "finding": finding,
}

FILTERS: dict[str, Callable[..., Any]] = {
    "channel": lambda value: CHANNEL_NAMES.get(value, value),
    "current": current,
    "day": day,
    "money": money,
    "number": number,
    "period": period,
    "price": price,
    "spoken": spoken,
    "texts": texts,
}
