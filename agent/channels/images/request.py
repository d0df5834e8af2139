"""The image brief (配图需求单) as a value: what to shoot, how large, what must be right and what must not be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from agent.channels.images.prepare import size_text
from agent.copies import ArticleCopy, ReplyCopy
from agent.draft import Draft
from agent.label.explicit import label_text
from knowledge_base.errors import UsageError
from knowledge_base.records import Asset, Product, Promotion
from knowledge_base.rules import channel_spec
from knowledge_base.rules.images import PictureSize, image_rules

_PLACE = re.compile(r"\s*(第\s*[0-9一二三四五六七八九十]+\s*节|封面|首图|头图|尾图)\s*[:：]\s*(.+)", re.DOTALL)
BLANK = "＿＿＿＿"
_COVER = "和标题是同一件事、同一个时刻；没有合适的图，用 wenan image cover 生成文字封面"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One picture to deliver."""

    number: int
    place: str
    """Where it stands, e.g. 封面 2.35:1 or 第 2 节."""
    shows: str
    size: str
    """Pixels and ratio."""
    file: str
    """Formats and greatest size."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    draft_id: str
    title: str
    about: tuple[tuple[str, str], ...]
    """(name, value) lines of the head."""
    items: tuple[Item, ...]
    facts: tuple[tuple[str, str], ...]
    """(what, value): must be right wherever a picture shows them."""
    never: tuple[tuple[str, str], ...]
    """(what, why)."""
    assets: tuple[tuple[str, str], ...]
    """(what, state): pictures that exist already."""
    label: str
    """The AI label of this sheet's own words."""


def image_request(draft: Draft, today: date) -> ImageRequest:
    """Raises UsageError for replies and drafts without copy."""
    copy = draft.copy
    if copy is None or isinstance(copy, ReplyCopy):
        raise UsageError("这一稿不用配图", hint="公众号文章和朋友圈文案才有配图需求。")
    context, brief = draft.context, draft.brief
    spec = channel_spec(brief.channel, brief.form, brief.format)
    offers = tuple(_offers(draft))
    about = (
        ("稿件", draft.id),
        ("渠道", spec.name),
        ("品牌", context.brand.name if context.brand else ""),
        ("商品", "、".join(product.name for product in context.products)),
        ("写给", context.persona.name if context.persona else ""),
        ("品牌色", "、".join(context.brand.colours) if context.brand else ""),
        ("写于", f"{brief.today:%Y-%m-%d}"),
        ("活动", "；".join(offers)),
        ("交图日期", BLANK),
        ("设计", BLANK),
    )
    return ImageRequest(
        draft_id=draft.id,
        title=copy.title if isinstance(copy, ArticleCopy) else copy.text.strip().split("\n", 1)[0],
        about=tuple((name, value) for name, value in about if value),
        items=tuple(_items(draft)),
        facts=tuple(fact for product in context.products for fact in _facts(product)),
        never=tuple(_never(draft, spec.forbidden)),
        assets=tuple(_asset(one, today) for one in context.assets),
        label=label_text(draft),
    )


def _items(draft: Draft) -> Iterator[Item]:
    rules, copy = image_rules(), draft.copy
    pictures = rules.forms[draft.brief.form]
    wanted = [_placed(text) for text in getattr(copy, "image_brief", ())]
    covers = [shows for place, shows in wanted if place in ("封面", "首图", "头图")]
    number = 0
    if pictures.cover:
        target = rules.target("cover")
        for size in rules.covers.values():
            number += 1
            yield Item(
                number=number,
                place=f"{size.name} {size.ratio}",
                shows=covers[0] if covers else _COVER,
                size=f"{size.width}×{size.height} 像素（{size.ratio}）",
                file=_file(target.formats, target.bytes_max),
                note=f"四边留空：左右各 {size.safe[0]:.0%}，上下各 {size.safe[1]:.0%}，字和主体不要进去",
            )
    picture = pictures.size(draft.brief.format)
    for place, shows in wanted or [("", "商品和使用的时刻在同一张图里，看得出是哪一件、怎么用")]:
        if pictures.cover and place in ("封面", "首图", "头图"):
            continue
        number += 1
        yield _picture(number, place or f"配图 {number}", shows, picture, pictures.note)


def _picture(number: int, place: str, shows: str, size: PictureSize | None, note: str) -> Item:
    if size is None:
        return Item(number=number, place=place, shows=shows, size="", file="", note=note)
    target = image_rules().target(size.target)
    return Item(
        number=number, place=place, shows=shows, size=f"{size.width}×{size.height} 像素（{size.ratio}）",
        file=_file(target.formats, target.bytes_max), note=note,
    )  # fmt: skip


def _file(formats: tuple[str, ...], bytes_max: int) -> str:
    names = "、".join({"jpeg": "JPG", "png": "PNG", "gif": "GIF", "bmp": "BMP"}[one] for one in formats)
    return f"{names}，每张不超过 {size_text(bytes_max)}，sRGB"


def _placed(text: str) -> tuple[str, str]:
    """`第 2 节：拍什么` -> (place, what); no place when none is named."""
    found = _PLACE.match(text)
    return (" ".join(found[1].split()), found[2].strip()) if found else ("", text.strip())


def _facts(product: Product) -> Iterator[tuple[str, str]]:
    name = product.name
    yield "品名", name
    if product.price is not None:
        since = f"（{product.price_date:%Y-%m-%d} 的价）" if product.price_date else ""
        yield f"{name} 价格", f"{product.price:f} 元{since}"
    for spec in product.specs:
        yield f"{name} {spec.name}", spec.value
    if product.ingredients:
        yield f"{name} 配料", "、".join(product.ingredients)
    for proof in product.evidence:
        parts = (proof.text, proof.issuer, proof.number)
        yield f"{name} {proof.name}", "，".join(part for part in parts if part)


def _offers(draft: Draft) -> Iterator[str]:
    for product in draft.context.products:
        for offer in product.promotions:
            if offer.end is None or offer.end >= draft.brief.today:
                yield f"{offer.name}：{offer.text}（{_days(offer)}）"
    if (coupon := draft.context.coupon) is not None:
        yield f"{coupon.name}（{_days(coupon)}）"


def _days(one: Promotion | object) -> str:
    start, end = getattr(one, "start", None), getattr(one, "end", None)
    begin = f"{start:%Y-%m-%d} 起" if start else ""
    until = f"{end:%Y-%m-%d} 止，过期的图要撤下" if end else ""
    return "，".join(part for part in (begin, until) if part) or "没有写日期，用前先确认"


def _never(draft: Draft, forbidden: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for product in draft.context.products:
        if product.do_not_say:
            yield f"图上不要写：{'、'.join(product.do_not_say)}", f"{product.name} 的资料写明不能说"
    brand = draft.context.brand
    if brand is not None and brand.words_avoid:
        yield f"图上不要写：{'、'.join(brand.words_avoid)}", f"{brand.name} 不用的词"
    if forbidden and draft.brief.form == "ad":
        yield f"图上不要出现：{'、'.join(forbidden)}", "朋友圈广告的规定"
    yield from image_rules().never


def _asset(one: Asset, today: date) -> tuple[str, str]:
    pixels = f"，{one.width}×{one.height}" if one.width and one.height else ""
    name = f"{one.alt or one.id}（{one.path}{pixels}）"
    if one.licence_until is None:
        return name, "没有写授权到期日，用前先确认"
    if one.licence_until < today:
        return name, f"授权 {one.licence_until:%Y-%m-%d} 已到期，不能用"
    return name, f"授权到 {one.licence_until:%Y-%m-%d}"
