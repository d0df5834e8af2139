"""Brief -> Context: everything the knowledge base and the journal hold about this job, with scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from agent.brief import Brief
from agent.context import Context, PastDraft, Retrieved, TrackedLink
from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import UnknownIdError
from knowledge_base.hit import Hit
from knowledge_base.records import (
    Asset,
    Brand,
    Coupon,
    Exemplar,
    Kind,
    Passage,
    Persona,
    Policy,
    Product,
    Record,
)

PASSAGES = 4
POLICIES = {"article": 4, "moments": 0, "reply": 8}
EXEMPLARS = 2
PAST_DRAFTS = 5
# A customer names goods loosely; below this fused score a guess does more harm than asking.
PRODUCT_GUESS_SCORE = 0.75

R = TypeVar("R", bound=Record)


class PastDrafts(Protocol):
    """What gathering needs of the journal."""

    def past(self, product: str, persona: str, limit: int) -> Sequence[PastDraft]: ...


LinkResolver = Callable[[Brief, tuple[Product, ...], Coupon | None, Brand | None], TrackedLink | None]


def gather(
    brief: Brief, kb: KnowledgeBase, *, past: PastDrafts | None = None, link: LinkResolver | None = None
) -> Context:
    """Reads records named by the brief and searches for the rest.

    Raises UnknownIdError when the brief names an id that the knowledge base does not hold.
    """
    retrieved: list[Retrieved] = []

    def named(id: str, kind: type[R], what: str) -> R:
        record = kb.get(id)
        if not isinstance(record, kind):
            raise UnknownIdError(what, id)
        retrieved.append(Retrieved(id=id, kind=record.kind, score=1.0))
        return record

    products = tuple(named(id, Product, "商品") for id in brief.products)
    persona = named(brief.persona, Persona, "人设") if brief.persona else None
    brand = named(brief.brand, Brand, "品牌") if brief.brand else None
    coupon = named(brief.coupon, Coupon, "优惠券") if brief.coupon else None

    def found(query: str, kind: Kind, k: int) -> tuple[Hit, ...]:
        if k == 0 or not query.strip():
            return ()
        hits = kb.search(query, k=k, kinds=(kind,), brand=brief.brand or None, on=brief.today)
        retrieved.extend(
            Retrieved(id=hit.record.id, kind=kind, score=hit.score, dense=hit.dense, lexical=hit.lexical)
            for hit in hits
        )
        return hits

    if brief.channel == "reply" and not products:
        products = _products_in_message(brief, kb, found)
    query = _query(brief, products, persona)
    passages = tuple(
        hit.record
        for hit in found(query, "passage", PASSAGES)
        if isinstance(hit.record, Passage) and hit.record.product in ("", *(p.id for p in products))
    )
    policies = tuple(
        hit.record
        for hit in found(brief.message or query, "policy", POLICIES[brief.channel])
        if isinstance(hit.record, Policy) and _concerns(hit.record.products, products)
    )
    earlier = past.past(products[0].id if products else "", brief.persona, PAST_DRAFTS) if past else ()
    return Context(
        products=products,
        persona=persona,
        brand=brand,
        coupon=coupon,
        policies=policies,
        passages=passages,
        exemplars=_exemplars(brief, products, kb),
        assets=_assets(products, kb),
        past=tuple(earlier),
        link=link(brief, products, coupon, brand) if link else None,
        retrieved=tuple(retrieved),
        kb_version=kb.version,
    )


def _query(brief: Brief, products: tuple[Product, ...], persona: Persona | None) -> str:
    needs = " ".join((*persona.needs[:2], *persona.pains[:2])) if persona else ""
    names = " ".join(product.name for product in products)
    return " ".join(part for part in (brief.message, brief.goal, brief.notes, names, needs) if part)


def _concerns(about: tuple[str, ...], products: tuple[Product, ...]) -> bool:
    return not about or not products or any(product.id in about for product in products)


def _products_in_message(
    brief: Brief, kb: KnowledgeBase, found: Callable[[str, Kind, int], tuple[Hit, ...]]
) -> tuple[Product, ...]:
    """The goods a customer means: named outright in the conversation, or one clearly best search hit."""
    said = "\n".join((*(turn.text for turn in brief.history), brief.message))
    known = [p for p in kb.all("product", brief.brand or None) if isinstance(p, Product)]
    named = [p for p in known if any(name and name in said for name in (p.name, *p.aliases))]
    if named:
        return tuple(named[:2])
    hits = found(brief.message, "product", 1)
    return tuple(hit.record for hit in hits if isinstance(hit.record, Product) and hit.score >= PRODUCT_GUESS_SCORE)


def _exemplars(brief: Brief, products: tuple[Product, ...], kb: KnowledgeBase) -> tuple[Exemplar, ...]:
    """Approved texts of this channel, those nearest to the job first: voice is learnt from them, never facts."""
    ids = {product.id for product in products}
    same_channel = [
        e for e in kb.all("exemplar", brief.brand or None) if isinstance(e, Exemplar) and e.channel == brief.channel
    ]
    same_channel.sort(key=lambda e: (e.persona != brief.persona, e.product not in ids, e.id))
    return tuple(same_channel[:EXEMPLARS])


def _assets(products: tuple[Product, ...], kb: KnowledgeBase) -> tuple[Asset, ...]:
    ids = {product.id for product in products}
    return tuple(a for a in kb.all("asset") if isinstance(a, Asset) and a.product in ids)
