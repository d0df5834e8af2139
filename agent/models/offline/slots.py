"""The slots that Moments templates fill: one hook and one fact in every shape a sentence may ask for."""

from __future__ import annotations

import re
import zlib

from agent.models.offline.choose import RELATED, Pair, ware
from agent.models.offline.facts import mark
from agent.models.offline.job import Job
from agent.models.offline.lines import shorten
from agent.models.offline.patterns import Patterns
from agent.models.offline.similar import kinship

_TIME = re.compile(
    r"^(?:[周星期]{1,2}[一二三四五六日天末](?:早|晚|上午|下午)?|清早|早上|上午|中午|午睡|下午|傍晚|晚饭后|晚上|深夜|半夜|夜里|凌晨|冬天|夏天|春天|秋天|换季|月底|月初|下雨天|"
    r"下班|下夜班|收摊|交班|睡前|饭后|早会)"
)
_MOMENT = re.compile(
    r"^((?:周[一二三四五六日末])?(?:清早|早上|上午|中午|下午|傍晚|晚上|深夜|半夜|夜里|凌晨)?(?:[零一二三四五六七八九十两]{1,3}|\d{1,2})点半?)"
)
_FIGURE = re.compile(r"[0-9.]+")
_DOING = re.compile(r"[化焖泡撕抹挤夹折装亮洗吃喝按吸补]")
_ADVERB = re.compile(r"又|再|还|已经|刚")


def slots_for(job: Job, pair: Pair, limit: int, patterns: Patterns) -> dict[str, str]:
    fact, hook = pair.fact, pair.hook
    words = fact.text if len(fact.text) <= limit - 8 else shorten(fact.text, limit - 8)
    flat = bool(words) and "，" not in words and "。" not in words
    marked = mark(words, fact.id) if words else ""
    short = flat and len(words) <= 10 and not words.endswith(("的", "了"))
    others = [f for f in job.goods.points if f is not fact and len(f.text) <= 12]
    second = max(others, key=lambda f: kinship(hook.text, f.text), default=None)
    return hook_slots(hook.text) | {
        "hm": hook.text.rstrip("？") if hook.worth >= RELATED else "",
        "f": marked,
        "fm": marked if pair.met else "",
        "br": bridge(job, patterns, hook.text, words),
        "fs": marked if short else "",
        "g": second.marked() if second else "",
        "name": job.goods.name,
        "act": act(job, patterns, hook.text + words),
        "q": "",
        "a": "",
        "fp": "",
        "p": "",
        "use": "",
        "price": mark(job.goods.price, job.goods.id) if job.goods.price else "",
    }


def hook_slots(hook: str) -> dict[str, str]:
    """The hook in every shape a pattern may ask for; shapes it has not are empty."""
    plain = hook.rstrip("？")
    single = plain if not re.search(r"[，。：；？]", plain) else ""
    moment = _MOMENT.match(plain)
    noun = bool(re.search(r"的[\u4e00-\u9fff]{1,4}$", plain)) and not plain.endswith("的时候")
    timed = bool(_TIME.match(plain) or moment or noun or plain.startswith(("左手", "一只手")))
    return {
        "h": plain,
        "h1": single,
        "hs": single if len(single) <= 10 else "",
        "ht1": single if timed and not _ADVERB.search(plain) else "",
        "ht": plain if timed and not _ADVERB.search(plain) else "",
        "hn": single if noun else "",
        "moment": moment.group(1) if moment else "",
    }


def act(job: Job, patterns: Patterns, seed: str) -> str:
    """A light action that suits the goods; which one follows from the line it stands behind."""
    return _by_words(patterns.groups("moments/acts").get(ware(job.goods), []), seed)


def bridge(job: Job, patterns: Patterns, hook: str, words: str) -> str:
    """A small gesture with the goods that leads from any moment to the fact, e.g. 冲一杯; none to bare measurements."""
    if len(_FIGURE.findall(words)) >= 2 and not _DOING.search(words):
        return ""
    groups, name = patterns.groups("moments/bridges"), job.goods.name
    lines = next((g for title, g in groups.items() if title == "其他" or any(w in name for w in title.split("|"))), [])
    # A verb said twice in two neighbouring sentences (泡一份。沸水泡 1 分钟) clangs.
    return _by_words([line for line in lines if not set(line) & set(words + hook) - set("一先")] or lines, hook + words)


def _by_words(lines: list[str], seed: str) -> str:
    return lines[zlib.crc32(seed.encode()) % len(lines)] if lines else ""


def offer_slots(job: Job) -> dict[str, str]:
    offer = job.offer
    if offer is None or offer.end is None:
        return dict.fromkeys(("offer", "start", "end"), "")
    return {
        "offer": mark(offer.text, offer.id),
        "start": f"{offer.start.month} 月 {offer.start.day} 日" if offer.start else "",
        "end": f"{offer.end.month} 月 {offer.end.day} 日",
    }
