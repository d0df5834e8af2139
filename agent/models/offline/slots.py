"""The slots that Moments templates fill: one hook and one fact in every shape a sentence may ask for."""

from __future__ import annotations

import re
import zlib
from functools import lru_cache

from agent.models.offline.choose import Pair
from agent.models.offline.facts import Fact, Offer, mark
from agent.models.offline.job import Job
from agent.models.offline.lines import shorten
from agent.models.offline.occasions import nature
from agent.models.offline.patterns import Patterns
from agent.models.offline.similar import kinship

_TIME = re.compile(
    r"^(?:[周星期]{1,2}[一二三四五六日天末](?:早|晚|上午|下午)?|清早|早上|上午|中午|午睡|下午|傍晚|晚饭后|晚上|深夜|半夜|夜里|凌晨|冬天|夏天|春天|秋天|换季|月底|月初|下雨天|"
    r"下班|下夜班|收摊|交班|睡前|饭后|早会)"
)
_MOMENT = re.compile(
    r"^((?:周[一二三四五六日末])?(?:清早|早上|上午|中午|下午|傍晚|晚上|深夜|半夜|夜里|凌晨)?(?:[零一二三四五六七八九十两]{1,3}|\d{1,2})点半?)"
)
_DOING = re.compile(r"[化焖泡撕抹挤夹折装亮洗吃喝按吸补]")
_FIGURE = re.compile(r"[0-9.]+")
_ADVERB = re.compile(r"又|再|还|已经|刚")
# Lines that want for something, so that 也能…… may follow.
_WANTING = re.compile(r"没有?(?!味)|不敢|只有|来不及|(?:房|机器).*排队|熄了?灯|快到了|腾不开|不想开火|只剩")
_TROUBLE = re.compile(
    r"没有?|不想|不敢|不好|怕|[脸手唇嘴发]干|忘|堆|乱|突然|总|凉|饿|冒汗|脏|油点|又要|来不及|难|紧|满|塌|漏|[湿疼痒裂]|发|太|费劲|暗|缺|睁不开|熬|累|困|被"
)
# A line about what somebody does or cannot do, so that 的人 may follow: 洗手洗到手背发白的人, never 图书馆没有热水的人.
_PERSON = re.compile(
    r"^(?:深夜|一天|天天|总是?)?(?:下班|洗|换一次|看不懂|怕|一只手抱|忙到|一年搬|键盘敲|泡面吃|不会|不知道|找不到|想|夜里|清早|到了|口罩一戴)|不想|不敢|咬不动"
)
HANDLED = re.compile("[嚼吃喝洗抹擦冲泡写抄遛铲翻看按哄训]")
_COPULA = re.compile(r"[的了去]$|是|有检测|测到|达到|检测")
GESTURE = frozenset("冲来泡撕抹喝嚼垫吃擦洗铲添倒补涂开摊写")
"""Gestures that begin so may follow 也能."""
_COUNTED = re.compile(r"^(?:单|两|三|一|二|任选|第|买|满|\d)")
_FULL = 4
"""So many ingredients a short text may name; a longer list belongs on the page behind it."""


def slots_for(job: Job, pair: Pair, limit: int, patterns: Patterns) -> dict[str, str]:
    """Every slot of an ad's templates; what this hook and fact have not is empty."""
    fact, hook, goods = pair.fact, pair.hook, job.goods
    words = fact.text if len(fact.text) <= limit - 8 else shorten(fact.text, limit - 8)
    marked = mark(words, fact.id) if words else ""
    flat = bool(words) and "，" not in words and "。" not in words
    short = flat and len(words) <= 12 and not _COPULA.search(words)
    other = second(fact, hook.text, goods.points or goods.specs)
    use = hook.kind == "use"
    # 课间嚼一根 holds its gesture already.
    gesture = "" if use and HANDLED.search(hook.text) else bridge(job, patterns, hook.text, words)
    return hook_shapes(hook.text) | {
        "f": marked,
        "fb": marked if pair.apt else "",
        "fm": marked if pair.met else "",
        "fs": marked if short else "",
        "fp": mark(words, fact.id) if words and fact.citable else "",
        "p": fact.proof,
        "g": other.marked() if other else "",
        "f1": marked if flat else "",
        "g1": other.marked() if other and "，" not in other.text else "",
        "br": gesture,
        "brv": gesture if gesture and gesture[0] in GESTURE else "",
        "act": act(job, patterns, hook.text + words) if not words or nature(words) != "proof" else "",
        "name": goods.name,
        "price": mark(goods.price, goods.id) if goods.price else "",
        "ing": mark("、".join(goods.ingredients), goods.id) if 0 < len(goods.ingredients) <= _FULL else "",
        "use": hook.text if use else "",
        "useq": hook.text if use and _TROUBLE.search(hook.text) else "",
        "q": "",
        "a": "",
    }


