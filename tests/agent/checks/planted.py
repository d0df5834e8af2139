"""True sentences from a product's records, and the same with one figure, unit, date or price made wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from agent.checks.facts.claims import extract
from agent.checks.facts.numbers import NUMBER
from knowledge_base.records import Product

FRAMES = (
    "{said}。",
    "{name}，{said}。",
    "下午四点，稿子第七版。{said}。",
    "娃睡着的二十分钟，够用了：{said}。",
    "很多人问，直接说：{said}，就这样。",
)
PRICE_FRAMES = (
    "{price} 元。",
    "{name}，{price}元。",
    "到手{price}。",
    "¥{price}，今天就能寄。",
    "一份只要{price}块钱。",
    "晚上十一点，下单只要 {price} 元，别的不说了。",
)
WRONG_UNITS = {
    "克": "毫升",
    "g": "kg",
    "毫升": "升",
    "ml": "g",
    "秒": "分钟",
    "分钟": "小时",
    "小时": "天",
    "条": "盒",
    "片": "袋",
    "袋": "瓶",
    "个月": "年",
    "天": "周",
    "cm": "mm",
    "厘米": "毫米",
    "W": "kW",
    "千卡": "千焦",
    "%": "倍",
}


@dataclass(frozen=True)
class Planted:
    product: Product
    true: str
    wrong: str
    what: str
    """What was put where, e.g. 3 -> 5."""


def said_of(product: Product) -> Iterator[str]:
    """Sentences with figures, in the record's own words."""
    yield from product.selling_points
    for spec in product.specs:
        yield f"{spec.name}{spec.value}"
    for proof in product.evidence:
        yield proof.text or f"{proof.name} {proof.number}"
    for text in product.faq:
        yield text.partition("答：")[2].rstrip("。")


def wrong_numbers(text: str) -> Iterator[tuple[str, str]]:
    """The text with one digit of one amount changed, for every amount and digit."""
    for claim in extract(text):
        if not claim.values and claim.dim not in ("date", "code", "grade"):
            continue
        for m in re.finditer(r"\d", text[claim.start : claim.end]):
            at = claim.start + m.start()
            for digit in {str((int(text[at]) + 3) % 10), str((int(text[at]) + 6) % 10)}:
                first = at == 0 or not text[at - 1].isdigit()
                if first and digit == "0":
                    continue
                wrong = text[:at] + digit + text[at + 1 :]
                yield wrong, f"{claim.text} -> {wrong[claim.start : claim.end]}"


def wrong_units(text: str) -> Iterator[tuple[str, str]]:
    for unit, other in WRONG_UNITS.items():
        for m in re.finditer(rf"(?:{NUMBER})\s?({re.escape(unit)})(?![A-Za-z])", text):
            if not text[m.start()].isdigit():
                continue
            wrong = text[: m.start(1)] + other + text[m.end(1) :]
            yield wrong, f"{m.group()} -> {wrong[m.start() : m.start(1)]}{other}"


def planted(product: Product, others: tuple[Product, ...]) -> Iterator[Planted]:
    for said in said_of(product):
        for make in (wrong_numbers, wrong_units):
            for wrong, what in make(said):
                for frame in FRAMES:
                    yield Planted(
                        product,
                        frame.format(said=said, name=product.name),
                        frame.format(said=wrong, name=product.name),
                        what,
                    )
    if product.price is None:
        return
    prices = {product.price + n for n in (Decimal(10), Decimal(-3), Decimal(100))} | {
        other.price for other in others if other.price and other.price != product.price
    }
    # A promotion price is said truly or falsely by its date, which is the promotion check's matter.
    prices -= {offer.price for offer in product.promotions if offer.price is not None}
    for price in prices:
        for frame in PRICE_FRAMES:
            true = frame.format(price=f"{product.price.normalize():f}", name=product.name)
            wrong = frame.format(price=f"{price.normalize():f}", name=product.name)
            yield Planted(product, true, wrong, f"价格 {price}")
