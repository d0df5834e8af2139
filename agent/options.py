"""Options and brief files -> a validated Brief. Everything is resolved here, before anything costs money."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date

from agent.audience.choice import AUTO, auto_product, is_auto, is_segment, segment_persona
from agent.brief import ANGLE_NAMES, ANGLES, Angle, Brief, Form, Turn
from knowledge_base.base import KnowledgeBase
from knowledge_base.codec import record_name
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.records import Channel, Coupon, Kind, Persona, Product, Record
from knowledge_base.rules import channel_spec
from knowledge_base.workspace import Workspace

ANGLES_BY_NAME: dict[str, Angle] = {name: angle for angle, name in ANGLE_NAMES.items()}
SEED_LIMIT = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user typed or wrote in a brief file, nothing resolved yet. Empty means not said."""

    products: tuple[str, ...] = ()
    persona: str = ""
    brand: str = ""
    goal: str = ""
    angle: str = ""
    form: str = ""
    format: str = ""
    cta: str = ""
    coupon: str = ""
    message: str = ""
    history: tuple[Turn, ...] = ()
    notes: str = ""
    seed: int | None = None
    today: str = ""

    def over(self, base: Wish) -> Wish:
        """This wish where it says something, `base` elsewhere; notes of both are kept."""
        said = {
            name: value for name in self.__dataclass_fields__ if (value := getattr(self, name)) not in ((), "", None)
        }
        notes = "\n".join(dict.fromkeys(note for note in (base.notes, self.notes) if note))
        return replace(base, **{**said, "notes": notes})


@dataclass(frozen=True, slots=True)
class Resolved:
    brief: Brief
    notes: tuple[str, ...] = field(default=())
    """What was inferred, in Chinese, for stderr: nothing is assumed silently."""


def resolve(wish: Wish, channel: Channel, kb: KnowledgeBase, workspace: Workspace | None = None) -> Resolved:
    """Turns names into ids and checks every value; `workspace` holds the audience data, default the current one.

    Raises UsageError or BadInputError with the nearest valid values.
    """
    notes: list[str] = []
    form = _form(wish.form, channel)
    channel_spec(channel, form, wish.format)

    def record(kind: Kind, wanted: str) -> Record:
        found = kb.resolve(kind, wanted)
        if found.id != wanted:
            notes.append(f"「{wanted}」认作 {found.id}")
        return found

    persona: Record | None = None
    if is_segment(wish.persona):
        persona = segment_persona(wish.persona, kb, workspace or Workspace.find())
        notes.append(f"写给 {persona.id}「{record_name(persona)}」")
    elif wish.persona:
        persona = record("persona", wish.persona)
    named = wish.products
    if is_auto(named, kb):
        whom = persona if isinstance(persona, Persona) else None
        chosen = auto_product(whom, kb, workspace or Workspace.find(), parse_day(wish.today))
        notes.extend(chosen.notes)
        named = tuple(chosen.product.id if word == AUTO else word for word in named)
    products = [r for w in named if isinstance(r := record("product", w), Product)]
    coupon = record("coupon", wish.coupon) if wish.coupon else None
    if channel != "reply" and not products:
        raise UsageError(
            "没有说写哪个商品", hint="加 --product 商品编号或名字；wenan kb list --kind product 看有哪些。"
        )
    if channel == "reply" and not wish.message.strip():
        raise UsageError("没有顾客的话可回", hint='加 --message "顾客说的话"，或 --message - 从管道读。')
    brand = _brand(wish.brand, products, persona if isinstance(persona, Persona) else None, kb, notes)
    return Resolved(
        Brief(
            channel=channel,
            form=form,
            today=parse_day(wish.today),
            brand=brand,
            products=tuple(dict.fromkeys(product.id for product in products)),
            persona=persona.id if persona else "",
            goal=wish.goal,
            angle=parse_angle(wish.angle),
            format=wish.format,
            cta=wish.cta,
            coupon=coupon.id if isinstance(coupon, Coupon) else "",
            message=wish.message,
            history=wish.history,
            notes=wish.notes,
            seed=random.randrange(SEED_LIMIT) if wish.seed is None else wish.seed,
        ),
        tuple(notes),
    )


def parse_day(text: str) -> date:
    """An ISO day, or today when empty. Raises UsageError."""
    if not text:
        return date.today()
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError as error:
        raise UsageError(f"日期「{text}」看不懂", hint="写成 2026-11-22 这样。") from error


def parse_angle(text: str) -> Angle | None:
    """An angle by its English id or Chinese name; None when empty. Raises UsageError."""
    if not text:
        return None
    for angle in ANGLES:
        if text == angle:
            return angle
    if text in ANGLES_BY_NAME:
        return ANGLES_BY_NAME[text]
    raise UsageError(f"没有角度「{text}」", hint=f"可选：{'、'.join(ANGLES_BY_NAME)}。")


FORMS: dict[Channel, dict[str, Form]] = {
    "article": {"": "article", "article": "article"},
    "moments": {"": "ad", "ad": "ad", "post": "post", "广告": "ad", "员工": "post"},
    "reply": {"": "service", "service": "service", "comment": "comment", "客服": "service", "评论": "comment"},
}


def _form(text: str, channel: Channel) -> Form:
    forms = FORMS[channel]
    if text not in forms:
        raise UsageError(f"没有形式「{text}」", hint=f"可选：{'、'.join(name for name in forms if name)}。")
    return forms[text]


def _brand(wanted: str, products: list[Product], persona: Persona | None, kb: KnowledgeBase, notes: list[str]) -> str:
    """The brand named, else that of the products or persona, else the only one there is."""
    if wanted:
        return kb.resolve("brand", wanted).id
    owners = list(dict.fromkeys(product.brand for product in products if product.brand))
    if len(owners) > 1:
        raise UsageError(
            f"这些商品属于不同品牌：{'、'.join(owners)}", hint="一稿只写一个品牌；用 --brand 指定，或分开写。"
        )
    owner = owners[0] if owners else persona.brand if persona else ""
    known = {brand.id for brand in kb.all("brand")}
    if owner:
        return owner if owner in known else _brand_by_name(owner, kb)
    if len(known) == 1:
        only = next(iter(known))
        notes.append(f"没有指定品牌，用知识库里唯一的 {only}")
        return only
    if len(known) > 1:
        raise BadInputError("知识库里有多个品牌，不知道用哪个", hint=f"加 --brand，可选：{'、'.join(sorted(known))}。")
    return ""


def _brand_by_name(owner: str, kb: KnowledgeBase) -> str:
    """A shop export names the brand in words; without a brand record the copy simply has no brand voice."""
    return next((b.id for b in kb.all("brand") if getattr(b, "name", "") == owner), "")
