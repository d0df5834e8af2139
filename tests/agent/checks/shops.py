"""The sample brand and the second brand as contexts, their true copy, and the same copy with one untruth planted."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from agent.brief import Brief
from agent.checks.facts.claims import extract
from agent.context import Context
from agent.copies import ArticleCopy, Copy, MomentsCopy, ReplyCopy, Section
from knowledge_base import sample
from knowledge_base.records import Brand, Channel, Coupon, Exemplar, Policy, Product, Source
from knowledge_base.schema import parse_record
from tests.agent.checks.planted import WRONG_UNITS, wrong_numbers, wrong_units

TODAY = date(2026, 11, 22)
DATA = Path(__file__).parent / "data"
SECOND = Path(__file__).parents[2] / "fixtures" / "second_brand"


@dataclass(frozen=True)
class Shop:
    brand: Brand
    products: tuple[Product, ...]
    policies: tuple[Policy, ...]
    coupons: tuple[Coupon, ...]
    exemplars: tuple[Exemplar, ...]

    def product(self, id: str) -> Product:
        return next(p for p in self.products if p.id == id)


@dataclass(frozen=True)
class Planted:
    product: Product
    true: str
    wrong: str
    kind: str
    what: str


@cache
def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def shops() -> tuple[Shop, ...]:
    return tuple(_shop(folder) for folder in (sample.FOLDER, SECOND))


def _shop(folder: Path) -> Shop:
    def all_of(kind: Any, name: str) -> tuple[Any, ...]:
        data = load(folder / f"{name}.yaml")
        rows = data if isinstance(data, list) else [data]
        return tuple(parse_record(kind, row, Source(file=f"{name}.yaml")) for row in rows)

    return Shop(
        all_of("brand", "brand")[0], all_of("product", "products"), all_of("policy", "policies"),
        all_of("coupon", "coupons"), all_of("exemplar", "exemplars"),
    )  # fmt: skip


@cache
def shop_of(id: str) -> Shop:
    return next(shop for shop in shops() if any(p.id == id for p in shop.products))


@cache
def context_of(id: str, channel: Channel = "moments") -> Context:
    """A product with the policies that concern it."""
    shop = shop_of(id)
    policies = tuple(p for p in shop.policies if not p.products or id in p.products)
    return Context(products=(shop.product(id),), brand=shop.brand, policies=policies)


@cache
def brief_of(id: str, channel: Channel = "moments") -> Brief:
    form: Any = {"moments": "post", "article": "article", "reply": "service"}[channel]
    return Brief(channel=channel, form=form, today=TODAY, products=(id,))


def true_sentences() -> Iterator[tuple[str, str]]:
    """(product id, sentence) of the hand-written true copy."""
    for id, sentences in load(DATA / "true_sentences.yaml").items():
        yield from ((id, sentence) for sentence in sentences)


def wrong_sentences() -> Iterator[tuple[str, str, str]]:
    """(product id, sentence, the untrue words) of the hand-written untrue copy."""
    for id, rows in load(DATA / "wrong_sentences.yaml").items():
        yield from ((id, sentence, str(words)) for sentence, words in rows)


def true_copies() -> Iterator[tuple[str, Channel, Copy]]:
    """Hand-written sentences, exemplars and the sample brand's past articles."""
    for id, sentence in true_sentences():
        yield id, "moments", MomentsCopy(text=sentence)
    for shop in shops():
        for one in shop.exemplars:
            copy: Copy = MomentsCopy(text=one.text) if one.channel == "moments" else ReplyCopy(text=one.text)
            yield one.product, one.channel, _article(one.text) if one.channel == "article" else copy
    for path in sorted((sample.FOLDER / "articles").glob("*.md")):
        yield path.stem[8:], "article", _article(path.read_text(encoding="utf-8"))


def _article(text: str) -> ArticleCopy:
    sections = tuple(Section("", part) for part in text.split("\n## "))
    return ArticleCopy(title="", titles=(), digest="", sections=sections, cta="")


