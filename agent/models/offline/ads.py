"""Moments ads: a pool of short texts for one product and persona, far enough apart that ten seeds give ten ads."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest

from agent.models.offline.choose import (
    Angle,
    Hook,
    HookKind,
    Pair,
    answers_for,
    apt,
    hooks,
    leanings,
    matched_doubts,
    pairs,
    ware,
)
from agent.models.offline.facts import Answer, Fact, mark
from agent.models.offline.guard import echoes
from agent.models.offline.job import Job
from agent.models.offline.lines import shorten
from agent.models.offline.occasions import lives
from agent.models.offline.patterns import Patterns
from agent.models.offline.people import Reader
from agent.models.offline.pool import ENOUGH, POOL, WIDE, Candidate, unlike
from agent.models.offline.similar import bare
from agent.models.offline.slots import hook_shapes, offer_slots, slots_for

AD_LIMIT = 40
"""字 of a regular Moments ad when the spec block names no limit (Tencent ads template 310)."""
ORDERS = 12
"""So many hooks and facts leave room to choose; more only cost time."""
VARIANTS = 4
"""Ways of saying one hook and fact that enter the choice."""
MORE = 9
"""Orders added when the first give too few texts that are unlike each other."""
FEW = 8
"""Below so many the product's own moments join."""
_NO_FACT = Fact("", "", "point")
_NO_HOOK = Hook("", "use", 0.5)
_TEMPLATES: dict[Angle, str] = {"场景": "scene", "痛点": "pain", "利益": "benefit", "证据": "proof", "优惠": "offer"}
# Honest, and for a page that has room to explain; not what a stranger reads first.
_SOUR = re.compile(
    r"^(?:不|会|头|夏天|有一点|偏|进了)|不能|不行|不建议|洗不掉|漏水|坏|质保|请不要|医生|过敏|看着它?吃|堵|[重累洇]|晕开|铜味|倒的时候|冲水时|三岁"
)
_MANNERS = {
    "polite": {"口语": -0.25, "半句": -0.2, "事实": 0.08, "钟点": -0.3},
    "terse": {"口语": -0.1, "半句": 0.12, "事实": 0.06, "钟点": -0.1},
    "warm": {"口语": 0.12, "半句": -0.05, "钟点": -0.2},
}

_PLAIN = {"钟点": -0.2}


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
        return unlike(_brand_texts(job, patterns), job.guard.lets_pass, job.past)
    found: list[Candidate] = []
    for order in islice(_orders(job), ORDERS):
        found += _texts(job, patterns, order)
    pool = unlike(found, job.guard.lets_pass, job.past, loosen=False)
    if len(pool) >= ENOUGH and not job.wide:
        return pool
    others = _plain_orders(job, job.angle, anyone=True)
    for order in others[:MORE]:
        found += _texts(job, patterns, order)
    pool = unlike(found, job.guard.lets_pass, job.past, loosen=False)
    if len(pool) >= ENOUGH and not job.wide:
        return pool
    # A tight format or a thin card: everything that can be said is wanted.
    found += [text for order in (*_orders(job), *others) for text in _texts(job, patterns, order, variants=None)]
    if not any(job.guard.lets_pass(text.plain) for text in found):
        bare_order = Order(
            "moments/ad/bare", job.angle or "场景", 0.0, Pair(Hook("", "use", 0.0), _NO_FACT, 0.0, False)
        )
        found = _texts(job, patterns, bare_order)
    return unlike(found, job.guard.lets_pass, job.past, most=WIDE if job.wide else POOL)


def _orders(job: Job) -> Iterator[Order]:
    """Orders of every angle that suits, best first within an angle, the angles taking turns."""
    if not job.reader:
        yield from _plain_orders(job, job.angle)
        return
    lean = leanings(job.reader, job.goods, job.offer is not None)
    if job.angle is not None:
        # An angle that was asked for is kept to, even where that leaves less to choose from.
        yield from _angle_orders(job, job.angle, lean.get(job.angle, 0.4))
        return
    lists = [_angle_orders(job, angle, lean[angle]) for angle in sorted(lean, key=lambda angle: -lean[angle])]
    if sum(map(len, lists)) < FEW:
        # The persona's life hardly meets the product: its own moments say more than forced ones.
        lists.append(_plain_orders(job, None))
    for row in zip_longest(*lists):
        yield from (order for order in row if order is not None)


_HOOKS: dict[Angle, HookKind] = {"场景": "scene", "痛点": "pain", "利益": "need", "优惠": "scene"}


def _angle_orders(job: Job, angle: Angle, lean: float) -> list[Order]:
    reader, goods = job.reader, job.goods
    if angle == "证据":
        return _proof_orders(job, lean)
    if angle == "优惠" and job.offer is None:
        return []
    kind = _HOOKS[angle]
    chosen = hooks(reader, goods, kind)[:4]
    more = offer_slots(job) if angle == "优惠" else {}
    every = pairs(chosen, facts_for(job), ware(goods), per_hook=3)
    # A trouble or a wish that no fact answers is better left unsaid.
    fit = [pair for pair in every if pair.met or kind == "scene"]
    found = [Order(f"moments/ad/{_TEMPLATES[angle]}", angle, lean, pair, more) for pair in fit]
    if angle == "优惠":
        found += [
            Order("moments/ad/offer", angle, lean, Pair(_NO_HOOK, fact, 0.6, False), more) for fact in facts_for(job)
        ]
    return sorted(found, key=lambda order: -order.pair.worth)


