"""Reads records into proof: every figure and wording of a product, coupon, policy, passage or brand story.

Records are read with the same grammar as the copy, so both sides of a comparison are normalised alike. The evidence of
a record is computed once and kept as long as the record is in use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from agent.checks.facts.assertions import promises
from agent.checks.facts.claim import Claim
from agent.checks.facts.claims import figures
from agent.checks.facts.evidence import Conditions, Evidence, Fact, latin_key, neighbours, pieces
from agent.checks.facts.materials import held
from agent.checks.facts.wording import plain
from agent.same import cached_by_identity
from knowledge_base.records import Brand, Coupon, Passage, Policy, Product, Promotion

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-/ ]?[A-Za-z0-9]+)*")
_SENTENCE = re.compile(r"[^。！？；\n!?]+[。！？；!?]?")
_QUESTION = re.compile(r"^\s*问[：:].*?答[：:]", re.DOTALL)
_ORDINAL = re.compile(r"第[二三四2-4]")
_BUNDLE = re.compile(r"加|和|＋|\+|配|与")
_AMOUNT = re.compile(r"\d+(?:\.\d+)?\s?(?:元|块)")


@cached_by_identity(512)
def product_evidence(product: Product) -> Evidence:
    """Facts of a product. Its do-not-say list and the questions of its FAQ prove nothing."""
    id, name = product.id, product.name
    texts = [("名称", name), *(("别名", a) for a in product.aliases), ("品类", product.category)]
    texts += [(f"规格 {spec.name}", f"{spec.name}：{spec.value}") for spec in product.specs]
    texts += [("配料", text) for text in product.ingredients] + [("卖点", text) for text in product.selling_points]
    texts += [("答疑", _QUESTION.sub("", text)) for text in product.faq]
    texts += [("备注", product.note)] if product.note else []
    facts: list[Fact] = []
    if product.price is not None:
        facts.append(_money_fact(id, name, "价格", product.price, "price"))
        facts.append(_money_fact(id, name, "价格", product.price, "original"))
    for proof in product.evidence:
        texts += [(f"证明 {proof.name}", f"{proof.name} {proof.number} {proof.issuer}")]
        texts += [(f"证明 {proof.name}", f"{proof.name}：{proof.text}")] if proof.text else []
        if proof.issued:
            facts.append(_date_fact(id, name, f"证明 {proof.name}", proof.issued))
    for offer in product.promotions:
        facts += _offer_facts(product, offer)
    if product.price_date:
        facts.append(_date_fact(id, name, "价格日期", product.price_date))
    # Scenes prove what they say but are not how the product is talked about.
    facts += [f for text in product.scenes for f in _text_facts(id, name, "使用场景", text, frozenset())]
    return _evidence("product", id, name, texts, facts, product.ingredients)


@cached_by_identity(256)
def coupon_evidence(coupon: Coupon) -> Evidence:
    facts = [
        _money_fact(coupon.id, coupon.name, "减", coupon.amount, "reduction"),
        _money_fact(coupon.id, coupon.name, "门槛", coupon.threshold, "threshold"),
        _worded_fact(coupon.id, coupon.name, "满减", "offer", f"满{plain(coupon.threshold)}减{plain(coupon.amount)}"),
    ]
    facts += [_date_fact(coupon.id, coupon.name, "有效期", day) for day in (coupon.start, coupon.end) if day]
    texts = [("名称", coupon.name), ("券码", coupon.code)]
    read = _evidence("coupon", coupon.id, coupon.name, texts, facts)
    # Its fields say what it takes off; a name that says something else is out of date.
    return replace(read, facts=tuple(fact for fact in read.facts if fact.where != "名称"))


@cached_by_identity(1024)
def policy_evidence(policy: Policy) -> Evidence:
    texts = [("政策", sentence) for sentence in _sentences(policy.answer)] + [("政策", policy.question)]
    facts = [_date_fact(policy.id, policy.question, "有效期", day) for day in (policy.start, policy.end) if day]
    return _evidence("policy", policy.id, policy.question, texts, facts)


@cached_by_identity(2048)
def passage_evidence(passage: Passage) -> Evidence:
    texts = [("资料", passage.title), *(("资料", sentence) for sentence in _sentences(passage.text))]
    return _evidence("passage", passage.id, passage.title or passage.id, texts, [])


@cached_by_identity(64)
def brand_evidence(brand: Brand) -> Evidence:
    texts = [("品牌", brand.name), *(("品牌故事", line) for line in _sentences(brand.story)), ("落款", brand.sign_off)]
    return _evidence("brand", brand.id, brand.name, texts, [])


def _sentences(text: str) -> list[str]:
    return [m.group().strip() for m in _SENTENCE.finditer(text) if m.group().strip()]


def _offer_facts(product: Product, offer: Promotion) -> Iterator[Fact]:
    """An offer's figures hold on its days, named as an offer, for the pack or bundle it names."""
    where, id, name = f"优惠 {offer.name}", product.id, product.name
    named = pieces(offer.name)
    yield from (_date_fact(id, name, where, day) for day in (offer.start, offer.end) if day)
    for text in dict.fromkeys((offer.name, offer.text)):
        for fact in _text_facts(id, name, where, text):
            before = text[: fact.claim.start]
            pack = next((c.values[0] for c in figures(before) if c.dim.startswith("count:") and c.values), None)
            first = _AMOUNT.search(text)
            partner = (
                pieces(before) - pieces(product.name) - pieces(" ".join(product.aliases)) - pieces("到手会员只要")
                if _BUNDLE.search(before) and pack is None and first
                else frozenset()
            )
            ordinal = m.group() if (m := _ORDINAL.search(before)) else ""
            limits = Conditions(named, pack if pack != 1 else None, partner, ordinal, offer.start, offer.end)
            yield Fact(fact.claim, id, name, where, text, fact.near, limits)
    if offer.price is not None:
        limits = Conditions(named, start=offer.start, end=offer.end)
        fact = _money_fact(id, name, where, offer.price, "price")
        yield Fact(fact.claim, id, name, where, offer.text or fact.quote, fact.near, limits)


