"""Prices that a recipients' file brings along: the same product offered at different prices to different people.

Looked at are the columns that reach the copy and speak of a price, a reduction or a discount, by their headings.
What makes a difference lawful is a condition that is public and comes with it: in the cell itself (满199减50), in its
heading where only some have the offer (新客立减), or in another column that the copy shows (券名: 首单券). A condition
that both sides share explains nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from agent.campaign.plan_file import CampaignPlan, Recipients
from agent.campaign.prices import COUPON, Unequal, price_on
from agent.campaign.recipients import Recipient, read_recipients
from agent.campaign.recipients_units import resolver
from agent.campaign.units import Cast
from agent.checks.compliance.price_discrimination import Offer, price_discrimination
from agent.finding import Finding
from knowledge_base.base import KnowledgeBase
from knowledge_base.records import Persona
from knowledge_base.workspace import Workspace

Kind = Literal["price", "off", "rate"]
Terms = tuple[str, ...]
"""Conditions of one offer, as its reader sees them."""
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("rate", re.compile("折扣?|(?i:discount_?rate)")),
    ("off", re.compile("面额|面值|券额|券金额|立减|减免|抵扣|抵用|红包|返现|补贴|优惠金?额|(?i:amount|discount)")),
    ("price", re.compile("价格?|(?i:price)")),
)
_NO_OFFER = re.compile(
    "码|编号|链接|名称|说明|评价|价值|价位|敏感|客单|均价|原价|划线|市场价|消费|累计|历史|上次|最近|余额|积分|订单|次数"
    "|(?i:code|url|link|history|total|last|avg)"
)
"""Headings that speak of money or coupons and offer nothing: codes, and what somebody spent before."""
_CONDITION = re.compile("条件|门槛|规则|资格|券名|券种|券类|优惠名|活动|说明|权益|等级|档|(?i:terms|condition|tier)")
_EMPTY_WORDS = re.compile("专享|专属|到手|最终|优惠|个人|你的|您的|本次")
_THRESHOLD = re.compile(r"(满\s*\d+(?:\.\d+)?\s*元?)\s*[,，]?\s*(?:立?减|省|抵)\s*(\d+(?:\.\d+)?)\s*元?")
_NUMBER = re.compile(r"(?<![满第前\d.])\d+(?:\.\d+)?(?![\d.]*\s*(?:件|月|日|号|岁|人))")
_UNITS = re.compile("立减|RMB|CNY|[¥元块折减省抵%-]", re.IGNORECASE)
MOST_TERMS = 50
"""Different conditions of one column; of more, hardly anybody shares one, and they are no conditions."""
MOST_KEPT = 20_000
"""Different rows remembered, so that those who are offered the same are looked at once."""
ROUND = Decimal(100)
"""Stands for a price that is unknown: reductions can be compared all the same."""


@dataclass(slots=True)
class _Seen:
    """One product in one column: who is asked how much, by condition."""

    offers: dict[Terms, dict[str, tuple[Decimal, Decimal]]] = field(default_factory=dict)
    """Condition -> persona -> (least, most) to pay, yuan."""

    def add(self, terms: Terms, persona: str, price: Decimal) -> None:
        same = self.offers.setdefault(terms if terms in self.offers or len(self.offers) < MOST_TERMS else (), {})
        least, most = same.get(persona, (price, price))
        same[persona] = min(least, price), max(most, price)


def unequal_recipients(plan: CampaignPlan, cast: Cast, kb: KnowledgeBase, workspace: Workspace, today: date) -> Unequal:
    """Every (product id, persona id) of which some recipients would pay more than others without a public condition.

    Reads the file once, and only where it has such columns. Raises BadInputError when it cannot be read.
    """
    said = plan.recipients
    columns = price_columns(said, one_to_one=plan.one_to_one) if said is not None else {}
    if said is None or not columns:
        return {}
    shown = [slot for slot, column in said.slots.items() if slot not in columns and _CONDITION.search(slot + column)]
    day = min(plan.dates, default=today)
    usual = {product.id: price_on(product, day) for product in cast.products}
    seen: dict[tuple[str, str], _Seen] = {}
    met: set[tuple[str, ...]] = set()
    for one in read_recipients(plan, workspace, resolver(cast, kb)):
        if not isinstance(one, Recipient):
            continue
        cells = dict(one.attributes) | dict(one.values)
        like = (one.persona, one.product, *(cells.get(name, "") for name in (*columns, *shown)))
        if like in met:
            continue
        if len(met) < MOST_KEPT:
            met.add(like)
        for column, heading in columns.items():
            kind, amount, own = read_cell(cells.get(column, ""), heading)
            # A condition counts only for those who have the offer at all.
            said_so = [*(COUPON.sub("", cells[slot]) for slot in shown), own, _condition(column)]
            terms = tuple(dict.fromkeys(text for text in said_so if text)) if amount is not None else ()
            for product in _products(one, cast):
                if (price := _to_pay(kind, amount, usual.get(product))) is not None:
                    seen.setdefault((product, column), _Seen()).add(terms, one.persona, price)
    labels = {one.id: one.name for one in cast.products}
    found: dict[tuple[str, str], Finding] = {}
    for (product, column), row in seen.items():
        for persona, finding in _judged(labels.get(product, product), row, kb):
            message = f"收件人文件的「{column}」一列：{finding.message}"
            found.setdefault((product, persona), replace(finding, message=message))
    return found


def price_columns(said: Recipients, *, one_to_one: bool) -> Mapping[str, Kind]:
    """Slots, and attributes that a one-to-one writer is told, by which an offer comes into the copy."""
    headings = {name: name for name in said.attributes if one_to_one}
    headings |= {slot: f"{slot} {column}" for slot, column in said.slots.items()}
    return {
        name: kind
        for name, heading in headings.items()
        if not _NO_OFFER.search(heading)
        and (kind := next((kind for kind, pattern in _KINDS if pattern.search(heading)), None))
    }


def read_cell(text: str, kind: Kind) -> tuple[Kind, Decimal | None, str]:
    """(kind of offer, its number as it stands there, its condition) of a cell under a heading of that kind.

    20元, 8.5折, 满199减50 and 首单9.9元 are offers of their own kind. None: the cell offers nothing.
    """
    text = re.sub(r"(?<=\d),(?=\d{3})", "", unicodedata.normalize("NFKC", text))
    if match := _THRESHOLD.search(text):
        return "off", Decimal(match[2]), _condition(text[: match.start()] + match[1] + text[match.end() :])
    match = _NUMBER.search(text)
    if match is None:
        return kind, None, ""
    kind = "rate" if text[match.end() :].lstrip().startswith("折") else kind
    amount = Decimal(match[0])
    nothing = not amount and kind != "price"
    return kind, None if nothing else amount, _condition(text[: match.start()] + text[match.end() :])


def _condition(text: str) -> str:
    """What a cell or heading says of who may have the offer, without the offer itself.

    That it is a coupon is no condition: we choose who gets it.
    """
    for pattern in (*(pattern for _, pattern in _KINDS), COUPON, _UNITS, _EMPTY_WORDS):
        text = pattern.sub("", text)
    return text.strip(" ,，。()（）:：")


def _products(one: Recipient, cast: Cast) -> Iterator[str]:
    if one.product:
        yield one.product
        return
    yield from (product.id for product in cast.products if cast.goes(product, one.persona))


def _to_pay(kind: Kind, amount: Decimal | None, usual: Decimal | None) -> Decimal | None:
    """Yuan; None where it cannot be told. Without an offer people pay what everyone does."""
    if kind == "price":
        return usual if amount is None else amount
    base = ROUND if usual is None else usual
    if amount is None:
        return base
    if kind == "off":
        return max(Decimal(0), base - amount)
    share = amount if amount <= 1 else amount / 10 if amount <= 10 else amount / 100
    return (base * min(share, Decimal(1))).quantize(Decimal("0.01"))


def _judged(product: str, row: _Seen, kb: KnowledgeBase) -> Iterator[tuple[str, Finding]]:
    """(persona id, why it may not be) of one product in one column."""
    cheapest = [(*min((least, id) for id, (least, _) in same.items()), terms) for terms, same in row.offers.items()]
    cheapest.sort(key=lambda one: one[0])
    for terms, same in row.offers.items():
        for persona, (_, most) in same.items():
            dear = Offer(product=product, persona=_name(persona, kb), price=most, terms="，".join(terms))
            for price, id, others in cheapest:
                if price >= most:
                    break
                own = "，".join(text for text in others if text not in terms)
                name = f"{_name(id, kb)}里的另一些人" if id == persona else _name(id, kb)
                if finding := price_discrimination(
                    [dear, Offer(product=product, persona=name, price=price, terms=own)]
                ):
                    yield persona, finding[0]
                    break


def _name(persona: str, kb: KnowledgeBase) -> str:
    found = kb.get(persona) if persona else None
    return found.name if isinstance(found, Persona) else persona or "收件人"
