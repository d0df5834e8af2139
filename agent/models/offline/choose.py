"""Whom to show what: the angle, the persona's line to start from, and the product's line that answers it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from agent.models.offline.facts import Answer, Fact, Goods, best_answer
from agent.models.offline.occasions import lives, nature, occasion
from agent.models.offline.people import Reader
from agent.models.offline.remedies import clashes, helps, settles
from agent.models.offline.similar import kinship, shared_words

Angle = Literal["场景", "痛点", "利益", "证据", "优惠"]
ANGLES: tuple[Angle, ...] = ("场景", "痛点", "利益", "证据", "优惠")
HookKind = Literal["scene", "pain", "need", "use"]

MET = 1.0
"""From here a fact speaks of what the persona's line speaks of."""
RELATED = 0.75
"""Kinship from which a persona's line is taken to concern the product."""

_PROVERS = re.compile(r"报告|检测|数据|试用|测试|编号|条款|备案|成分表|数字|证书")
_SAVERS = re.compile(r"多少钱|划算|便宜|单价|合多少|几箱|生活费|怎么算|耐用")
_WANTED = re.compile(r"的([\u4e00-\u9fff]{1,3})$")
_ANYTHING = frozenset(["东西", "早饭", "饭", "零食", "吃食", "光", "单价", "办法", "香精", "味道", "数据", "小事"])
_TAKEN = frozenset({"food", "drink", "skin", "hand"})
"""Goods taken or put on: what they are made of matters in the very moment."""
_TYPED = (
    (re.compile(r"多少钱|怎么算|便宜|贵"), re.compile(r"元|折")),
    (re.compile(r"多大|多重|占多|多高|多长"), re.compile(r"\d")),
    (re.compile(r"多久|几天|多长时间"), re.compile(r"[天月年时分次]|秒")),
    (re.compile(r"检测|报告|正规"), re.compile(r"检测|报告|实测|[A-Z]+ ?[类级]|未检出")),
    (re.compile(r"多少人|几个人"), re.compile(r"\d+ ?[位人名]")),
)
"""What an answer to a question of that kind must hold."""
_WITHOUT = re.compile("^(?:没有|不含|不加|无)([\u4e00-\u9fff、]+)$")
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("pet", re.compile(r"猫|狗|宠物")),
    ("drink", re.compile(r"咖啡|茶|饮料|饮品|果汁|牛奶|酒|水饮")),
    ("food", re.compile(r"食品|零食|粮油|生鲜|水果|坚果|麦片|燕麦脆|粥|汤|肉|饼|面包|调味")),
    ("hand", re.compile(r"护手|手霜")),
    ("skin", re.compile(r"护肤|美妆|化妆|个护|洗护|面霜|洁面|精华|防晒|面膜")),
    ("home", re.compile(r"家居|家电|日用|清洁|厨|收纳|家纺|文具|数码|户外|母婴|宠物")),
)


@dataclass(frozen=True, slots=True)
class Hook:
    """A line to start from."""

    text: str
    kind: HookKind
    worth: float
    """How much it concerns this product."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One hook with the fact that answers it."""

    hook: Hook
    fact: Fact
    worth: float
    met: bool
    """The fact speaks of what the hook speaks of, so a sentence may say that it helps."""
    apt: bool = True
    """The fact may stand beside a gesture with the goods: 冲一杯，冷水化开, never 冲一杯，条长 9 厘米."""


@lru_cache(maxsize=512)
def ware(goods: Goods) -> str:
    """Which family of goods: drink, food, hand, skin, home or other."""
    text = f"{goods.name}"
    for kind, pattern in _KINDS:
        if pattern.search(text):
            return kind
    return next((kind for kind, pattern in _KINDS if pattern.search(goods.category)), "other")


