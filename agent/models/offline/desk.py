"""One customer's message on the desk: what was understood, what is said back, and how it is made to fit the channel."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from agent.models.offline.choose import ware
from agent.models.offline.facts import Goods, mark
from agent.models.offline.intents import Wish
from agent.models.offline.job import Job
from agent.models.offline.lines import sentences
from agent.models.offline.patterns import Patterns
from agent.models.offline.policies import Ruling, best_policy
from agent.models.offline.similar import bare, kinship

BYTES = 2048
GOAL = 150
"""字 that fit one phone screen."""
COMMENT_GOAL = 100


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    policies: tuple[str, ...] = ()
    handover: str = ""
    """Why a person must take over; empty when none must."""
    wayout: str = "其他"


@dataclass(slots=True)
class Desk:
    """One message at the desk."""

    job: Job
    patterns: Patterns
    wish: Wish
    rng: random.Random = field(default_factory=random.Random)

    @property
    def public(self) -> bool:
        return self.job.channel == "评论回复"

    def line(self, name: str, group: str, **slots: str) -> str:
        base = {"you": self.job.voice.you, "hail": self.job.voice.hail, "name": self.job.goods.name, "kind": ""}
        found = [v.text for v in self.patterns.variants(f"reply/{name}", base | slots) if v.group == group]
        return self.rng.choice(found) if found else ""

    def ruling(self) -> Ruling | None:
        return best_policy(self.job, self.wish.text, self.wish.intent)

    def words(self, answer: str, ident: str) -> str:
        """A policy's or answer's own sentences, those nearest to the question, in the brand's address."""
        spoken = _of_goods(_addressed(answer, self.job.voice.you), self.job.goods)
        return mark(_condense(spoken, self.wish.text, 60 if self.public else 120), ident)


def finish(desk: Desk, said: Said) -> str:
    text = closed(said.text)
    limit = desk.job.spec.number("字节上限") or BYTES
    goal = desk.job.spec.number("字数建议") or (COMMENT_GOAL if desk.public else GOAL)
    ceiling = desk.job.spec.number("字数上限")
    greet = (
        ""
        if desk.public or desk.job.brief.first("history")
        else desk.line("greet", "亲" if desk.job.voice.dear else "您")
    )
    if text.startswith((f"{desk.job.voice.you}好", "亲", "在的", "好，")):
        greet = ""
    wayout = desk.line("wayout", said.wayout) if said.wayout and not desk.public and not said.handover else ""
    if desk.public and said.handover and "私信" not in text:
        wayout = desk.line("private", "情况")
    full = greet + text + (wayout if len(bare(text + wayout)) <= goal + 20 else "")
    for candidate in (full, greet + text, text):
        if len(bare(candidate).encode()) <= limit and len(bare(candidate)) <= (ceiling or len(candidate)):
            return candidate
    return _cut(text, limit, ceiling)


def _cut(text: str, limit: int, ceiling: int | None) -> str:
    kept = ""
    for part in re.split(r"(?<=[。？])", text):
        if len(bare(kept + part).encode()) > limit or (ceiling and len(bare(kept + part)) > ceiling):
            break
        kept += part
    return kept


def _of_goods(answer: str, goods: Goods) -> str:
    """The answer without the sentences that are plainly about another kind of goods: coffee, when asked of a cream."""
    kind, parts = ware(goods) if goods else "", sentences(answer)
    others = re.compile("|".join(words for other, words in _KINDS.items() if other != kind))
    own = re.compile(_KINDS.get(kind, "(?!)"))
    kept = [part for part in parts if own.search(part) or not others.search(part)]
    return "。".join(kept) if kind in _KINDS and any(own.search(part) for part in kept) else answer


_SKIN = "护肤|面霜|防晒|护手霜|洁面|化妆品|成分表"
_KINDS = {
    "drink": "咖啡|茶",
    "food": "食品|粥|牛肉|燕麦|汤",
    "skin": _SKIN,
    "hand": _SKIN,
    "home": "毛巾|洗衣液|杯|灯|箱",
}


def _condense(answer: str, question: str, goal: int) -> str:
    """The answer within about `goal` 字: whole sentences, the first and those that speak of the question."""
    parts = sentences(answer)
    if sum(map(len, parts)) <= goal or len(parts) <= 1:
        return "。".join(parts)
    scored = sorted(range(len(parts)), key=lambda i: -(kinship(question, parts[i]) + 0.8 * (i == 0)))
    kept: list[int] = []
    for i in scored:
        if not kept or sum(len(parts[k]) for k in kept) + len(parts[i]) <= goal:
            kept.append(i)
    return "。".join(parts[i] for i in sorted(kept))


def _addressed(answer: str, you: str) -> str:
    return (
        answer.replace("您", "你")
        if you == "你"
        else re.sub(r"(?<![\u4e00-\u9fff])你(?!们)|(?<=[给帮请跟向和])你(?!们)", "您", answer)
    )


def closed(text: str) -> str:
    return text if not text or text.endswith(("。", "？", "！", "”")) else text + "。"


def asked_before(job: Job, said: Said) -> bool:
    """True when a colleague has already said nearly the same in this conversation."""
    fields = job.brief.first("history")
    told = [
        line.removeprefix("客服：") for key in fields.lists for line in fields.lists[key] if line.startswith("客服：")
    ]
    return any(kinship(bare(said.text), line) > 8 for line in told)
