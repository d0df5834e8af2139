"""The ledger of a draft: every claim it makes of a product, tied to the record that proves it or called unsupported."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from agent.brief import Brief
from agent.checks.facts.claim import Claim, Spans
from agent.checks.facts.claims import extract
from agent.checks.facts.evidence import (
    Evidence,
    Fact,
    brand_evidence,
    coupon_evidence,
    neighbours,
    passage_evidence,
    policy_evidence,
    product_evidence,
)
from agent.checks.facts.scenes import is_scene, non_claims, questions
from agent.checks.facts.support import find_support, nearest, same_date
from agent.context import Context
from agent.copies import Copy, fields
from knowledge_base.records import Persona, Product

_PACKS = frozenset(f"count:{pack}" for pack in "条片盒瓶袋支枚罐件杯套组桶箱个份双把台张卷听提")
_NEVER_SCENERY = frozenset({"money", "ratio", "discount", "times"})
Verdict = Literal["supported", "derived", "unsupported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSupport:
    """One claim of the copy with what proves it."""

    field: str
    """Field of the copy as in `agent.copies.fields`."""
    subject: str
    """Id of the product it is said of; empty when the context has none."""
    attribute: str
    """Property family or kind of money, where the words name one."""
    claim: Claim
    verdict: Verdict
    fact: Fact | None = None
    """The proof; for an unsupported claim the nearest true figure, if there is one."""
    how: str = ""
    """Arithmetic that leads from the fact to the claim, when derived."""


def ledger(copy: Copy, brief: Brief, context: Context) -> tuple[ClaimSupport, ...]:
    """Every product claim of the copy in reading order. Figures of the scene (clock times, ages) are left out."""
    return _ledger(_Draft(copy, brief, context))


class _Draft:
    """The three arguments as one cache key, compared by identity: deep hashes would cost more than they save."""

    __slots__ = ("brief", "context", "copy")

    def __init__(self, copy: Copy, brief: Brief, context: Context) -> None:
        self.copy, self.brief, self.context = copy, brief, context

    def __hash__(self) -> int:
        return hash((id(self.copy), id(self.brief), id(self.context)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Draft):
            return NotImplemented
        return self.copy is other.copy and self.brief is other.brief and self.context is other.context


@lru_cache(maxsize=8)
def _ledger(draft: _Draft) -> tuple[ClaimSupport, ...]:
    """Several checks of one draft ask for the same ledger one after another."""
    books = _Books(draft.brief, draft.context)
    return tuple(entry for name, text in fields(draft.copy).items() for entry in _field_entries(name, text, books))


class _Books:
    """What one draft may lean on, arranged by product. Lives for one check."""

    def __init__(self, brief: Brief, context: Context) -> None:
        self.brief = brief
        self.products = {product.id: product for product in context.products}
        named = [self.products[i] for i in brief.products if i in self.products]
        self.asked: tuple[Product, ...] = tuple(named) or context.products[:1]
        self.mentioned: tuple[Product, ...] = ()
        """The product that the fields read so far named last."""
        self.scene_figures = _scene_figures(brief, context)
        shared: list[tuple[frozenset[str], Evidence]] = []
        if context.coupon:
            shared.append((frozenset(context.coupon.products), coupon_evidence(context.coupon)))
        for policy in context.policies:
            if policy.end is None or policy.end >= brief.today:
                shared.append((frozenset(policy.products), policy_evidence(policy)))
        for passage in context.passages:
            owner = frozenset({passage.product} if passage.product else ())
            if owner or brief.channel != "moments":
                shared.append((owner, passage_evidence(passage)))
        if context.brand:
            shared.append((frozenset(), brand_evidence(context.brand)))
        self._shared = shared
        self._records: dict[frozenset[str], tuple[Evidence, ...]] = {}

    def mentions(self, text: str) -> list[tuple[int, Product]]:
        """Where products are named, in order; with a single product there is nothing to tell apart."""
        if len(self.products) < 2:
            return []
        named = [(m.start(), p) for p in self.products.values() for m in name_pattern(p).finditer(text)]
        return sorted(named, key=_place)

    def subjects(self, mentions: list[tuple[int, Product]], sentence: tuple[int, int]) -> tuple[Product, ...]:
        """Products a sentence speaks of: those it names, else the one named last, else those the brief asks for."""
        first = bisect_left(mentions, sentence[0], key=_place)
        last = bisect_left(mentions, sentence[1], key=_place)
        here = tuple(dict.fromkeys(product for _, product in mentions[first:last]))
        before = (mentions[first - 1][1],) if first else ()
        return here or before or self.mentioned or self.asked

    def records(self, subjects: tuple[Product, ...]) -> tuple[Evidence, ...]:
        """The subjects' own records first, then what also holds for them."""
        ids = frozenset(product.id for product in subjects)
        if ids not in self._records:
            own = tuple(product_evidence(product) for product in subjects)
            self._records[ids] = own + tuple(record for owners, record in self._shared if not owners or owners & ids)
        return self._records[ids]


