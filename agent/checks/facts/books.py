"""What one draft may lean on, arranged by the product a sentence speaks of."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from functools import lru_cache

from agent.brief import Brief
from agent.checks.facts.claim import WORDED
from agent.checks.facts.evidence import Evidence, Fact
from agent.checks.facts.reading import (
    brand_evidence,
    coupon_evidence,
    passage_evidence,
    policy_evidence,
    product_evidence,
)
from agent.checks.facts.worded_support import coverage
from agent.context import Context
from knowledge_base.records import Product

# What holds for the whole shop, whichever product a text happens to name.
_SERVICE_ROLES = frozenset({"发货", "退换", "质保", "threshold", "fee"})
_SERVICE_DIMS = frozenset({"workday", "offer", "date", "code", "guarantee"})
_OWN_DIMS = frozenset({"ratio", "mass", "volume", "concentration", "energy", "length", "power", "grade", "absence"})
_OWN_ROLES = frozenset({"保质期", "保温", "续航", "充电", "溶解", "承重", "持久", "检测", "price", "original"})
_SUBJECT = 3
_RETOLD = 0.7
_SERVICE = re.compile("发货|寄|快递|退|换|质保|保修|修|运费|邮|发票|客服|积分|会员|赠|保价|价保|差价|签收|付款|订单|券")
_HEADING = re.compile(r"[^>]*$")


class Books:
    """Lives for one check."""

    def __init__(self, brief: Brief, context: Context, cited: frozenset[str]) -> None:
        """`cited`: ids of the policies that a reply says it rests on."""
        self.brief = brief
        self.products = {product.id: product for product in context.products}
        named = [self.products[i] for i in brief.products if i in self.products]
        self.asked: tuple[Product, ...] = tuple(named) or context.products[:1]
        self.mentioned: tuple[Product, ...] = ()
        """The product that the fields read so far named last."""
        shared: list[tuple[frozenset[str], Evidence]] = []
        if context.coupon:
            shared.append((frozenset(context.coupon.products), coupon_evidence(context.coupon)))
        for policy in context.policies:
            if policy.end is None or policy.end >= brief.today:
                owners = frozenset() if policy.id in cited else frozenset(policy.products)
                shared.append((owners, policy_evidence(policy)))
        for passage in context.passages:
            owner = frozenset({passage.product} if passage.product else ())
            if owner or brief.channel != "moments":
                shared.append((owner, passage_evidence(passage)))
        if context.brand:
            shared.append((frozenset(), brand_evidence(context.brand)))
        self._shared = shared
        self._retold: dict[tuple[str, frozenset[str]], tuple[Evidence, ...]] = {}
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
        """The subjects' own records first, then what also holds for them. Without subjects, all that is shared."""
        ids = frozenset(product.id for product in subjects)
        if ids not in self._records:
            own = tuple(product_evidence(product) for product in subjects)
            shared = [(owners, r) for owners, r in self._shared if not owners or not ids or owners & ids]
            heads = _heads(tuple(_names(product) for product in subjects))
            self._records[ids] = own + tuple(
                r if not subjects or len(owners) == 1 else about(r, heads) for owners, r in shared
            )
        return self._records[ids]

    def retold(self, sentence: str, subjects: tuple[Product, ...]) -> tuple[Evidence, ...]:
        """Policies cut down to the lines that this sentence of the copy tells again, subject and all."""
        ids = frozenset(product.id for product in subjects)
        if (known := self._retold.get((sentence, ids))) is not None:
            return known
        found = []
        for owners, record in self._shared:
            if record.kind != "policy" or (owners and not owners & ids):
                continue
            lines = [
                quote for quote in (line.quote for line in record.lines)
                if quote[:_SUBJECT].isalpha() and quote[:_SUBJECT] in sentence and coverage(sentence, quote) >= _RETOLD
            ]  # fmt: skip
            if lines:
                kept = replace(
                    record, facts=tuple(f for f in record.facts if f.quote in lines),
                    things=tuple(f for f in record.things if f.quote in lines),
                )  # fmt: skip
                found.append(kept)
        self._retold[sentence, ids] = tuple(found)
        return self._retold[sentence, ids]


@lru_cache(maxsize=4096)
def _about(names: re.Pattern[str], held: _Held) -> Evidence:
    return _only(held.evidence, names)


class _Held:
    """An evidence as a cache key by identity."""

    __slots__ = ("evidence",)

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    def __hash__(self) -> int:
        return id(self.evidence)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.evidence is other.evidence


def about(record: Evidence, names: re.Pattern[str]) -> Evidence:
    """A shared record without what it says of other goods: another product's figure proves nothing."""
    return _about(names, _Held(record)) if record.kind in ("policy", "passage") else record


def _only(record: Evidence, names: re.Pattern[str]) -> Evidence:
    heading = _HEADING.search(record.name)
    whole = record.kind == "passage" and heading is not None and names.search(heading.group()) is not None

    def holds(fact: Fact) -> bool:
        if whole or names.search(fact.quote):
            return True
        claim = fact.claim
        if claim.dim == "line":
            return _SERVICE.search(fact.quote) is not None
        if claim.role in _SERVICE_ROLES or claim.dim in _SERVICE_DIMS:
            return True
        if record.kind == "passage":
            return False
        if claim.dim in ("time", "month") and not claim.role:
            return False  # such a sentence has to be told again with its own subject, see `retold`
        return not (claim.dim in _OWN_DIMS or claim.dim in WORDED or claim.role in _OWN_ROLES)

    return replace(
        record, facts=tuple(filter(holds, record.facts)), things=tuple(filter(holds, record.things)),
        lines=tuple(filter(holds, record.lines)),
    )  # fmt: skip


def name_pattern(product: Product) -> re.Pattern[str]:
    """Any name the copy may call the product by."""
    return _pattern((_names(product),))


def names_of(subjects: tuple[Product, ...]) -> re.Pattern[str] | None:
    """Any name of any of them; None for none."""
    return _pattern(tuple(_names(product) for product in subjects)) if subjects else None


def _names(product: Product) -> tuple[str, ...]:
    return (product.name, *product.aliases)


@lru_cache(maxsize=512)
def _pattern(names: tuple[tuple[str, ...], ...]) -> re.Pattern[str]:
    return _any_of({name for own in names for name in own if name})


@lru_cache(maxsize=512)
def _heads(names: tuple[tuple[str, ...], ...]) -> re.Pattern[str]:
    """Names and their last two characters, where Chinese names carry the thing itself: 冻干黑咖啡 -> 咖啡."""
    known = {name for own in names for name in own if name}
    return _any_of(known | {name[-2:] for name in known if len(name) > 2})


def _any_of(names: set[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)) or r"(?!)", re.IGNORECASE)


def _place(mention: tuple[int, Product]) -> int:
    return mention[0]
