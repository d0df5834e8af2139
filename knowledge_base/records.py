"""What the knowledge base knows: one frozen record type per kind.

Records are pure values: they know nothing of files, Chroma or prompts. `knowledge_base/schema.py` turns untrusted
mappings into them. Money is `Decimal` yuan unless `currency` says otherwise; dates are calendar days in China.
A record without a brand belongs to every brand; without dates it is always valid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal, get_args

Kind = Literal["product", "persona", "brand", "policy", "coupon", "asset", "exemplar", "passage"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Channel = Literal["article", "moments", "reply"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record came from."""

    file: str
    """Path as the user gave it, relative to the workspace where possible, with forward slashes."""
    row: int | None = None
    """1-based row or line in the file; None when the whole file is one record."""
    sha256: str = ""
    """Hash of the record's canonical content, without its source; equal hashes mean nothing changed."""


NO_SOURCE = Source(file="")


@dataclass(frozen=True, slots=True)
class Spec:
    """One named property of a product, e.g. 净含量 = 48g."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that proves a claim: a certificate, a test report, a patent, an award."""

    name: str
    """What it is, e.g. 有机产品认证 or 第三方检测报告."""
    number: str = ""
    issuer: str = ""
    issued: date | None = None
    text: str = ""
    """What exactly it shows, e.g. 每 100g 含糖 0.3g."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A time-limited offer on a product. `start` and `end` are inclusive days."""

    name: str
    text: str
    start: date | None = None
    end: date | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Where a reader goes: an H5 page, a 小程序 page, or both."""

    url: str = ""
    mini_appid: str = ""
    mini_path: str = ""
    scene: str = ""


NO_LINK = Link()


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    kind: ClassVar[Kind] = "product"
    id: str
    name: str
    brand: str = ""
    category: str = ""
    aliases: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str = "CNY"
    price_date: date | None = None
    """The day the price was true."""
    specs: tuple[Spec, ...] = ()
    ingredients: tuple[str, ...] = ()
    selling_points: tuple[str, ...] = ()
    """One checkable sentence each, e.g. 冷水 3 秒化开."""
    scenes: tuple[str, ...] = ()
    """Moments in which the product is used, e.g. 图书馆没有热水."""
    evidence: tuple[Evidence, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    do_not_say: tuple[str, ...] = ()
    faq: tuple[str, ...] = ()
    """Doubts and honest answers, each `问：…答：…`."""
    link: Link = NO_LINK
    note: str = ""
    source: Source = field(default=NO_SOURCE, compare=False)


FIGURES = "依据："
"""Begins the lines of a persona's `evidence` that hold figures of behaviour data: for people, never for copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    kind: ClassVar[Kind] = "persona"
    id: str
    name: str
    brand: str = ""
    who: str = ""
    """One sentence: age, city, household, work."""
    needs: tuple[str, ...] = ()
    pains: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    """Concrete moments with time and place, written so that copy can open with them."""
    language: tuple[str, ...] = ()
    """How they talk: phrases they use, tone they like."""
    avoid: tuple[str, ...] = ()
    """Words and tones that put them off."""
    objections: tuple[str, ...] = ()
    """What makes them hesitate, each a question they would ask."""
    evidence: tuple[str, ...] = ()
    """What convinces them, and the data behind this card in lines that begin with `FIGURES`."""
    channels: tuple[str, ...] = ()
    source: Source = field(default=NO_SOURCE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTone:
    """The tone bank of one channel, as `wenan brand learn` proposes it and a person edits it."""

    channel: Channel
    sentence_chars: int = 0
    """Median sentence length in 字; 0 when unknown."""
    address: str = ""
    """How the reader is called: 你, 您, 姐妹..."""
    openings: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    emoji: tuple[str, ...] = ()
    emoji_per_text: float = 0.0
    favourite_words: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    """Sentences of the brand's own past copy, each with its source in brackets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    kind: ClassVar[Kind] = "brand"
    id: str
    name: str
    voice: tuple[str, ...] = ()
    address: str = ""
    words_use: tuple[str, ...] = ()
    words_avoid: tuple[str, ...] = ()
    sign_off: str = ""
    story: str = ""
    colours: tuple[str, ...] = ()
    """CSS colours, main colour first."""
    tones: tuple[ChannelTone, ...] = ()
    link: Link = NO_LINK
    source: Source = field(default=NO_SOURCE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy or FAQ entry that replies may quote."""

    kind: ClassVar[Kind] = "policy"
    id: str
    question: str
    answer: str
    brand: str = ""
    category: str = ""
    """售后, 物流, 发票, 成分, 过敏, 价格, 会员 ..."""
    keywords: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    """Product ids it is about; empty means all."""
    handover: bool = False
    """True when a person must answer."""
    start: date | None = None
    end: date | None = None
    source: Source = field(default=NO_SOURCE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    kind: ClassVar[Kind] = "coupon"
    id: str
    name: str
    brand: str = ""
    code: str = ""
    threshold: Decimal = Decimal(0)
    """Least order in yuan; 0 means none."""
    amount: Decimal = Decimal(0)
    """Yuan taken off."""
    start: date | None = None
    end: date | None = None
    stock: int | None = None
    """Pieces left; None when unknown, 0 when gone."""
    segments: tuple[str, ...] = ()
    """Persona or segment ids that may have it; empty means everyone."""
    products: tuple[str, ...] = ()
    link: Link = NO_LINK
    source: Source = field(default=NO_SOURCE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    kind: ClassVar[Kind] = "asset"
    id: str
    path: str
    brand: str = ""
    product: str = ""
    alt: str = ""
    width: int = 0
    height: int = 0
    licence_until: date | None = None
    source: Source = field(default=NO_SOURCE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemplar:
    """A past text that people approved; prompts show it as an example of voice, never of facts."""

    kind: ClassVar[Kind] = "exemplar"
    id: str
    channel: Channel
    text: str
    title: str = ""
    brand: str = ""
    product: str = ""
    persona: str = ""
    source: Source = field(default=NO_SOURCE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A chunk of a longer document."""

    kind: ClassVar[Kind] = "passage"
    id: str
    text: str
    title: str = ""
    """Document title and heading path, `文档 > 小标题`."""
    brand: str = ""
    category: str = ""
    product: str = ""
    start: int = 0
    """Code-point offset of the chunk in the converted document."""
    source: Source = field(default=NO_SOURCE, compare=False)


Record = Product | Persona | Brand | Policy | Coupon | Asset | Exemplar | Passage
RECORD_TYPES: dict[Kind, type[Record]] = {
    "product": Product,
    "persona": Persona,
    "brand": Brand,
    "policy": Policy,
    "coupon": Coupon,
    "asset": Asset,
    "exemplar": Exemplar,
    "passage": Passage,
}
