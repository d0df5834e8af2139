"""Staff posts for Moments: a few lines in one person's voice, put together along many plans."""

from __future__ import annotations

import random
import re
import zlib
from dataclasses import dataclass

from agent.models.offline.ads import ad_pool, facts_for
from agent.models.offline.choose import (
    Angle,
    Hook,
    HookKind,
    Pair,
    answers_for,
    hooks,
    leanings,
    matched_doubts,
    pairs,
    ware,
)
from agent.models.offline.facts import Fact, mark
from agent.models.offline.job import Job
from agent.models.offline.lines import shorten
from agent.models.offline.patterns import Patterns, Variant
from agent.models.offline.pool import POOL, WIDE, Candidate, unlike
from agent.models.offline.similar import bare
from agent.models.offline.slots import HANDLED, bridge, hook_shapes, offer_slots

POST_GOAL = 120
"""字 beyond which WeChat folds a post."""
LINES = 6
LINE_CHARS = 20
LEAST = 40
"""字 of the shortest post: less is an ad."""
TRIES = 110
PAIRS = 6
ANSWER = 40
_MANNERS = {"terse": "短", "warm": "热", "polite": "正", "plain": ""}


def post_pool(job: Job, patterns: Patterns) -> list[Candidate]:
    """Posts for this job, best first, mutually unlike."""
    if not job.goods:
        return _brand_posts(job, patterns)
    rng = random.Random(zlib.crc32(f"{job.goods.name}|{job.reader.id}|{job.angle}".encode()))
    plans = [(group, line.split()) for group, lines in patterns.groups("moments/post/plans").items() for line in lines]
    chosen = _pairs(job)[:PAIRS]
    if not chosen:
        # No moment of this reader goes with any fact of the product: a short text beats a forced one.
        return _brand_posts(job, patterns)
    reachable = _reachable(job, chosen)
    slots = {n: _slots(job, patterns, pair, rng) for n, pair in enumerate(chosen)}
    parts: dict[tuple[int, str], list[str]] = {}

    def line(n: int, part: str) -> str:
        if (n, part) not in parts:
            parts[n, part] = _lines(job, patterns.variants(f"moments/post/{part}", slots[n]))
        return rng.choice(parts[n, part]) if parts[n, part] else ""

    frame, lean = _frame(job), leanings(job.reader, job.goods, job.offer is not None)
    found = []
    for i in range(TRIES * (4 if job.wide else 1)):
        n = min(int(rng.random() ** 1.6 * len(chosen)), len(chosen) - 1)
        group, plan = plans[i % len(plans)]
        angle = _angle(plan, chosen[n])
        if ("open_pain" in plan) != (chosen[n].hook.kind == "pain") or (job.angle in reachable and job.angle != angle):
            continue
        lines = [line(n, part) for part in plan]
        text = "\n".join(lines)
        plain = bare(text)
        if "price" in plan and plain.count("元") > 1:
            continue
        if all(lines) and frame.holds(plain):
            worth = lean.get(angle, 0.4) + 0.25 * min(chosen[n].worth, 4.0) + 0.3 * rng.random() + 0.004 * len(plain)
            worth -= 0.3 * (plain.count(job.goods.name) - 1)
            about = (chosen[n].hook.text, chosen[n].fact.text)
            found.append(Candidate(text, angle, group, worth, plain, about))
    return unlike(found, job.guard.lets_pass, job.past, most=WIDE if job.wide else POOL)


def _brand_posts(job: Job, patterns: Patterns) -> list[Candidate]:
    """Without a product: the brand's short texts with a staff member's last line."""
    closes = _lines(job, patterns.variants("moments/post/close", {"action": job.action, "you": job.voice.you}))
    found = []
    for i, short in enumerate(ad_pool(job, patterns)):
        text = f"{short.text}\n{closes[i % len(closes)]}" if closes else short.text
        found.append(short._replace(text=text, plain=bare(text)))
    return found


def _pairs(job: Job) -> list[Pair]:
    reader, goods = job.reader, job.goods
    wanted: dict[str | None, tuple[HookKind, ...]] = {"痛点": ("pain",), "场景": ("scene",)}
    kinds = wanted.get(job.angle, ("scene", "pain")) if reader else ("use",)
    starts = [hook for kind in kinds for hook in hooks(reader, goods, kind)[:4]]
    if len(starts) < 2:
        starts += hooks(reader, goods, "use")[:3] or (Hook("", "use", 0.5),)
    facts = facts_for(job) or (Fact("", goods.id, "point"),)
    found = pairs(starts, facts, ware(goods), per_hook=3)
    # A trouble that no fact answers is better left unsaid.
    useful = [pair for pair in found if pair.met or pair.hook.kind in ("scene", "use")]
    return sorted(useful or found, key=lambda pair: -pair.worth - 0.6 * pair.met)


