"""The ledger of a draft: every claim it makes of a product, tied to the record that proves it or called unsupported."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from agent.brief import Brief
from agent.checks.facts.books import Books, name_pattern, names_of
from agent.checks.facts.claim import WORDED, Claim, Spans
from agent.checks.facts.claims import extract
from agent.checks.facts.evidence import Evidence, Fact, neighbours
from agent.checks.facts.found import Said, Support
from agent.checks.facts.relative import relative_days
from agent.checks.facts.scenes import is_scene, non_claims, questions
from agent.checks.facts.support import find_support, nearest, same_date
from agent.context import Context
from agent.copies import Copy, ReplyCopy, fields
from agent.same import cached_by_identity
from knowledge_base.records import Persona, Product

__all__ = ["ClaimSupport", "Verdict", "ledger", "name_pattern"]

_PACKS = frozenset(f"count:{pack}" for pack in "条片盒瓶袋支枚罐件杯套组桶箱个份双把台张卷听提块只本根包")
_NEVER_SCENERY = frozenset({"money", "ratio", "discount", "times"})
_ONE_PACK = re.compile(r"[一每单1]\s?[盒袋箱包瓶桶套罐筒](?:装|有|共|里)?\s?$")
_PACK_REACH = 8
_PACK_GAP = re.compile(
    r"\s?(?:一共|总共|共|合计|[用领]?券后?价?|只要|仅需|只需|才|到手|卖|售价?|价|是|：|:|¥|￥|，)?\s?(?:只要|仅需|才)?\s?"
)
Verdict = Literal["supported", "derived", "unsupported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSupport:
    """One claim of the copy with what proves it."""

    field: str
    """Field of the copy as in `agent.copies.fields`."""
    subject: str
    """Id of the product it is said of; empty when the context has none."""
    attribute: str
    """Property family, substance or kind of money, where the words name one."""
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
    cited = draft.copy.policies if isinstance(draft.copy, ReplyCopy) else ()
    books = Books(draft.brief, draft.context, frozenset(cited))
    known = _scene_figures(draft.brief, draft.context)
    return tuple(
        entry for name, text in fields(draft.copy).items() for entry in _Field(name, text, books, known).entries()
    )


class _Field:
    """One field of the copy while its claims are weighed."""

    def __init__(self, name: str, text: str, books: Books, known: frozenset[tuple[str, tuple[Decimal, ...]]]) -> None:
        self.name, self.text, self.books, self.known = name, text, books, known
        self.spans = Spans(text)
        claims = extract(text, self.spans)
        later = [c for c in relative_days(text, self.spans, books.brief.today) if not _within(c, claims)]
        self.claims = tuple(sorted((*claims, *later), key=_start)) if later else claims

    def entries(self) -> Iterator[ClaimSupport]:
        text, books, spans = self.text, self.books, self.spans
        mentions = books.mentions(text)
        fixed = _Cover(len(text), non_claims(text) if self.claims else [])
        asked = _Cover(len(text), questions(text) if self.claims else [])
        for claim in self.claims:
            if claim.values and claim.start in fixed:
                continue
            sentence = spans.sentence(claim.start)
            subjects = books.subjects(mentions, sentence)
            records = books.records(subjects)
            said = self._said(claim, sentence)
            found = find_support(claim, records, said) or self._quoted(claim, subjects, said)
            subject = subjects[0].id if subjects else ""
            if found:
                verdict: Verdict = "derived" if found.how else "supported"
                yield self._entry(claim, subject, verdict, found.fact, found.how)
            elif claim.start not in asked and (counted := self._of_product(claim, records, subjects)):
                yield self._entry(counted, subject, "unsupported", nearest(claim, records))
        books.mentioned = (mentions[-1][1],) if mentions else books.mentioned

    def _entry(self, claim: Claim, subject: str, verdict: Verdict, fact: Fact | None, how: str = "") -> ClaimSupport:
        return ClaimSupport(
            field=self.name, subject=subject, attribute=claim.role, claim=claim, verdict=verdict, fact=fact, how=how
        )

    def _quoted(self, claim: Claim, subjects: tuple[Product, ...], said: Said) -> Support | None:
        """A sentence of a policy told again, its own subject included, proves itself."""
        retold = self.books.retold(said.sentence, subjects) if subjects else ()
        return find_support(claim, retold, said) if retold else None

    def _said(self, claim: Claim, sentence: tuple[int, int]) -> Said:
        claims = self.claims
        near = claims[bisect_left(claims, sentence[0], key=_start) : bisect_left(claims, sentence[1], key=_start)]
        words = self.text[slice(*sentence)]
        counts = {c.values[0] for c in near if c is not claim and c.dim in _PACKS}
        return Said(
            counts=frozenset(counts | ({Decimal(2)} if "双份" in words or "第二" in words else set())),
            pack=self._pack(claim, near),
            amounts=frozenset(c.values[0] for c in near if c is not claim and c.dim == "money"),
            sentence=words,
            field=self.text,
            around=neighbours(self.text[claim.clause[0] : claim.start], self.text[claim.end : claim.clause[1]]),
            today=self.books.brief.today,
        )

    def _pack(self, claim: Claim, near: tuple[Claim, ...]) -> tuple[str, Decimal] | None:
        """两盒 138 元: the pieces that a price is for stand right before it."""
        if claim.dim != "money":
            return None
        for other in near:
            near_enough = 0 <= claim.start - other.end <= _PACK_REACH
            if other.dim not in _PACKS or not near_enough or other.values[0] <= 1:
                continue
            if _ONE_PACK.search(self.text, max(0, other.start - 6), other.start):
                continue  # 一盒 24 条，69 元: what one box holds
            if _PACK_GAP.fullmatch(self.text, other.end, claim.start):
                return other.dim, other.values[0]
        return None

    def _of_product(self, claim: Claim, records: tuple[Evidence, ...], subjects: tuple[Product, ...]) -> Claim | None:
        """The claim when it is said of the product, with how firmly; None for what belongs to the scene."""
        if claim.dim in WORDED:
            if claim.dim == "material" and claim.role and not claim.firm:
                return replace(claim, firm=True) if self._listed(claim, records) else None
            return claim
        if claim.dim == "date" and same_date(self.books.brief.today.isoformat(), claim.key):
            return None
        if claim.dim in _PACKS and self._ordered(claim):
            return None
        known = bool(claim.values) and (claim.dim, claim.values) in self.known
        return None if is_scene(claim, self.text, self.spans, records, names_of(subjects), known) else claim

    def _ordered(self, claim: Claim) -> bool:
        """两盒 in 两盒 138 元 is how many one buys; whether the sum is right is the sum's own matter."""
        i = bisect_left(self.claims, claim.end, key=_start)
        after = self.claims[i] if i < len(self.claims) else None
        if _ONE_PACK.search(self.text, max(0, claim.start - 6), claim.start):
            return False
        return (
            after is not None
            and after.dim == "money"
            and after.start - claim.end <= _PACK_REACH
            and _PACK_GAP.fullmatch(self.text, claim.end, after.start) is not None
        )

    def _listed(self, claim: Claim, records: tuple[Evidence, ...]) -> bool:
        """核桃 in 巴旦木和核桃 speaks of the product when 巴旦木 is in it."""
        others = [key for key in claim.role.split("、") if key != claim.key]
        held = {f.claim.key for r in records[:1] for f in r.things if f.claim.dim == "material" and f.where != "答疑"}
        return any(key in held for key in others)


