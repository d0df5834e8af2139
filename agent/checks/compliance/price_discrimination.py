"""The same product at different prices for different people (大数据杀熟), seen across the offers of one campaign.

One text cannot show it; a campaign that addresses several personas can. A different price is lawful when a condition
that is public and open to everyone gives it (first order, student card, second piece, before a date); it is not when
it follows from what is known about the person (E-Commerce Law Art. 18, Personal Information Protection Law Art. 24).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from agent.finding import Finding, Severity, Status

RULE_ID = "price_promotion.price_discrimination"
LAW = "《中华人民共和国电子商务法》第十八条、《中华人民共和国个人信息保护法》第二十四条"
_PERSONAL = re.compile(
    "消费(?:记录|能力|水平|习惯|金额)|浏览|画像|标签|购买力|收入|支付习惯|活跃度|手机|机型|苹果|安卓|头像|朋友圈|定位|住址"
    "|看人|老(?:客户?|会员|用户|顾客)(?!.{0,6}(?:凭|满))|熟客|忠诚度|复购|流失|敏感"
)
"""A condition about what is known of the person, not one that a person can choose to meet."""
_PUBLIC = re.compile(
    "首单|首次|新客|新会员|新用户|学生|教师|军人|医护|老人|老年|长者|\\d+岁|凭|证|会员(?:卡|日|价)?|满\\d|第[二三]件|\\d+件|拼团|成团|团购"
    "|套餐|早鸟|前\\d+|\\d+月\\d+|截至|截止|自提|到店|门店|堂食|预订|预售|生日|人人|所有人|任何人|公开|领券|优惠券|券"
)
"""A condition that is published and open to whoever meets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one persona is asked to pay for one product."""

    product: str
    """Name or id; offers of the same one are compared."""
    persona: str
    price: Decimal
    """Yuan for the same quantity."""
    terms: str = ""
    """The condition under which this price holds, as the public reads it; empty when nothing is stated."""


def price_discrimination(offers: Iterable[Offer]) -> tuple[Finding, ...]:
    """One finding for each product and persona that pays more than another without a public condition, in order."""
    by_product: dict[str, list[Offer]] = {}
    for offer in offers:
        by_product.setdefault(offer.product, []).append(offer)
    found = (_judge(dear, _lowest(dear, same)) for same in by_product.values() for dear in same)
    return tuple(finding for finding in found if finding)


def _lowest(dear: Offer, same: list[Offer]) -> Offer | None:
    """The cheapest offer of somebody else that is cheaper; of equal ones the one with the least public condition."""
    cheaper = [offer for offer in same if offer.persona != dear.persona and offer.price < dear.price]
    return min(cheaper, key=lambda offer: (_is_public(offer.terms), offer.price), default=None)


def _judge(dear: Offer, cheap: Offer | None) -> Finding | None:
    if cheap is None or _is_public(cheap.terms):
        return None
    personal = _PERSONAL.search(cheap.terms) or _PERSONAL.search(dear.terms)
    if cheap.terms and not personal:
        severity: Severity = "warn"
        status: Status = "needs_evidence"
        why = f"低价的条件“{cheap.terms}”看不出谁都能达到"
    else:
        severity, status = "block", "violation"
        why = f"按“{personal.group()}”定价" if personal else "没有写公开的资格规则"
    return Finding(
        check="compliance",
        rule_id=RULE_ID,
        severity=severity,
        status=status,
        message=(
            f"“{dear.product}”对“{dear.persona}”是 {_yuan(dear.price)} 元，"
            f"对“{cheap.persona}”是 {_yuan(cheap.price)} 元，{why}，"
            "属于对不同的人不同价。改成同一个价，或者写明人人都能达到的条件（如首单、凭学生证、满几件）。"
        ),
        law=LAW,
        text=dear.persona,
        evidence_ids=(dear.product,),
    )


def _is_public(terms: str) -> bool:
    return bool(_PUBLIC.search(terms)) and not _PERSONAL.search(terms)


def _yuan(price: Decimal) -> str:
    return f"{price.normalize():f}"
