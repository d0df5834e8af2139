"""One request as the writer sees it: every block read, with the limits of the channel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from agent.model import Request
from agent.models.offline.blocks import Brief, Fields, read_blocks
from agent.models.offline.choose import ANGLES, Angle
from agent.models.offline.facts import Goods, Offer, ban_terms, read_coupon, read_goods
from agent.models.offline.guard import Guard
from agent.models.offline.people import Reader, Voice, read_reader, read_voice
from agent.models.offline.pool import ENOUGH
from agent.models.offline.similar import shared_words

_REFUSED = re.compile(r"(?:别|不要|不用|不)(?:再)?(?:提到?|写|说|出现)“?([\u4e00-\u9fff]{2,6}?)(?=[”，。；、！\s]|$)")
_QUOTED = re.compile(r"[“「]([^”」]{2,12})[”」]")


@dataclass(frozen=True, slots=True)
class Job:
    brief: Brief
    channel: str
    """公众号文章, 朋友圈广告, 员工朋友圈, 客服回复 or 评论回复."""
    today: date | None
    action: str
    angle: Angle | None
    turn: int
    """Which of the many possible texts: grows with seed, sample and variant number."""
    variant: int
    """0-based number among the drafts asked for together."""
    spec: Fields
    goods: Goods
    reader: Reader
    voice: Voice
    offer: Offer | None
    guard: Guard
    unwanted: tuple[tuple[str, ...], ...]
    """Words this job does without, by who forbids them, on top of the channel's own."""
    past: tuple[str, ...]

    @property
    def wide(self) -> bool:
        """More drafts were asked for together than the small pool holds."""
        return self.variant >= ENOUGH

    @property
    def key(self) -> tuple[object, ...]:
        """Everything but the turn: jobs with one key choose from one pool of texts."""
        return (
            *(self.channel, self.today, self.action, self.angle, self.spec, self.goods, self.reader, self.voice),
            *(self.offer, self.unwanted, self.past, self.wide),
        )


def read_job(request: Request) -> Job:
    """Reads the blocks. Whatever is missing reads as empty."""
    blocks = read_blocks(request.blocks)
    task, spec, persona, brand = (blocks.first(name) for name in ("brief", "spec", "persona", "brand"))
    today = task.day("今天")
    products = tuple(goods for fields in blocks.every("product") if (goods := read_goods(fields, today)))
    message = blocks.first("message").one("正文")
    # A reply is about the product that the customer names; elsewhere the brief's first product leads.
    goods = max(products, key=lambda found: shared_words(found.name, message), default=Goods())
    channel = task.one("渠道") or _guess_channel(request, blocks)
    reader = read_reader(persona)
    voice = read_voice(brand, "您" if "回复" in channel else "你")
    coupon = read_coupon(blocks.first("coupon"), today)
    unwanted = (
        goods.banned,
        voice.avoid,
        reader.avoid,
        _blamed(blocks.first("findings")),
        refused(task.one("备注")),
        ban_terms(spec.many("禁用")),
    )
    wanted = task.one("角度")
    return Job(
        brief=blocks,
        channel=channel,
        today=today,
        action=task.one("行动"),
        angle=next((angle for angle in ANGLES if angle in wanted), None),
        variant=task.number("变体") or 0,
        turn=turn(request, task.number("变体") or 0, bool(blocks.first("findings"))),
        spec=spec,
        goods=goods,
        reader=reader,
        voice=voice,
        offer=coupon or next(iter(goods.offers), None),
        guard=Guard(
            unwanted,
            ad=channel == "朋友圈广告",
            latin=" ".join((goods.name, voice.name, *(f.text for f in goods.specs), *goods.ingredients)),
        ),
        unwanted=unwanted,
        past=tuple(blocks.first("past").many("开头") or _items(blocks.first("past"))),
    )


def turn(request: Request, variant: int, again: bool) -> int:
    """A number that moves with each of seed, variant and sample, so that no two of a series choose the same text."""
    sample = request.sample or (1 if again else 0)
    return (request.seed or 0) + variant + 7 * sample


def refused(notes: str) -> tuple[str, ...]:
    """Words that the user's own remarks ask to leave out: 别提价格 -> 价格, and then amounts too."""
    words = [word for word in _REFUSED.findall(notes) if word]
    return (*words, "元") if any("价" in word for word in words) else tuple(words)


def _items(fields: Fields) -> tuple[str, ...]:
    return tuple(item for key in fields.lists for item in fields.many(key))


def _blamed(findings: Fields) -> tuple[str, ...]:
    """Quoted words in what the last attempt was blamed for: the next one does without them."""
    return tuple(word for line in _items(findings) for word in _QUOTED.findall(line) if not word.isdigit())


def _guess_channel(request: Request, blocks: Brief) -> str:
    if blocks.first("message"):
        return "客服回复"
    wanted = (request.schema or {}).get("properties", {})
    return "公众号文章" if "sections" in wanted else "客服回复" if "intent" in wanted else "员工朋友圈"