@lru_cache(maxsize=2048)
def hooks(reader: Reader, goods: Goods, kind: HookKind) -> tuple[Hook, ...]:
    """The persona's lines of one kind that concern the product, nearest first; ties keep the card's order.

    For `use`, the product's own moments: those of this persona's walk of life, or of none.
    """
    lines = {"scene": reader.scenes, "pain": reader.pains, "need": reader.needs, "use": goods.uses}[kind]
    found = []
    for i, line in enumerate(lines):
        if kind == "need" and (_names_other_goods(line, goods) or _PROVERS.search(line)):
            continue
        worth = _use_worth(line, reader, goods) if kind == "use" else _worth(line, goods, moment=kind == "scene")
        if worth >= RELATED:
            found.append(Hook(line, kind, worth - 0.02 * i))
    return tuple(sorted(found, key=lambda hook: -hook.worth))


def _worth(line: str, goods: Goods, *, moment: bool) -> float:
    """How much a persona's line concerns the goods: a fitting occasion, a remedy among the facts, shared words.

    A `moment` may suit goods that mend nothing in it; a trouble or a wish wants something that answers.
    """
    kind = ware(goods)
    if any(clashes(line, fact.text) for fact in goods.points) or _asks_more(line, goods):
        return 0.0
    helped = max((answers_to(line, fact.text, kind) for fact in goods.points), default=0.0)
    fit = occasion(line, goods.name) if moment else 0.0
    if fit is None:
        return _nearness(line, _about(goods)) + helped
    if fit == 0.0:
        # The goods are known and the moment is none of theirs, unless a fact or the card itself plainly says so.
        words = max((shared_words(line, use) for use in goods.uses), default=0.0)
        return helped + 0.5 * words if helped >= MET or words >= 3.0 else 0.0
    return fit + helped + 0.5 * max((shared_words(line, use) for use in goods.uses), default=0.0)


def _asks_more(line: str, goods: Goods) -> bool:
    """没有香精和酒精 is no wish that goods meet which only say 没有香精."""
    wanted = _WITHOUT.match(line)
    if wanted is None:
        return False
    return any(not any(term in fact.text for fact in goods.points) for term in re.split("[和与、]", wanted[1]))


def _use_worth(line: str, reader: Reader, goods: Goods) -> float:
    """A product's own moment suits everyone, unless it speaks of a life that the persona does not lead."""
    if lives(line) - reader.lives:
        return 0.0 if reader else 0.9
    near = max((kinship(line, other) for other in (*reader.scenes, *reader.pains, *reader.needs)), default=0.0)
    return 1.0 + 0.3 * near + 0.5 * (occasion(line, goods.name) or 0.0)


def _names_other_goods(need: str, goods: Goods) -> bool:
    """能塞进腰包的防晒 is no need that a hand cream meets."""
    wanted = _WANTED.search(need)
    if not wanted or wanted.group(1) in _ANYTHING:
        return False
    return not set(wanted.group(1)) & set(goods.name + goods.category)


@lru_cache(maxsize=512)
def _about(goods: Goods) -> tuple[str, ...]:
    return (
        *goods.uses,
        *(answer.question for answer in goods.answers),
        goods.name,
    )


def _nearness(line: str, about: Sequence[str]) -> float:
    """Best match plus a little of the second, so that a line met twice beats one met by chance."""
    scores = sorted((kinship(line, other) for other in about), reverse=True)
    return (scores[0] if scores else 0.0) + 0.25 * (scores[1] if len(scores) > 1 else 0.0)


@lru_cache(maxsize=65536)
def answers_to(hook: str, fact: str, kind: str) -> float:
    """How well a fact answers a persona's line: known remedies first, shared words second."""
    found = helps(hook, fact, kind)
    return 0.0 if found < 0 else 1.1 * min(found, 2) + 0.5 * shared_words(hook, fact)