def facts_for(job: Job) -> tuple[Fact, ...]:
    """Selling points; where a card has hardly any, short specs as well."""
    reader, goods = job.reader, job.goods
    # 塞得进笔袋 means nothing to those who carry none.
    points = tuple(fact for fact in goods.points if not reader or not lives(fact.text) - reader.lives)
    if len(points) >= 3:
        return points
    return (*goods.points, *(fact for fact in goods.specs if 4 <= len(fact.text) <= 14 and "号" not in fact.text))


def _proof_orders(job: Job, lean: float) -> list[Order]:
    """Doubts with honest answers, and facts that a report shows."""
    reader, goods = job.reader, job.goods
    proved = [fact for fact in goods.points if fact.citable]
    found = [
        _answer_order(job, doubt, answer, lean, 2.0)
        for doubt, answer in matched_doubts(reader, goods)
        if not _SOUR.search(answer.answer)
    ]
    chosen = [*hooks(reader, goods, "pain")[:2], *hooks(reader, goods, "scene")[:2]]
    met = [pair for pair in pairs(chosen, proved, ware(goods), per_hook=2) if pair.met]
    for pair in met or [Pair(_NO_HOOK, fact, 0.8, False) for fact in proved]:
        found.append(Order("moments/ad/proof", "证据", lean, pair))
    if len(found) < ENOUGH // 2:
        found += [
            _answer_order(job, a.question, a, lean, 0.8)
            for a in answers_for(reader, goods)
            if not _SOUR.search(a.answer)
        ]
    return found


def _answer_order(job: Job, question: str, answer: Answer, lean: float, worth: float) -> Order:
    limit = job.spec.number("字数上限") or AD_LIMIT
    short = shorten(answer.answer, max(limit - len(question) - 3, 6))
    told = mark(short, answer.id) if short else ""
    # Only a reader's own doubt may stand without the name of the goods.
    more = {"ask": question, "q": question if question in job.reader.doubts else "", "a": told, "h": "", "fp": ""}
    pair = Pair(Hook(question, "pain", worth), Fact(short or answer.answer, answer.id, "answer"), worth, True)
    return Order("moments/ad/proof", "证据", lean, pair, more)


def _plain_orders(job: Job, angle: Angle | None, *, anyone: bool = False) -> list[Order]:
    """Copy to everyone: the product's own moments that suit the reader, facts and doubts. `anyone`: also moments of
    other walks of life, where the card tells of none."""
    reader, goods = job.reader, job.goods
    facts = facts_for(job) or (Fact("", goods.id, "point"),)
    uses = hooks(Reader() if anyone and not reader.lives else reader, goods, "use") or (_NO_HOOK,)
    found = []
    for pair in pairs(uses[:3], facts[:6], ware(goods), per_hook=2):
        found.append(Order("moments/ad/plain", "场景", 0.5, pair))
    for i, fact in enumerate(facts[:5]):
        pair = Pair(_NO_HOOK, fact, 1.0 - 0.06 * i, False, apt(fact, ware(goods)))
        found.append(Order("moments/ad/plain", "利益", 0.4, pair))
    answers = [a for a in answers_for(reader, goods) if a.printable and not _SOUR.search(a.answer)]
    found += [_answer_order(job, a.question, a, 0.4, 0.7) for a in answers[:2]]
    if job.offer and angle in (None, "优惠"):
        for fact in facts[:2]:
            found.append(Order("moments/ad/offer", "优惠", 0.2, Pair(_NO_HOOK, fact, 0.5, False), offer_slots(job)))
    if angle is None:
        return found
    # Asked for one angle: its own texts lead, and what else there is follows under its name.
    own = "场景" if angle == "痛点" else angle
    last = -1.0 if anyone else 0.0
    return [replace(o, angle=angle, lean=o.lean + last + (o.angle == own)) for o in found]


def _brand_texts(job: Job, patterns: Patterns) -> list[Candidate]:
    brand = mark(job.voice.name, job.voice.id) if job.voice.name else "我们"
    found: list[Candidate] = []
    for line in (*job.reader.scenes, *job.reader.pains) or ("",):
        more = hook_shapes(line) | {"brand": brand, "you": job.voice.you}
        pair = Pair(Hook(line, "scene", 1.0), _NO_FACT, 1.0, False)
        found += _texts(job, patterns, Order("moments/ad/brand", "场景", 0.5, pair, more))
    return found


def _texts(job: Job, patterns: Patterns, order: Order, variants: int | None = VARIANTS) -> list[Candidate]:
    """Every variant of an order's template that may stand, with its worth.

    Angle and match decide, the persona's manner of speaking tips. A little chance, fixed by the words, keeps one
    pattern from winning everywhere.
    """
    limit = job.spec.number("字数上限") or AD_LIMIT
    manner = _MANNERS.get(job.reader.manner, _PLAIN)
    base = order.lean + 0.25 * min(order.pair.worth, 4.0)
    slots = slots_for(job, order.pair, limit, patterns) | order.more
    about = (order.pair.hook.text, order.pair.fact.text)
    ranked = []
    for variant in patterns.variants(order.template, slots):
        plain = bare(variant.text)
        if len(plain) <= limit:
            chance = zlib.crc32(plain.encode()) % 997 / 997
            ranked.append((manner.get(variant.group, 0.0) + 0.2 * chance, plain, variant))
    ranked.sort(key=lambda row: -row[0])
    return [
        Candidate(variant.text, order.angle, variant.group, base + tip - 0.12 * echoes(plain), plain, about)
        for tip, plain, variant in ranked[:variants]
    ]