def _within(claim: Claim, claims: tuple[Claim, ...]) -> bool:
    i = bisect_left(claims, claim.end, key=_start)
    return any(c.end > claim.start for c in claims[max(0, i - 2) : i])


class _Cover:
    """Whether a position lies in any of some spans, in constant time."""

    __slots__ = ("_marks",)

    def __init__(self, length: int, spans: list[tuple[int, int]]) -> None:
        self._marks = bytearray(length if spans else 0)
        for start, end in spans:
            self._marks[start:end] = b"\1" * (end - start)

    def __contains__(self, position: int) -> bool:
        return bool(self._marks) and bool(self._marks[position])


def _start(claim: Claim) -> int:
    return claim.start


def _scene_figures(brief: Brief, context: Context) -> frozenset[tuple[str, tuple[Decimal, ...]]]:
    """Figures that persona, brief and customer brought into the scene. They prove nothing about a product."""
    texts = [brief.goal, brief.notes, brief.message, *(turn.text for turn in brief.history if turn.role == "customer")]
    figures = frozenset(figure for text in texts if text for figure in _figures(text))
    return figures | (_persona_figures(context.persona) if context.persona else frozenset())


@cached_by_identity(256)
def _persona_figures(persona: Persona) -> frozenset[tuple[str, tuple[Decimal, ...]]]:
    lists = (persona.needs, persona.pains, persona.scenes, persona.language, persona.objections, persona.evidence)
    return _figures("\n".join((persona.who, *(text for texts in lists for text in texts))))


def _figures(text: str) -> frozenset[tuple[str, tuple[Decimal, ...]]]:
    return frozenset((c.dim, c.values) for c in extract(text) if c.values and c.dim not in _NEVER_SCENERY)
