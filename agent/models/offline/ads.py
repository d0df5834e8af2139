"""Moments ads: a pool of short texts for one product and persona, far enough apart that ten seeds give ten ads."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from agent.models.offline.choose import RELATED, Angle, Hook, Pair, hooks, leanings, matched_doubts, pairs, ware
from agent.models.offline.facts import Fact, mark
from agent.models.offline.guard import echoes
from agent.models.offline.job import Job
from agent.models.offline.lines import shorten
from agent.models.offline.patterns import Patterns
from agent.models.offline.pool import ENOUGH, Candidate, unlike
from agent.models.offline.similar import bare
from agent.models.offline.slots import hook_slots, offer_slots, slots_for

AD_LIMIT = 40
"""字 of a regular Moments ad when the spec block names no limit (Tencent ads template 310)."""
PLENTY = 130
"""So many candidates leave room to choose; more only cost time."""
_NO_FACT = Fact("", "", "point")
_TEMPLATES: dict[Angle, str] = {"场景": "scene", "痛点": "pain", "利益": "benefit", "证据": "proof", "优惠": "offer"}
_MANNERS = {
    "polite": {"口语": -0.3, "半句": -0.25, "事实": 0.08},
    "terse": {"口语": -0.1, "半句": 0.12, "事实": 0.06},
    "warm": {"口语": 0.12, "半句": -0.05},
}


@dataclass(frozen=True, slots=True)
class Order:
    """One rendering of one template: which hook and fact, and what else its slots hold."""

    template: str
    angle: Angle
    lean: float
    pair: Pair
    more: dict[str, str] = field(default_factory=dict)


def ad_pool(job: Job, patterns: Patterns) -> list[Candidate]:
    """Texts for this job, best first, mutually unlike; empty only when nothing at all fits the limit."""
    if not job.goods:
        return unlike(_brand_texts(job, patterns), job.past)
    found: list[Candidate] = []
    plenty = PLENTY
    for order in _orders(job):
        found += _texts(job, patterns, order)
        if len(found) >= plenty:
            if len(pool := unlike(found, job.past, loosen=False)) >= ENOUGH:
                return pool
            plenty *= 2
    if not found or (len(found) < ENOUGH and job.angle is None):
        found += [text for order in _plain_orders(job) for text in _texts(job, patterns, order)]
    return unlike(found, job.past)


def _orders(job: Job) -> Iterator[Order]:
    """Orders of every angle that suits, best first within an angle, the angles taking turns."""
    if not job.reader:
        yield from _plain_orders(job)
        return
    lean = leanings(job.reader, job.goods, job.offer is not None)
    if job.angle in lean and job.angle is not None:
        # An angle that was asked for is kept to, even where that leaves less to choose from.
        yield from _angle_orders(job, job.angle, lean[job.angle])
        return
    lists = [_angle_orders(job, angle, lean[angle]) for angle in sorted(lean, key=lambda angle: -lean[angle])]
    lists.append(_loose_orders(job))
    for row in zip_longest(*lists):
        yield from (order for order in row if order is not None)


def _angle_orders(job: Job, angle: Angle, lean: float) -> list[Order]:
    if angle == "证据":
        return _proof_orders(job, lean)
    reader, goods = job.reader, job.goods
    kind = {"场景": "scene", "痛点": "pain", "利益": "need", "优惠": "scene"}[angle]
    ranked = hooks(reader, goods, kind)
    chosen = _relevant(ranked, keep=4 if kind == "scene" else 1)
    more = offer_slots(job) if angle == "优惠" else {}
    every = pairs(chosen, _facts(job), ware(goods), per_hook=3)
    found = [
        Order(f"moments/ad/{_TEMPLATES[angle]}", angle, lean, pair, more)
        for pair in every
        # A trouble or a wish that no fact answers is better left unsaid.
        if pair.met or kind == "scene"
    ]
    if not found and job.angle == angle:
        # Asked for by name: the persona's line stands beside the product, and nothing claims that one mends the other.
        found = [Order(f"moments/ad/{_TEMPLATES[angle]}", angle, lean, pair, more) for pair in every]
    return sorted(found, key=lambda order: -order.pair.worth)


def _relevant(ranked: Iterable[Hook], keep: int) -> list[Hook]:
    """Hooks that concern the product; at least the best `keep`, so that the persona is always heard."""
    return [hook for i, hook in enumerate(ranked) if i < keep or hook.worth >= RELATED][:4]


def _facts(job: Job) -> tuple[Fact, ...]:
    """Selling points; where a card has hardly any, short specs as well."""
    goods = job.goods
    if len(goods.points) >= 3:
        return goods.points
    return (*goods.points, *(fact for fact in goods.specs if 4 <= len(fact.text) <= 14 and "号" not in fact.text))


def _proof_orders(job: Job, lean: float) -> list[Order]:
    """Doubts with honest answers, and facts that a report shows."""
    reader, goods = job.reader, job.goods
    limit = job.spec.number("字数上限") or AD_LIMIT
    proved = [fact for fact in goods.points if fact.citable]
    found = []
    for doubt, answer in matched_doubts(reader, goods):
        short = shorten(answer.answer, max(limit - len(doubt) - 6, 6))
        more = {"q": doubt, "a": mark(short, answer.id) if short else "", "h": "", "h1": ""}
        pair = Pair(Hook(doubt, "pain", 2.0), Fact(short or answer.answer, answer.id, "answer"), 2.0, True)
        found.append(Order("moments/ad/proof", "证据", lean, pair, more))
    chosen = [*_relevant(hooks(reader, goods, "pain"), 1)[:2], *_relevant(hooks(reader, goods, "scene"), 1)[:2]]
    for pair in pairs(chosen, proved, ware(goods), per_hook=2):
        shown = pair if pair.met else Pair(Hook("", "use", 1.0), pair.fact, pair.worth, False)
        found.append(Order("moments/ad/proof", "证据", lean, shown, {"fp": pair.fact.marked(), "p": pair.fact.proof}))
    return found


def _loose_orders(job: Job) -> list[Order]:
    """For a persona whose life hardly meets the product: through the product's own moments."""
    scenes = hooks(job.reader, job.goods, "scene")[:3]
    met = bool(scenes) and scenes[0].worth >= RELATED
    uses = [use for use in hooks(job.reader, job.goods, "use")[:3] if use.worth >= 2 * RELATED]
    lean = 0.35 if met else 0.8
    found = []
    for start in uses or scenes:
        for pair in pairs([start], _facts(job), ware(job.goods), per_hook=2):
            use = start.text if start.kind == "use" else ""
            for hook in scenes or (start,):
                loose = Pair(hook, pair.fact, pair.worth, False)
                found.append(Order("moments/ad/loose", "场景", lean, loose, {"use": use}))
    return found