def pairs(chosen: Iterable[Hook], facts: Sequence[Fact], kind: str, *, per_hook: int) -> list[Pair]:
    """For each hook its best answering facts. A brand lists what matters first, so earlier points win ties."""
    found = []
    for turn, hook in enumerate(chosen):
        scored = [
            Pair(hook, fact, 0.5 * min(hook.worth, 3.0) + min(near, 3.0) - 0.06 * i, near >= MET, apt(fact, kind))
            for i, fact in enumerate(facts)
            for near in (answers_to(hook.text, fact.text, kind),)
        ]
        scored.sort(key=lambda pair: -pair.worth)
        met = [pair for pair in scored if pair.met][:per_hook]
        # Hooks that nothing answers take turns with the rest, so that not all of them end on the same fact. A bare
        # measure beside a moment that it has nothing to do with is no copy.
        unmet = [pair for pair in scored if not pair.met]
        rest = [p for p in unmet if p.apt] or [p for p in unmet if nature(p.fact.text) == "made"]
        shift = turn * per_hook % len(rest) if rest else 0
        found += (met + rest[shift:] + rest[:shift])[:per_hook]
    return found


def apt(fact: Fact, kind: str) -> bool:
    """Whether the fact is something that shows while the goods are used."""
    shown = nature(fact.text)
    return shown == "act" or (shown == "made" and kind in _TAKEN)


@lru_cache(maxsize=1024)
def leanings(reader: Reader, goods: Goods, has_offer: bool) -> dict[Angle, float]:
    """How well each angle suits this reader and product; 优惠 is absent without an offer that holds today."""

    def best(kind: HookKind) -> float:
        ranked = hooks(reader, goods, kind)
        return min(ranked[0].worth, 3.0) / 3.0 if ranked else -0.4

    provers = sum(bool(_PROVERS.search(line)) for line in reader.trusts) / max(len(reader.trusts), 1)
    savers = sum(bool(_SAVERS.search(line)) for line in (*reader.needs, *reader.doubts, *reader.language))
    found: dict[Angle, float] = {
        "场景": 0.55 + 0.5 * best("scene"),
        "痛点": 0.5 + 0.6 * best("pain"),
        "利益": 0.4 + 0.5 * best("need"),
        "证据": 0.3 + 0.45 * provers + 0.15 * bool(matched_doubts(reader, goods)),
    }
    if has_offer:
        found["优惠"] = 0.2 + 0.12 * savers
    return found


@lru_cache(maxsize=1024)
def matched_doubts(reader: Reader, goods: Goods) -> tuple[tuple[str, Answer], ...]:
    """The persona's doubts that the data answer, each with its answer, best known first; no answer is used twice."""
    found: list[tuple[str, Answer]] = []
    for doubt in reader.doubts:
        answer = best_answer(doubt, goods.answers, least=1.3)
        if answer is None or not _typed(doubt, answer.answer):
            answer = _shown(doubt, goods)
        if answer and all(answer.answer != used.answer for _, used in found):
            found.append((doubt, answer))
    return tuple(found)


def _shown(doubt: str, goods: Goods) -> Answer | None:
    """A selling point that answers a doubt which no 答疑 covers."""
    facts = (fact for fact in goods.points if settles(doubt, fact.text) and _typed(doubt, fact.text))
    fact = next(facts, None)
    return Answer(doubt, fact.text, fact.id) if fact else None


def _typed(doubt: str, answer: str) -> bool:
    """A question of money is answered with money, one of time with time."""
    return all(given.search(answer) for asked, given in _TYPED if asked.search(doubt))


def answers_for(reader: Reader, goods: Goods) -> tuple[Answer, ...]:
    """The product's own answers that this persona might want: none of a life that is not theirs."""
    return tuple(a for a in goods.answers if not lives(a.question) - reader.lives)


def concerns(doubt: str, goods: Goods) -> bool:
    """True when a doubt could be about this product at all."""
    return _nearness(doubt, (*_about(goods), goods.category, *(fact.text for fact in goods.points))) >= RELATED
