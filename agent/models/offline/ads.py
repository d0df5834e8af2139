"""Moments ads: a pool of short texts for one product and persona, far enough apart that ten seeds give ten ads."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from agent.models.offline.choose import RELATED, Angle, Hook, Pair, hooks, leanings, matched_doubts, pairs, ware
from agent.models.offline.facts import Fact, mark
from agent.models.offline.guard import echoes
from agent.models.offline.job import Job
from agent.models.offline.lines import shorten
from agent.models.offline.patterns import Patterns
from agent.models.offline.similar import Bigrams, bare, kinship, spread
from agent.models.offline.slots import hook_slots, offer_slots, slots_for

AD_LIMIT = 40
"""字 of a regular Moments ad when the spec block names no limit (Tencent ads template 310)."""
POOL = 29
PRELIMINARY = 110
NEAR = (0.38, 0.46, 0.52, 0.58)
"""Greatest bigram Jaccard within a pool, loosened step by step until ten texts are found."""
ENOUGH = 11


_NO_FACT = Fact("", "", "point")


@dataclass(frozen=True, slots=True)
class Candidate:
    text: str
    """With source markers."""
    angle: Angle
    group: str
    """How it opens."""
    worth: float
    plain: str
    """Without source markers."""


def pick(pool: list[Candidate], turn: int) -> Candidate:
    """The text of this turn. A prime period keeps evenly spaced seeds apart, whatever their step."""
    primes = (29, 23, 19, 17, 13, 11)
    period = next((prime for prime in primes if prime <= len(pool)), len(pool))
    return pool[turn % period]


def ad_pool(job: Job, patterns: Patterns) -> list[Candidate]:
    """Texts for this job, best first, mutually unlike; empty only when nothing at all fits the limit."""
    return unlike(_candidates(job, patterns, job.spec.number("字数上限") or AD_LIMIT), job.past)


def unlike(found: list[Candidate], past: Iterable[str] = ()) -> list[Candidate]:
    """The best texts that are mutually unlike, and unlike the openings of past drafts where enough others exist."""
    best: dict[str, Candidate] = {}
    for candidate in found:
        if candidate.plain not in best or best[candidate.plain].worth < candidate.worth:
            best[candidate.plain] = candidate
    ranked = sorted(best.values(), key=lambda c: -c.worth)
    fresh = [c for c in ranked if not _repeats(c.plain, past)]
    ranked = (fresh if len(fresh) >= ENOUGH else ranked)[:PRELIMINARY]
    bigrams = Bigrams()
    masks = [bigrams.mask(c.plain) for c in ranked]
    values = [c.worth for c in ranked]
    kinds = [(c.angle, c.group, c.angle + c.group) for c in ranked]
    picked: list[int] = []
    for near in NEAR:
        picked = spread(masks, values, kinds, most=POOL, near=near)
        if len(picked) >= ENOUGH:
            break
    # Better a likeness than the same text twice.
    picked += [i for i in range(len(ranked)) if i not in picked][: max(ENOUGH - len(picked), 0)]
    return [ranked[i] for i in picked]


def _repeats(plain: str, past: Iterable[str]) -> bool:
    head = plain[:12]
    return any(head[:8] in line or kinship(head, line[:16]) > 3.5 for line in past)


def _candidates(job: Job, patterns: Patterns, limit: int) -> list[Candidate]:
    if not job.goods:
        return _brand_texts(job, patterns)
    if not job.reader:
        return _plain_texts(job, patterns, limit)
    lean = leanings(job.reader, job.goods, job.offer is not None)
    angles = [job.angle] if job.angle in lean else list(lean)
    found: list[Candidate] = []
    for angle in angles:
        if angle is not None:
            found += _angle_texts(job, patterns, angle, lean[angle], limit)
    if len(found) < ENOUGH or job.angle is None:
        found += _loose_texts(job, patterns, limit)
    return found if len(found) >= ENOUGH else found + _plain_texts(job, patterns, limit)


def _angle_texts(job: Job, patterns: Patterns, angle: Angle, lean: float, limit: int) -> list[Candidate]:
    if angle == "证据":
        return _proof_texts(job, patterns, lean, limit)
    reader, goods = job.reader, job.goods
    name = {"场景": "scene", "痛点": "pain", "利益": "benefit", "优惠": "offer"}[angle]
    ranked = {
        "场景": hooks(reader, goods, "scene"),
        "痛点": hooks(reader, goods, "pain"),
        "利益": hooks(reader, goods, "need"),
        "优惠": hooks(reader, goods, "scene"),
    }[angle]
    chosen = _relevant(ranked, keep=4 if angle in ("场景", "优惠") else 1)
    found: list[Candidate] = []
    for pair in pairs(chosen, _facts(job), ware(job.goods), per_hook=3):
        if angle in ("痛点", "利益") and not pair.met and pair.hook.kind != "scene":
            continue
        slots = slots_for(job, pair, limit, patterns) | offer_slots(job)
        found += _texts(job, patterns, name, slots, angle, lean, pair)
    return found


def _relevant(ranked: Iterable[Hook], keep: int) -> list[Hook]:
    """Hooks that concern the product; at least the best `keep`, so that the persona is always heard."""
    return [hook for i, hook in enumerate(ranked) if i < keep or hook.worth >= RELATED][:4]


def _facts(job: Job) -> tuple[Fact, ...]:
    """Selling points; where a card has hardly any, short specs as well."""
    goods = job.goods
    if len(goods.points) >= 3:
        return goods.points
    return (*goods.points, *(fact for fact in goods.specs if 4 <= len(fact.text) <= 14 and "号" not in fact.text))


def _proof_texts(job: Job, patterns: Patterns, lean: float, limit: int) -> list[Candidate]:
    reader, goods = job.reader, job.goods
    chosen = [*_relevant(hooks(reader, goods, "pain"), 1)[:2], *_relevant(hooks(reader, goods, "scene"), 1)[:2]]
    proved = [fact for fact in goods.points if fact.citable]
    found: list[Candidate] = []
    for pair in pairs(chosen, proved, ware(job.goods), per_hook=2):
        if not pair.met:
            pair = Pair(Hook("", "use", 1.0), pair.fact, pair.worth, False)
        slots = slots_for(job, pair, limit, patterns)
        slots |= {"fp": pair.fact.marked(), "p": pair.fact.proof}
        found += _texts(job, patterns, "proof", slots, "证据", lean, pair)
    blank = dict.fromkeys(("h", "h1", "f", "fp", "p", "act"), "")
    for doubt, answer in matched_doubts(reader, goods):
        short = shorten(answer.answer, max(limit - len(doubt) - 6, 6))
        fact = next((f for f in proved if kinship(doubt, f.text) >= 1.0), None)
        slots = blank | {"name": goods.name, "q": doubt, "a": mark(short, answer.id) if short else ""}
        if fact is not None:
            slots |= {"fp": fact.marked(), "p": fact.proof}
        pair = Pair(Hook(doubt, "pain", 2.0), Fact(short or answer.answer, answer.id, "answer"), 2.0, True)
        found += _texts(job, patterns, "proof", slots, "证据", lean, pair)
    return found


def _loose_texts(job: Job, patterns: Patterns, limit: int) -> list[Candidate]:
    """For a persona whose life hardly meets the product: through the product's own moments."""
    best = hooks(job.reader, job.goods, "scene")[:3]
    met = bool(best) and best[0].worth >= RELATED
    found: list[Candidate] = []
    uses = [use for use in hooks(job.reader, job.goods, "use")[:3] if use.worth >= RELATED]
    for use in uses or hooks(job.reader, job.goods, "scene")[:3]:
        for pair in pairs([use], _facts(job), ware(job.goods), per_hook=2):
            for hook in best or (use,):
                slots = slots_for(job, Pair(hook, pair.fact, pair.worth, False), limit, patterns) | {
                    "use": use.text if use.kind == "use" else ""
                }
                lean = 0.35 if met else 0.8
                found += _texts(job, patterns, "loose", slots, "场景", lean, pair)
    return found


