"""What the records prove: every figure of a product, coupon, policy, passage or brand story, with where it stands.

Records are read with the same grammar as the copy, so both sides of a comparison are normalised alike. The facts of a
record are computed once and kept as long as the record is in use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from agent.checks.facts.claim import Claim
from agent.checks.facts.claims import extract
from agent.checks.facts.wording import code_key, plain
from knowledge_base.records import Brand, Coupon, Passage, Policy, Product

# Pieces that say nothing about what a text is about: units, articles, glue.
_EMPTY = frozenset(
    re.findall(
        "..",
        "小时分钟个月一个一次一天一条一盒一杯一下每天每次可以没有不是就是还是一样什么这个那个我们他们你的我的是的了一的时时候"
        "之后以后以前之前以上以下左右只有不用不要不能里的上的的人都是也是在一有一是一",
    )
)
_GLUE = frozenset("的了约一在是有达为每个就才只不也都和到还要能用过以内多装后前")
_NEAR = 10
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-/ ]?[A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Fact:
    """One proved figure or wording."""

    claim: Claim
    """The figure in the grammar of claims; its span points into `quote`."""
    record_id: str
    record_name: str
    where: str
    """The record's field in Chinese, e.g. 价格, 规格 净含量, 卖点."""
    quote: str
    """The record's own words."""
    near: frozenset[str] = frozenset()
    """Two-character pieces of the words round the figure: what it is said of."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything one record proves."""

    record_id: str
    name: str
    facts: tuple[Fact, ...]
    vocabulary: frozenset[str]
    """Two-character pieces of all its words."""
    codes: frozenset[str]
    """Its certificate numbers, standards, phone numbers and other codes, Latin and digits only, in capitals."""


@lru_cache(maxsize=512)
def product_evidence(product: Product) -> Evidence:
    """Facts of a product. Its do-not-say list proves nothing."""
    texts = [("名称", product.name), *(("别名", a) for a in product.aliases), ("品类", product.category)]
    texts += [(f"规格 {spec.name}", f"{spec.name}：{spec.value}") for spec in product.specs]
    texts += [("配料", text) for text in product.ingredients] + [("卖点", text) for text in product.selling_points]
    texts += [("答疑", text) for text in product.faq]
    texts += [("备注", product.note)] if product.note else []
    facts: list[Fact] = []
    if product.price is not None:
        facts.append(_money_fact(product.id, product.name, "价格", product.price, "price"))
        facts.append(_money_fact(product.id, product.name, "价格", product.price, "original"))
    for proof in product.evidence:
        head = f"{proof.name} {proof.number} {proof.issuer}"
        texts += [(f"证明 {proof.name}", head), (f"证明 {proof.name}", f"{proof.name}：{proof.text}")]
        if proof.issued:
            facts.append(_date_fact(product.id, product.name, f"证明 {proof.name}", proof.issued))
    for offer in product.promotions:
        where = f"优惠 {offer.name}"
        texts += [(where, offer.name), (where, offer.text)]
        facts += [_date_fact(product.id, product.name, where, day) for day in (offer.start, offer.end) if day]
        if offer.price is not None:
            facts.append(_money_fact(product.id, product.name, where, offer.price, "price"))
    if product.price_date:
        facts.append(_date_fact(product.id, product.name, "价格日期", product.price_date))
    # Scenes prove what they say but are not how the product is talked about.
    facts += [
        f for text in product.scenes for f in _text_facts(product.id, product.name, "使用场景", text, frozenset())
    ]
    return _evidence(product.id, product.name, texts, facts)


