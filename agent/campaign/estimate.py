"""What a plan will cost and where it will stumble, before anything is spent: counted on really rendered prompts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from agent.campaign.plan_file import CampaignPlan
from agent.campaign.unique import jaccard, shingles
from agent.campaign.units import Unit
from agent.context import Context
from agent.fit import fit
from agent.ids import new_id
from agent.model import Prompt
from agent.models.prices import cost_of
from agent.render import render
from agent.write import Tools
from knowledge_base.records import Persona, Product

ANSWER_TOKENS = {
    "article": (1_200, 3_500),
    "ad": (60, 250),
    "post": (80, 350),
    "service": (80, 400),
    "comment": (50, 200),
}
"""Likely range of an answer's tokens by form, JSON around the copy included: 90 % of what models write."""
RETRY_SHARE = (1.0, 1.6)
"""Calls a draft needs, from all right at once to every second one sent back once."""
ALIKE_PERSONAS = 0.6
"""Jaccard of two persona cards' pieces from which their copy would hardly differ."""
SAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    units: int
    prompts: int
    """Distinct prompts, seeds and variant numbers apart."""
    calls: tuple[int, int]
    tokens: tuple[int, int]
    cost: tuple[Decimal, Decimal] | None
    """Yuan; None when the model has no price."""
    problems: tuple[str, ...]
    """Chinese, one line each: what to mend before spending."""
    samples: tuple[tuple[Unit, Prompt], ...]


async def estimate(
    plan: CampaignPlan,
    units: Iterable[Unit],
    tools: Tools,
    prices: tuple[Decimal | None, Decimal | None],
) -> Estimate:
    """Renders each distinct prompt once and counts. `tools.contexts` is asked once a distinct prompt."""
    alike: Counter[Unit] = Counter(replace(unit, variant=0, seed=0, turn=0, recipient="") for unit in units)
    low = high = asked_low = asked_high = written_low = written_high = 0
    samples: list[tuple[Unit, Prompt]] = []
    problems: dict[str, None] = {}
    personas: dict[str, Persona] = {}
    for unit, count in alike.items():
        brief = unit.brief()
        context = await tools.contexts(brief, new_id("d"))
        prompt = render(
            unit.template or None,
            brief,
            fit(context, tools.budget, tools.counter),
            workspace=tools.workspace,
            count=tools.counter,
        )
        if len(samples) < SAMPLES:
            samples.append((unit, prompt))
        problems |= dict.fromkeys(_problems(unit, context))
        if context.persona is not None:
            personas[context.persona.id] = context.persona
        least, most = count * plan.best_of, int(count * plan.best_of * RETRY_SHARE[1] + 0.5)
        short, long = ANSWER_TOKENS[unit.form]
        low, high = low + least, high + most
        asked_low, asked_high = asked_low + least * prompt.tokens, asked_high + most * prompt.tokens
        written_low, written_high = written_low + least * short, written_high + most * long
    cheapest, dearest = cost_of(asked_low, written_low, *prices), cost_of(asked_high, written_high, *prices)
    return Estimate(
        units=alike.total(),
        prompts=len(alike),
        calls=(low, high),
        tokens=(asked_low + written_low, asked_high + written_high),
        cost=None if cheapest is None or dearest is None else (cheapest, dearest),
        problems=(*problems, *_alike(tuple(personas.values()))),
        samples=tuple(samples),
    )


def _problems(unit: Unit, context: Context) -> Iterable[str]:
    day = date.fromisoformat(unit.day)
    for product in context.products:
        yield from _product_problems(product, day)
    if context.persona is not None and not (context.persona.needs or context.persona.pains):
        yield f"人设 {context.persona.id} 没有写需求和痛点，写出来会像给所有人看的"
    coupon = context.coupon
    if coupon is not None:
        if coupon.end is not None and coupon.end < day:
            yield f"优惠券 {coupon.id} 在 {coupon.end} 结束，早于发布日 {day}"
        if coupon.start is not None and coupon.start > day:
            yield f"优惠券 {coupon.id} 到 {coupon.start} 才开始，晚于发布日 {day}"
        if coupon.stock == 0:
            yield f"优惠券 {coupon.id} 已经发完"
        if coupon.segments and unit.persona and unit.persona not in coupon.segments:
            yield f"优惠券 {coupon.id} 不给人设 {unit.persona}"


def _product_problems(product: Product, day: date) -> Iterable[str]:
    if product.price is None:
        yield f"商品 {product.id} 没有价格"
    if not product.selling_points:
        yield f"商品 {product.id} 没有卖点，只能写空话"
    for offer in product.promotions:
        if offer.end is not None and offer.end < day:
            yield f"商品 {product.id} 的优惠「{offer.name}」在 {offer.end} 结束，早于发布日 {day}"


def _alike(personas: tuple[Persona, ...]) -> Iterable[str]:
    cards = [(one.id, shingles("".join((*one.needs, *one.pains, *one.scenes)))) for one in personas]
    for i, (first, a) in enumerate(cards):
        for second, b in cards[i + 1 :]:
            if a and b and jaccard(a, b) >= ALIKE_PERSONAS:
                yield f"人设 {first} 和 {second} 几乎一样，两边会收到差不多的文案"