def _plain_texts(job: Job, patterns: Patterns, limit: int) -> list[Candidate]:
    """Copy to everyone: the product's own moments, facts and doubts."""
    goods, found = job.goods, []
    facts = _facts(job) or (Fact("", goods.id, "point"),)
    uses = goods.uses or ("",)
    doubts: list[tuple[str, str]] = [
        (a.question, mark(short, a.id))
        for a in goods.answers
        if (short := shorten(a.answer, limit - len(a.question) - 6))
    ] or [("", "")]
    for i, fact in enumerate(facts[:8]):
        use, doubt = uses[i % len(uses)], doubts[i % len(doubts)]
        pair = Pair(Hook(use, "use", 1.0), fact, 1.0 - 0.05 * i, True)
        slots = slots_for(job, pair, limit, patterns) | offer_slots(job)
        other = facts[(i + 1) % len(facts)]
        slots |= {"use": use, "use1": use if "，" not in use else "", "q": doubt[0], "a": doubt[1]}
        slots |= {"fp": fact.marked() if fact.citable else "", "p": fact.proof, "brand": job.voice.name}
        slots |= {"g": other.marked() if other is not fact else ""}
        found += _texts(job, patterns, "plain", slots, "场景" if use else "利益", 0.4, pair)
    return found


def _brand_texts(job: Job, patterns: Patterns) -> list[Candidate]:
    brand = mark(job.voice.name, job.voice.id) if job.voice.name else ""
    lines = (*job.reader.scenes, *job.reader.pains) or ("",)
    found: list[Candidate] = []
    for line in lines:
        slots = hook_slots(line) | {"brand": brand or "我们", "you": job.voice.you}
        found += _texts(
            job, patterns, "brand", slots, "场景", 0.5, Pair(Hook(line, "scene", 1.0), _NO_FACT, 1.0, False)
        )
    return found


_MANNERS = {
    "polite": {"口语": -0.3, "半句": -0.25, "事实": 0.08},
    "terse": {"口语": -0.1, "半句": 0.12, "事实": 0.06},
    "warm": {"口语": 0.12, "半句": -0.05},
}


def _texts(
    job: Job, patterns: Patterns, name: str, slots: dict[str, str], angle: Angle, lean: float, pair: Pair
) -> list[Candidate]:
    """Every variant of a template with its worth: angle and match decide, the persona's manner of speaking tips.

    A little chance, fixed by the words, keeps one pattern from winning everywhere.
    """
    manner = _MANNERS.get(job.reader.manner, {})
    limit = job.spec.number("字数上限") or AD_LIMIT
    found = []
    for variant in patterns.variants(f"moments/ad/{name}", slots):
        plain = bare(variant.text)
        if len(plain) > limit or not job.guard.lets_pass(plain):
            continue
        chance = zlib.crc32(plain.encode()) % 997 / 997
        worth = lean + 0.25 * min(pair.worth, 4.0) + manner.get(variant.group, 0.0) + 0.22 * chance
        found.append(Candidate(variant.text, angle, variant.group, worth - 0.12 * echoes(plain), plain))
    return found