def _angle(plan: list[str], pair: Pair) -> Angle:
    if "offer" in plan:
        return "优惠"
    if "open_doubt" in plan:
        return "证据"
    if pair.hook.kind == "pain":
        return "痛点"
    return "利益" if plan[0] == "open_fact" else "场景"


def _reachable(job: Job, chosen: list[Pair]) -> set[Angle | None]:
    """Angles that some post can take; a wish for another is answered with what there is."""
    found: set[Angle | None] = {"利益"}
    if any(pair.hook.kind in ("scene", "use") and pair.hook.text for pair in chosen):
        found.add("场景")
    if any(pair.hook.kind == "pain" for pair in chosen):
        found.add("痛点")
    if job.offer:
        found.add("优惠")
    if job.goods.answers:
        found.add("证据")
    return found


def _lines(job: Job, variants: list[Variant]) -> list[str]:
    """Variants this persona may hear, those in its own manner twice as likely."""
    mine = _MANNERS[job.reader.manner]
    own = [v.text for v in variants if mine and v.group == mine]
    common = [v.text for v in variants if v.group == "通用"]
    return [*own, *own, *common]


def _slots(job: Job, patterns: Patterns, pair: Pair, rng: random.Random) -> dict[str, str]:
    goods, fact = job.goods, pair.fact
    question, answer = _doubt(job, fact, rng)
    limit_q, limit = _limit(job, rng)
    others = [f for f in facts_for(job) if f is not fact and len(f.text) <= 18 and mark(f.text, f.id) != answer]
    handled = pair.hook.kind == "use" and HANDLED.search(pair.hook.text)
    gesture = "" if handled else bridge(job, patterns, pair.hook.text, fact.text)
    return (
        hook_shapes(pair.hook.text)
        | offer_slots(job)
        | {
            "f": fact.marked(30),
            "fb": fact.marked(30) if pair.apt else "",
            "fp": fact.marked(30) if fact.citable else "",
            "p": fact.proof,
            "g": rng.choice(others).marked() if others else "",
            "name": goods.name,
            "br": gesture,
            "mine": "" if pair.hook.kind == "use" else pair.hook.text.rstrip("？"),
            "q": question,
            "a": answer,
            "lq": limit_q,
            "l": limit,
            "price": mark(goods.price, goods.id) if goods.price else "",
            "action": job.action,
            "you": job.voice.you,
        }
    )


def _doubt(job: Job, fact: Fact, rng: random.Random) -> tuple[str, str]:
    """A doubt of this persona that the data settle, else one of the product's own; not the fact said again."""
    own = [(q, a) for q, a in matched_doubts(job.reader, job.goods) if a.answer != fact.text]
    others = [(a.question, a) for a in answers_for(job.reader, job.goods) if a.printable]
    for question, answer in (*rng.sample(own, len(own)), *rng.sample(others, len(others))):
        if len(question) <= 16 and (short := shorten(answer.answer, ANSWER, tight=False)):
            return question, mark(short, answer.id)
    return "", ""


def _limit(job: Job, rng: random.Random) -> tuple[str, str]:
    """An answer that says what the goods cannot do, to somebody who might want it."""
    known = answers_for(job.reader, job.goods)
    honest = [a for a in known if a.printable and a.answer.startswith(_HONEST) and len(a.question) <= 16]
    for answer in rng.sample(honest, len(honest)):
        if short := shorten(answer.answer, ANSWER, tight=False):
            return answer.question, mark(short, answer.id)
    return "", ""


_HONEST = ("不", "有一点", "会", "偏", "头", "夏天", "进", "碳酸", "箱子", "杯身不")


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a post must fit into."""

    goal: int
    wide: int
    lines: int
    usual: int | None

    def holds(self, plain: str) -> bool:
        if not LEAST <= len(plain) <= self.goal:
            return False
        shown = sum([-(-len(line) // self.wide) for line in plain.split("\n")])
        return shown <= self.lines and _breathes(plain, self.usual)


def _frame(job: Job) -> _Frame:
    spec = job.spec
    return _Frame(
        goal=spec.number("字数建议") or min(spec.number("字数上限") or POST_GOAL, POST_GOAL),
        wide=spec.number("每行字数") or LINE_CHARS,
        lines=spec.number("行数上限") or LINES,
        usual=job.brief.first("brand").number("句长"),
    )


def _breathes(plain: str, usual: int | None) -> bool:
    """Sentences about as long as the brand's own."""
    lengths = sorted(len(part.strip()) for part in re.split(r"[。！？…\n]", plain) if part.strip())
    return not usual or len(lengths) < 3 or lengths[len(lengths) // 2] <= 1.5 * usual