def _evidence(
    kind: str,
    record_id: str,
    name: str,
    texts: list[tuple[str, str]],
    facts: list[Fact],
    ingredients: tuple[str, ...] = (),
) -> Evidence:
    texts = [(where, text) for where, text in texts if text]
    for where, text in texts:
        facts += _text_facts(record_id, name, where, text)
    things = [fact for where, text in texts for fact in _things(record_id, name, where, text)]
    things += [fact for fact in facts if fact.claim.dim == "absence"]
    codes = {latin_key(token) for _, text in texts for token in _TOKEN.findall(text)}
    codes |= {latin_key(fact.claim.key) for fact in facts if fact.claim.dim == "code"}
    joined = "\n".join(text for _, text in texts)
    return Evidence(
        record_id,
        name,
        tuple(facts),
        pieces(joined),
        frozenset(codes),
        kind,
        tuple(things),
        tuple(_line(record_id, name, where, text) for where, text in texts),
        joined,
        _line(record_id, name, "配料", "、".join(ingredients)) if ingredients else None,
    )


def _text_facts(record_id: str, name: str, where: str, text: str, near: frozenset[str] | None = None) -> Iterator[Fact]:
    for claim in figures(text):
        around = (
            neighbours(text[max(0, claim.start - 20) : claim.start], text[claim.end : claim.end + 20])
            if near is None
            else near
        )
        yield Fact(claim, record_id, name, where, text, around)


def _things(record_id: str, name: str, where: str, text: str) -> Iterator[Fact]:
    for dim, key, start, end in held(text):
        yield _worded_fact(record_id, name, where, dim, key, text, (start, end))
    for key, (start, end) in promises(text):
        yield _worded_fact(record_id, name, where, "guarantee", key, text, (start, end))


def _line(record_id: str, name: str, where: str, text: str) -> Fact:
    claim = Claim(start=0, end=len(text), text=text, dim="line", key=text)
    return Fact(claim, record_id, name, where, text)


def _money_fact(record_id: str, name: str, where: str, amount: Decimal, role: str) -> Fact:
    text = f"{plain(amount)} 元"
    claim = Claim(start=0, end=len(text), text=text, dim="money", values=(amount,), unit="元", role=role)
    return Fact(claim, record_id, name, where, text)


def _date_fact(record_id: str, name: str, where: str, day: date) -> Fact:
    text = f"{day.year} 年 {day.month} 月 {day.day} 日"
    claim = Claim(start=0, end=len(text), text=text, dim="date", key=day.isoformat())
    return Fact(claim, record_id, name, where, text)


def _worded_fact(
    record_id: str, name: str, where: str, dim: str, key: str, quote: str = "", span: tuple[int, int] = (0, 0)
) -> Fact:
    quote, span = quote or key, span if quote else (0, len(key))
    claim = Claim(start=span[0], end=span[1], text=quote[slice(*span)], dim=dim, key=key)
    return Fact(claim, record_id, name, where, quote)
