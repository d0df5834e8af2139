"""Who pays what in a campaign: the same product at different prices for different people, seen over all personas.

Personas differ in price only by a coupon that some of them may not have: product prices and promotions are everyone's.
Prices that a recipients' file brings along are looked at in recipients_prices.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from agent.campaign.plan_file import CampaignPlan
from agent.campaign.units import Cast
from agent.checks.compliance.price_discrimination import Offer, price_discrimination
from agent.finding import Finding
from knowledge_base.base import KnowledgeBase
from knowledge_base.records import Coupon, Persona, Product

COUPON = re.compile("(?:优惠|代金|抵用|现金|折扣)?券")
Unequal = Mapping[tuple[str, str], Finding]
"""(product id, persona id) -> why this persona may not be asked this price."""


def unequal_prices(plan: CampaignPlan, cast: Cast, kb: KnowledgeBase, today: date) -> Unequal:
    """Every persona of a plan that would pay more than another without a public condition."""
    coupon = kb.get(cast.coupon) if cast.coupon else None
    if not isinstance(coupon, Coupon) or not coupon.segments:
        return {}
    days = plan.dates or (today,)
    found: dict[tuple[str, str], Finding] = {}
    for product in cast.products:
        personas = [one for one in cast.personas if cast.goes(product, one.id)]
        for day in days:
            found = dict(_unequal(product, personas, coupon, day)) | found
    return found


def _unequal(
    product: Product, personas: Sequence[Persona], coupon: Coupon, day: date
) -> Iterable[tuple[tuple[str, str], Finding]]:
    usual = price_on(product, day)
    if usual is None:
        return
    offers = [_offer(product, persona, coupon, usual, day) for persona in personas]
    ids = {persona.name: persona.id for persona in personas}
    for finding in price_discrimination(offers):
        yield (product.id, ids[finding.text]), finding


def _offer(product: Product, persona: Persona, coupon: Coupon, usual: Decimal, day: date) -> Offer:
    name, who = product.name, persona.name
    if not has_coupon(coupon, product, persona, usual, day):
        return Offer(product=name, persona=who, price=usual)
    return Offer(product=name, persona=who, price=max(Decimal(0), usual - coupon.amount), terms=_terms(coupon))


def _terms(coupon: Coupon) -> str:
    """What the coupon's name says of who may have it. That it is a coupon is no condition: we choose who gets it."""
    return COUPON.sub("", coupon.name)


def has_coupon(coupon: Coupon, product: Product, persona: Persona, price: Decimal, day: date) -> bool:
    """Whether this person may use the coupon on this product that day."""
    return (
        (not coupon.segments or persona.id in coupon.segments)
        and (not coupon.products or product.id in coupon.products)
        and price >= coupon.threshold
        and (coupon.start is None or coupon.start <= day)
        and (coupon.end is None or day <= coupon.end)
        and coupon.stock != 0
    )


def price_on(product: Product, day: date) -> Decimal | None:
    """The lowest price that everyone pays that day, yuan."""
    lowered = [
        offer.price
        for offer in product.promotions
        if offer.price is not None
        and (offer.start is None or offer.start <= day)
        and (offer.end is None or day <= offer.end)
    ]
    return min((price for price in (product.price, *lowered) if price is not None), default=None)