def second(fact: Fact, hook: str, facts: tuple[Fact, ...]) -> Fact | None:
    """Another short fact to stand beside the first: of the same nature rather than another."""
    others = [f for f in facts if f is not fact and len(f.text) <= 14 and nature(f.text) != "proof"]
    about = nature(fact.text)
    return max(others, key=lambda f: kinship(hook, f.text) + 0.3 * (nature(f.text) == about), default=None)


@lru_cache(maxsize=16384)
def _shapes(hook: str) -> tuple[tuple[str, str], ...]:
    plain = hook.rstrip("？")
    single = plain if not re.search(r"[，。：；？]", plain) else ""
    moment = _MOMENT.match(plain)
    noun = bool(re.search(r"的[\u4e00-\u9fff]{1,4}$", plain)) and not re.search(r"的时候$|不[吃喝用]", plain)
    timed = bool(_TIME.match(plain) or moment or plain.startswith(("左手", "一只手")))
    again = bool(moment or plain.startswith(("周", "星期"))) and not _ADVERB.search(plain)
    open_ended = single and not plain.endswith(("的", "了", "呢", "吗"))
    return tuple(
        {
            "h": plain,
            "h1": single,
            "h2": single if open_ended else "",
            "hp": single if open_ended and _PERSON.search(plain) else "",
            "hneg": plain if _WANTING.search(plain) else "",
            "hs": single if len(single) <= 10 else "",
            "ht1": single if timed and not _ADVERB.search(plain) else "",
            "ht": plain if again else "",
            "hn": single if noun else "",
            "hc": single if not noun else "",
            "moment": moment.group(1) if moment else "",
        }.items()
    )


def timed(line: str) -> bool:
    """True when a line begins by saying when."""
    return bool(_TIME.match(line) or _MOMENT.match(line))


def hook_shapes(hook: str) -> dict[str, str]:
    """The hook in every shape a pattern may ask for; shapes it has not are empty."""
    return dict(_shapes(hook))


def act(job: Job, patterns: Patterns, seed: str) -> str:
    """A light action that suits the goods; which one follows from the line it stands behind."""
    return _by_words(patterns.for_name("moments/acts", job.goods.name), seed)


def bridge(job: Job, patterns: Patterns, hook: str, words: str) -> str:
    """A small gesture with the goods that leads from any moment to the fact, e.g. 冲一杯; none to bare measurements."""
    if len(_FIGURE.findall(words)) >= 2 and not _DOING.search(words):
        return ""
    lines = patterns.for_name("moments/bridges", job.goods.name)
    # A verb said twice in two neighbouring sentences (泡一份。沸水泡 1 分钟) clangs.
    return _by_words([line for line in lines if not set(line) & set(words + hook) - set("一先上")], hook + words)


def _by_words(lines: list[str], seed: str) -> str:
    return lines[zlib.crc32(seed.encode()) % len(lines)] if lines else ""


def offer_slots(job: Job) -> dict[str, str]:
    """The offer with its days; `deal` names the goods where the offer does not. Empty without an offer."""
    offer = job.offer
    if offer is None or offer.end is None:
        return dict.fromkeys(("offer", "deal", "start", "end"), "")
    return {
        "offer": mark(offer.text, offer.id),
        "deal": _named_offer(job.goods.name, offer),
        "start": f"{offer.start.month} 月 {offer.start.day} 日" if offer.start else "",
        "end": f"{offer.end.month} 月 {offer.end.day} 日",
    }


def _named_offer(name: str, offer: Offer) -> str:
    text = mark(offer.text, offer.id)
    return f"{name}{text}" if _COUNTED.match(offer.text) else text