CERTIFICATES = (
    "通过了有机产品认证",
    "拿到了欧盟 CE 认证",
    "获得国家发明专利",
    "有 SGS 检测报告",
    "持有绿色食品证书",
    "通过 ISO 22716 认证",
    "获得国际 FSC 认证",
    "有母婴级安全认证",
)
AWARDS = (
    "拿过红点设计奖",
    "获得年度创新大奖",
    "荣获世界食品品质金奖",
    "入选城市礼物名录",
    "被评为省级名品",
    "蝉联类目榜首",
    "获评年度十佳产品",
    "拿下了工业设计金奖",
)
OTHER_THINGS = (
    "玻尿酸",
    "胶原蛋白",
    "益生菌",
    "蜂蜜",
    "奶粉",
    "核桃",
    "黑芝麻",
    "氧化锌",
    "烟酰胺",
    "牛油果",
    "钛合金",
    "竹纤维",
    "羊毛",
    "三文鱼",
    "枸杞",
    "椰子油",
    "人参",
    "燕窝",
)
PLACES = ("海南", "新疆", "内蒙古", "福建安溪", "巴西", "新西兰", "黑龙江五常", "日本")
THING_FRAMES = ("里面加了{thing}", "含{thing}", "添加了{thing}", "特别加入{thing}成分")
PLACE_FRAMES = ("产地{place}", "产自{place}", "原料来自{place}", "{place}进口")


def planted(seed: int = 1, each: int = 40) -> list[Planted]:
    """`each` untruths of every kind, spread over all products by `seed`."""
    dice = random.Random(seed)
    found: list[Planted] = []
    for kind, make in _MAKERS.items():
        options = [
            Planted(shop_of(id).product(id), sentence, wrong, kind, what)
            for id, sentence in true_sentences()
            for wrong, what in make(shop_of(id).product(id), sentence, dice)
        ]
        found += dice.sample(options, min(each, len(options)))
    return found


def _numbers(product: Product, text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    spans = [c for c in extract(text) if c.values and c.dim != "money"]
    for wrong, what in wrong_numbers(text):
        if any(what.startswith(c.text) for c in spans):
            yield wrong, what


def _units(product: Product, text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    known = {unit for unit in WRONG_UNITS if unit in text}
    return wrong_units(text) if known else iter(())


def _dates(product: Product, text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    for m in re.finditer(r"(\d{1,2}) 月 (\d{1,2}) 日", text):
        for month, day in ((int(m[1]) % 12 + 1, int(m[2])), (int(m[1]), int(m[2]) % 27 + 1)):
            wrong = f"{month} 月 {day} 日"
            yield text[: m.start()] + wrong + text[m.end() :], f"{m.group()} -> {wrong}"


def _prices(product: Product, text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    for m in re.finditer(r"(\d+(?:\.\d+)?)(?= 元)", text):
        for change in (10, -5, 30):
            wrong = f"{float(m[1]) + change:g}"
            yield text[: m.start()] + wrong + text[m.end() :], f"{m.group()} -> {wrong}"


def _appended(words: tuple[str, ...]) -> Callable[[Product, str, random.Random], Iterator[tuple[str, str]]]:
    def make(product: Product, text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
        what = dice.choice(words)
        yield f"{text.rstrip('。')}，{what}。", what
        yield f"{what}。{text}", what

    return make


def _things(product: Product, text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    said = str(product)
    thing = dice.choice([thing for thing in OTHER_THINGS if thing not in said])
    what = dice.choice(THING_FRAMES).format(thing=thing)
    yield f"{text.rstrip('。')}，{what}。", what
    for own in product.ingredients:
        if len(own) > 1 and own in text and "过敏" not in text:
            yield text.replace(own, thing), f"{own} -> {thing}"


def _places(product: Product, text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    what = dice.choice(PLACE_FRAMES).format(place=dice.choice(PLACES))
    yield f"{text.rstrip('。')}，{what}。", what


def _others(product: Product, text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    """A sentence with a figure that another product of the shop truly has."""
    own = {(c.dim, c.values) for line in _lines(product) for c in extract(line)}
    others = [
        line for p in shop_of(product.id).products if p.id != product.id for line in p.selling_points
        if any(c.values and c.text[0] not in "一半" and (c.dim, c.values) not in own for c in extract(line))
    ]  # fmt: skip
    what = dice.choice(others)
    yield f"{text.rstrip('。')}，{what}。", what


def _lines(product: Product) -> Iterator[str]:
    yield from (*product.selling_points, *product.faq, *product.scenes, product.name)
    yield from (spec.value for spec in product.specs)
    yield from (proof.text for proof in product.evidence)
    yield from (offer.text for offer in product.promotions)


_MAKERS: dict[str, Callable[[Product, str, random.Random], Iterator[tuple[str, str]]]] = {
    "number": _numbers,
    "unit": _units,
    "date": _dates,
    "price": _prices,
    "ingredient": _things,
    "origin": _places,
    "certificate": _appended(CERTIFICATES),
    "award": _appended(AWARDS),
    "another product": _others,
}