@lru_cache(maxsize=256)
def coupon_evidence(coupon: Coupon) -> Evidence:
    facts = [
        _money_fact(coupon.id, coupon.name, "减", coupon.amount, "reduction"),
        _money_fact(coupon.id, coupon.name, "门槛", coupon.threshold, "threshold"),
        _worded_fact(coupon.id, coupon.name, "满减", "offer", f"满{plain(coupon.threshold)}减{plain(coupon.amount)}"),
    ]
    facts += [_date_fact(coupon.id, coupon.name, "有效期", day) for day in (coupon.start, coupon.end) if day]
    return _evidence(coupon.id, coupon.name, [("名称", coupon.name), ("券码", coupon.code)], facts)


@lru_cache(maxsize=1024)
def policy_evidence(policy: Policy) -> Evidence:
    texts = [("政策", policy.answer), ("政策", policy.question)]
    facts = [_date_fact(policy.id, policy.question, "有效期", day) for day in (policy.start, policy.end) if day]
    return _evidence(policy.id, policy.question, texts, facts)


@lru_cache(maxsize=2048)
def passage_evidence(passage: Passage) -> Evidence:
    return _evidence(passage.id, passage.title or passage.id, [("资料", passage.title), ("资料", passage.text)], [])


@lru_cache(maxsize=64)
def brand_evidence(brand: Brand) -> Evidence:
    return _evidence(
        brand.id, brand.name, [("品牌", brand.name), ("品牌故事", brand.story), ("落款", brand.sign_off)], []
    )


@lru_cache(maxsize=4096)
def pieces(text: str) -> frozenset[str]:
    """Two-character pieces of the Chinese and Latin words in a text, figures and marks left out."""
    return (
        frozenset(text[i : i + 2] for i in range(len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()) - _EMPTY
    )


def neighbours(before: str, after: str) -> frozenset[str]:
    """What stands round a figure: pieces of the words near it, and the characters touching it (洗 20 次 -> 洗|)."""
    touching = set()
    if (left := before.rstrip()[-1:]) and left.isalpha() and left not in _GLUE:
        touching.add(f"{left}|")
    if (right := after.lstrip()[:1]) and right.isalpha() and right not in _GLUE:
        touching.add(f"|{right}")
    return pieces(before[-_NEAR:] + " " + after[:_NEAR]) | touching


def _evidence(record_id: str, name: str, texts: list[tuple[str, str]], facts: list[Fact]) -> Evidence:
    for where, text in texts:
        facts += _text_facts(record_id, name, where, text)
    codes = {latin_key(token) for _, text in texts for token in _TOKEN.findall(text)}
    codes |= {latin_key(fact.claim.key) for fact in facts if fact.claim.dim == "code"}
    return Evidence(record_id, name, tuple(facts), pieces("\n".join(text for _, text in texts)), frozenset(codes))


def latin_key(text: str) -> str:
    """The Latin letters and digits of a code, in capitals: 国妆特字 G2024-1 and g20241 are the same."""
    return "".join(c for c in code_key(text) if c.isascii())


def _text_facts(record_id: str, name: str, where: str, text: str, near: frozenset[str] | None = None) -> Iterator[Fact]:
    for claim in extract(text):
        around = (
            neighbours(text[max(0, claim.start - 20) : claim.start], text[claim.end : claim.end + 20])
            if near is None
            else near
        )
        yield Fact(claim, record_id, name, where, text, around)


def _money_fact(record_id: str, name: str, where: str, amount: Decimal, role: str) -> Fact:
    text = f"{plain(amount)} 元"
    claim = Claim(start=0, end=len(text), text=text, dim="money", values=(amount,), unit="元", role=role)
    return Fact(claim, record_id, name, where, text)


def _date_fact(record_id: str, name: str, where: str, day: date) -> Fact:
    text = f"{day.year} 年 {day.month} 月 {day.day} 日"
    claim = Claim(start=0, end=len(text), text=text, dim="date", key=day.isoformat())
    return Fact(claim, record_id, name, where, text)


def _worded_fact(record_id: str, name: str, where: str, dim: str, key: str) -> Fact:
    return Fact(Claim(start=0, end=len(key), text=key, dim=dim, key=key), record_id, name, where, key)
