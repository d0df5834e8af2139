"""Has the copy all its parts (title, digest, sections, action), and does the action lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from agent.copies import ArticleCopy, MomentsCopy
from evals.records import Sampled, Score, Tier
from evals.scorers.invitation import invites, tells_on
from evals.scorers.view import Span, View, unreadable, view
from evals.text_metrics import containment, grams, letters
from knowledge_base.errors import WenanError
from knowledge_base.records import NO_LINK, Coupon
from knowledge_base.rules import channel_spec

SECTIONS = 2
_COUPON = re.compile(r"(?:领|用|抢|有|送|发|张)[^，。！？\n]{0,8}券|优惠券|券后|领取优惠|立即领取")
_MINI = re.compile(r"小程序")
_NO_COUPON = re.compile(
    r"(?:没有?|不用|不靠|不等|不凑|不发|无(?!门槛))[^，。！？\n]{0,4}券|券[^。！？\n]{0,8}(?:没有|不[爱会再]?发|不搞|不做)"
)
_DIGITS = "零一二三四五六七八九"
_LEAST = 0.5


class Part(NamedTuple):
    name: str
    there: bool
    why: str = ""
    """Chinese, when it is not."""
    span: Span | None = None


class Structure:
    name = "structure"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """Share of the parts that are there and agree with the brief, in [0, 1]; nothing for replies."""
        if sampled.draft.brief.channel == "reply":
            return ()
        seen = view(sampled)
        if seen is None:
            return unreadable(self.name, sampled)
        parts = [*_parts(seen, sampled), *_action(seen, sampled)]
        missing = [part for part in parts if not part.there]
        why = "；".join(part.why for part in missing) if missing else "齐全：" + "、".join(part.name for part in parts)
        evidence = tuple(part.span for part in missing if part.span is not None)
        return (Score(self.name, 1 - len(missing) / len(parts), not missing, why, evidence),)


def _parts(seen: View, sampled: Sampled) -> Iterator[Part]:
    copy, brief = seen.copy, sampled.draft.brief
    if isinstance(copy, ArticleCopy):
        title = copy.title.strip()
        yield Part("标题", bool(title), "没有标题")
        own = bool(copy.digest.strip()) and letters(copy.digest) != letters(title)
        yield Part("摘要", own, "摘要和标题一样" if copy.digest.strip() else "没有摘要")
        told = [section for section in copy.sections if section.text.strip()]
        yield Part("分节", len(told) >= SECTIONS, f"只有 {len(told)} 节，文章要分节")
        headed = sum(bool(section.heading.strip()) for section in told)
        yield Part("小标题", not told or headed >= len(told) - 1, "有的节没有小标题")
        cta = copy.cta.strip()
        yield Part("行动", bool(cta) and (invites(cta) or not tells_on(cta)), "文末没有行动")
        return
    yield Part("正文", bool(copy.text.strip()), "正文是空的")
    if isinstance(copy, MomentsCopy) and brief.form == "ad":
        if _link_texts(sampled):
            yield Part("链接文案", bool(copy.link_text.strip()), "没有链接文案")
    else:
        last = copy.text.strip().rpartition("\n")[2][-60:]
        yield Part("行动", invites(last), "末尾没有说想要的人怎么做")


def _action(seen: View, sampled: Sampled) -> Iterator[Part]:
    context, brief = sampled.context, sampled.draft.brief
    place = _place_of_action(seen)
    text = "\n".join(seen.fields.values())
    promised = _COUPON.search(text)
    if promised is not None and context.coupon is None and not _NO_COUPON.search(text):
        yield Part("券", False, f"写了“{promised.group()}”，这次没有券", seen.find(promised.group()))
    if context.coupon is not None and brief.coupon:
        yield Part("券", tells_coupon(text, context.coupon), f"没有提到要推的券“{context.coupon.name}”")
    links = [context.link] if context.link else [p.link for p in context.products if p.link != NO_LINK]
    if _MINI.search(text) and not any(link.mini_appid for link in links):
        yield Part("小程序", False, "说了小程序，资料里没有小程序链接", seen.find("小程序"))
    if brief.cta.strip():
        wanted = grams(letters(brief.cta), 2)
        same = letters(brief.cta) in letters(place) or containment(wanted, grams(letters(place), 2)) >= _LEAST
        yield Part("指定的行动", same, f"没有带到“{brief.cta}”")


def tells_coupon(text: str, coupon: Coupon) -> bool:
    """By its name, its code, the word 券, or what it takes off."""
    plain = letters(text)
    if "券" in plain or any(name and letters(name) in plain for name in (coupon.name, coupon.code)):
        return True
    amount = f"{coupon.amount.normalize():f}"
    spoken = f"|{_spoken(int(amount))}" if amount.isdecimal() and int(amount) < 100 else ""
    return re.search(rf"(?:减|省|返|优惠|便宜)(?:{amount}{spoken})(?![\d十百])", plain) is not None


def _spoken(number: int) -> str:
    """As people say it, below 100: 八, 十五, 二十."""
    tens, ones = divmod(number, 10)
    return f"{_DIGITS[tens] if tens > 1 else ''}十{_DIGITS[ones] if ones else ''}" if tens else _DIGITS[ones]


def _place_of_action(seen: View) -> str:
    """Where an action belongs: an article's last part, an ad's link text, the end of a post."""
    copy = seen.copy
    if isinstance(copy, ArticleCopy):
        return copy.cta
    return f"{copy.text[-80:]}\n{copy.link_text}" if isinstance(copy, MomentsCopy) else copy.text


def _link_texts(sampled: Sampled) -> tuple[str, ...]:
    brief = sampled.draft.brief
    try:
        return channel_spec(brief.channel, brief.form, brief.format).link_texts
    except WenanError:  # a format that rules no longer know
        return ()