def _field_entries(name: str, text: str, books: _Books) -> Iterator[ClaimSupport]:
    spans = Spans(text)
    mentions = books.mentions(text)
    claims = extract(text, spans)
    fixed = _Cover(len(text), non_claims(text) if claims else [])
    asked = _Cover(len(text), questions(text) if claims else [])
    for claim in claims:
        sentence = spans.sentence(claim.start)
        subjects = books.subjects(mentions, sentence)
        if claim.values and claim.start in fixed:
            continue
        records = books.records(subjects)
        found = find_support(
            claim,
            records,
            _counts(claim, claims, text, sentence),
            neighbours(text[claim.clause[0] : claim.start], text[claim.end : claim.clause[1]]),
        )
        subject = subjects[0].id if subjects else ""
        if found:
            verdict: Verdict = "derived" if found.how else "supported"
            yield ClaimSupport(
                field=name,
                subject=subject,
                attribute=claim.role,
                claim=claim,
                verdict=verdict,
                fact=found.fact,
                how=found.how,
            )
        elif claim.start not in asked and not _said_of_scene(claim, text, spans, records, subjects, books):
            yield ClaimSupport(
                field=name,
                subject=subject,
                attribute=claim.role,
                claim=claim,
                verdict="unsupported",
                fact=nearest(claim, records),
            )

    books.mentioned = (mentions[-1][1],) if mentions else books.mentioned


def _said_of_scene(
    claim: Claim, text: str, spans: Spans, records: tuple[Evidence, ...], subjects: tuple[Product, ...], books: _Books
) -> bool:
    if claim.dim == "date" and same_date(books.brief.today.isoformat(), claim.key):
        return True
    known = bool(claim.values) and (claim.dim, claim.values) in books.scene_figures
    return is_scene(claim, text, spans, records, _names(subjects), known)


def _counts(claim: Claim, claims: tuple[Claim, ...], text: str, sentence: tuple[int, int]) -> frozenset[Decimal]:
    """How many pieces the sentence speaks of beside the claim itself: 两盒 138 元, 双份."""
    near = claims[bisect_left(claims, sentence[0], key=_start) : bisect_left(claims, sentence[1], key=_start)]
    counts = {c.values[0] for c in near if c is not claim and c.dim in _PACKS}
    return frozenset(counts | ({Decimal(2)} if "双份" in text[slice(*sentence)] else set()))


class _Cover:
    """Whether a position lies in any of some spans, in constant time."""

    __slots__ = ("_marks",)

    def __init__(self, length: int, spans: list[tuple[int, int]]) -> None:
        self._marks = bytearray(length if spans else 0)
        for start, end in spans:
            self._marks[start:end] = b"\1" * (end - start)

    def __contains__(self, position: int) -> bool:
        return bool(self._marks) and bool(self._marks[position])


def _place(mention: tuple[int, Product]) -> int:
    return mention[0]


def _start(claim: Claim) -> int:
    return claim.start


def _scene_figures(brief: Brief, context: Context) -> frozenset[tuple[str, tuple[Decimal, ...]]]:
    """Figures that persona, brief and customer brought into the scene. They prove nothing about a product."""
    texts = [brief.goal, brief.notes, brief.message, *(turn.text for turn in brief.history if turn.role == "customer")]
    figures = frozenset(figure for text in texts if text for figure in _figures(text))
    return figures | (_persona_figures(context.persona) if context.persona else frozenset())


@lru_cache(maxsize=256)
def _persona_figures(persona: Persona) -> frozenset[tuple[str, tuple[Decimal, ...]]]:
    lists = (persona.needs, persona.pains, persona.scenes, persona.language, persona.objections, persona.evidence)
    return _figures("\n".join((persona.who, *(text for texts in lists for text in texts))))


def _figures(text: str) -> frozenset[tuple[str, tuple[Decimal, ...]]]:
    return frozenset((c.dim, c.values) for c in extract(text) if c.values and c.dim not in _NEVER_SCENERY)


@lru_cache(maxsize=512)
def name_pattern(product: Product) -> re.Pattern[str]:
    """Any name the copy may call the product by."""
    names = {product.name, *product.aliases} - {""}
    return re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)) or r"(?!)", re.IGNORECASE)


@lru_cache(maxsize=512)
def _names(subjects: tuple[Product, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(name_pattern(p).pattern for p in subjects), re.IGNORECASE) if subjects else None
