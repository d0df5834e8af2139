"""What the knowledge base says of items: which may be shown today, what they are like, and what fits a persona."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from knowledge_base.records import Coupon, Exemplar, Passage, Persona, Product, Record

if TYPE_CHECKING:
    from knowledge_base.embedding import Embedder, Matrix

Content = Product | Coupon | Exemplar | Passage


@dataclass(frozen=True, slots=True)
class Excluded:
    item: str
    reason: str
    """In Chinese."""


def excluded(
    records: Sequence[Record], on: date, *, out_of_stock: frozenset[str] = frozenset(), segments: Sequence[str] = ()
) -> tuple[Excluded, ...]:
    """Items that may not be recommended on a day: out of stock, a coupon or promotion over, gone or not theirs."""
    found = []
    for record in records:
        reason = "缺货" if record.id in out_of_stock else _closed(record, on, segments)
        if reason:
            found.append(Excluded(record.id, reason))
    return tuple(found)


def _closed(record: Record, on: date, segments: Sequence[str]) -> str:
    if isinstance(record, Coupon):
        if record.end is not None and record.end < on:
            return f"券已过期（{record.end.isoformat()}）"
        if record.start is not None and record.start > on:
            return f"券还没开始（{record.start.isoformat()}）"
        if record.stock == 0:
            return "券已领完"
        if segments and record.segments and not set(segments) & set(record.segments):
            return "券不发给这群人"
    if isinstance(record, Product) and record.promotions:
        # A product lives on after an offer; only one that exists for the offer alone has no price of its own.
        over = all(one.end is not None and one.end < on for one in record.promotions)
        if over and record.price is None:
            return "活动已结束，没有日常价"
    return ""


def words_of(record: Record) -> str:
    """What a record is, in one text to embed."""
    if isinstance(record, Product):
        return "。".join((record.name, record.category, *record.selling_points, *record.scenes))
    if isinstance(record, Coupon):
        return f"{record.name}。满 {record.threshold} 减 {record.amount}"
    if isinstance(record, Persona):
        return "。".join((record.who, *record.needs, *record.pains, *record.scenes))
    if isinstance(record, Exemplar | Passage):
        return f"{record.title}。{record.text[:200]}"
    return record.id


def item_vectors(
    items: Sequence[str], known: Mapping[str, Record], categories: Mapping[str, str], embedder: Embedder
) -> Matrix:
    """Unit vectors, shape (items, dimension): of the record, else of the category, else zero."""
    texts = [words_of(known[item]) if item in known else categories.get(item, "") for item in items]
    vectors = np.zeros((len(items), embedder.dimension), np.float32)
    places = [place for place, text in enumerate(texts) if text]
    if places:
        vectors[places] = embedder.embed([texts[place] for place in places])
    return vectors


@dataclass(frozen=True, slots=True)
class Match:
    record: Content
    score: float
    """Cosine of persona and record."""
    reason: str


def for_persona(
    persona: Persona, records: Sequence[Content], embedder: Embedder, k: int, *, allowed: Callable[[str], bool]
) -> tuple[Match, ...]:
    """The k records nearest to what a persona needs, each with the need it answers best."""
    wanted = [text for text in (*persona.needs, *persona.pains, *persona.scenes) if text] or [
        persona.who or persona.name
    ]
    shown = [record for record in records if allowed(record.id)]
    if not shown or k < 1:
        return ()
    likeness = embedder.embed([words_of(record) for record in shown]) @ embedder.embed(wanted).T
    # Half the best need, half all of them: one need met well beats all met a little, and noise in one is averaged.
    scores = 0.5 * likeness.max(axis=1) + 0.5 * likeness.mean(axis=1)
    order = np.lexsort(([record.id for record in shown], -scores))[:k]
    return tuple(
        Match(shown[i], float(scores[i]), f"最贴近画像里的「{wanted[int(likeness[i].argmax())]}」") for i in order
    )