def _plain_orders(job: Job) -> list[Order]:
    """Copy to everyone: the product's own moments, facts and doubts."""
    goods = job.goods
    limit = job.spec.number("字数上限") or AD_LIMIT
    facts = _facts(job) or (Fact("", goods.id, "point"),)
    uses = goods.uses or ("",)
    doubts = [
        (a.question, mark(short, a.id))
        for a in goods.answers
        if (short := shorten(a.answer, limit - len(a.question) - 6))
    ] or [("", "")]
    found = []
    for i, fact in enumerate(facts[:8]):
        use, doubt, other = uses[i % len(uses)], doubts[i % len(doubts)], facts[(i + 1) % len(facts)]
        more = offer_slots(job) | {"use": use, "use1": use if "，" not in use else "", "q": doubt[0], "a": doubt[1]}
        more |= {"fp": fact.marked() if fact.citable else "", "p": fact.proof}
        more |= {"g": other.marked() if other is not fact else ""}
        pair = Pair(Hook(use, "use", 1.0), fact, 1.0 - 0.05 * i, True)
        found.append(Order("moments/ad/plain", "场景" if use else "利益", 0.4, pair, more))
    return found


def _brand_texts(job: Job, patterns: Patterns) -> list[Candidate]:
    brand = mark(job.voice.name, job.voice.id) if job.voice.name else "我们"
    found: list[Candidate] = []
    for line in (*job.reader.scenes, *job.reader.pains) or ("",):
        more = hook_slots(line) | {"brand": brand, "you": job.voice.you}
        pair = Pair(Hook(line, "scene", 1.0), _NO_FACT, 1.0, False)
        found += _texts(job, patterns, Order("moments/ad/brand", "场景", 0.5, pair, more))
    return found


def _texts(job: Job, patterns: Patterns, order: Order) -> list[Candidate]:
    """Every variant of an order's template that may stand, with its worth.

    Angle and match decide, the persona's manner of speaking tips. A little chance, fixed by the words, keeps one
    pattern from winning everywhere.
    """
    limit = job.spec.number("字数上限") or AD_LIMIT
    manner = _MANNERS.get(job.reader.manner, {})
    base = order.lean + 0.25 * min(order.pair.worth, 4.0)
    slots = slots_for(job, order.pair, limit, patterns) | order.more
    found = []
    for variant in patterns.variants(order.template, slots):
        plain = bare(variant.text)
        if len(plain) > limit or not job.guard.lets_pass(plain):
            continue
        chance = zlib.crc32(plain.encode()) % 997 / 997
        worth = base + manner.get(variant.group, 0.0) + 0.22 * chance - 0.12 * echoes(plain)
        found.append(Candidate(variant.text, order.angle, variant.group, worth, plain))
    return found
