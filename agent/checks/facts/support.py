"""Does a record prove a claim? Directly, by arithmetic the reader could repeat, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from agent.checks.facts.claim import Claim
from agent.checks.facts.evidence import Evidence, Fact, latin_key
from agent.checks.facts.wording import plain

# Dimensions in which a figure of one property must not prove another property: 0.3g of sugar is not 0.3g of fat.
_BY_PROPERTY = frozenset({"mass", "volume", "ratio", "energy", "time", "month", "length", "temperature", "workday"})
_OPEN_UPWARDS = frozenset({"money", "people", "ratio", "times"})
_MULTIPLES = range(2, 13)
_SAME_THING = 3
"""Shared words round two figures that make them figures of one thing."""


@dataclass(frozen=True, slots=True)
class Support:
    fact: Fact
    how: str = ""
    """The arithmetic, e.g. 69 × 2; empty when the record says the figure itself."""


def find_support(
    claim: Claim, records: Sequence[Evidence], counts: frozenset[Decimal], around: frozenset[str] = frozenset()
) -> Support | None:
    """The first record that proves the claim, in the given order.

    `counts` are the piece counts said in its sentence, `around` the words next to the claim (`evidence.neighbours`).
    """
    if claim.dim == "date":
        return _date_support(claim, records)
    for record in records:
        if claim.dim == "code":
            if latin_key(claim.key) in record.codes:
                return Support(_code_fact(claim, record))
            continue
        for fact in record.facts:
            if proves(fact.claim, claim) and not _said_of_another(claim, fact, record, around):
                return Support(fact)
    return next((found for found in _derived(claim, records, counts) if found), None)


def _said_of_another(claim: Claim, fact: Fact, record: Evidence, around: frozenset[str]) -> bool:
    """40 小时提醒休息 is not proved by 可用 40 小时 when the record says 40 分钟提醒休息."""
    if claim.dim not in _BY_PROPERTY or not around or not around.isdisjoint(fact.near):
        return False
    return any(
        other.claim.dim == claim.dim and other.claim.values != claim.values and len(around & other.near) >= _SAME_THING
        for other in record.facts
    )


def proves(fact: Claim, claim: Claim) -> bool:
    """Whether a record's figure is the claim's, in the same dimension and said of the same thing."""
    if fact.dim != claim.dim:
        return False
    if not claim.values:
        return fact.key == claim.key
    if claim.dim == "money":
        return fact.role == claim.role and _same_values(fact, claim)
    if claim.dim in _BY_PROPERTY and fact.role and claim.role and fact.role != claim.role:
        return False
    return _same_values(fact, claim)


def same_date(fact: str, claim: str) -> bool:
    """A date proves itself, its month, its year, and itself said without the year; so does either end of a range."""
    ends = fact.split("/")
    return claim in ends or any(end.startswith(claim) or (claim[:2] == "--" and end[4:] == claim[1:]) for end in ends)


def _date_support(claim: Claim, records: Sequence[Evidence]) -> Support | None:
    """Every day that the claim names must be proved; the last one found is shown."""
    facts = [f for record in records for f in record.facts if f.claim.dim == "date"]
    found = None
    for day in claim.key.split("/"):
        found = next((f for f in facts if same_date(f.claim.key, day)), None)
        if found is None:
            return None
    return Support(found) if found else None


def nearest(claim: Claim, records: Sequence[Evidence]) -> Fact | None:
    """The true figure most like the claim: same dimension, same role if any has it, then the closest value."""
    facts = [f for record in records for f in record.facts if f.claim.dim == claim.dim]
    if claim.values:
        facts = [f for f in facts if f.claim.values]
        same_role = [f for f in facts if f.claim.role == claim.role]
        return min(same_role or facts, key=lambda f: _distance(f.claim.values[0], claim.values[0]), default=None)
    return max(facts, key=lambda f: SequenceMatcher(None, f.claim.key, claim.key).ratio(), default=None)


def _same_values(fact: Claim, claim: Claim) -> bool:
    first = fact.values[0]
    said = claim.values[0]
    if len(claim.values) == 1 and len(fact.values) == 1:
        if claim.bound == "about" and first != said:
            return abs(first - said) * 20 <= first and fact.bound != "about"
        if claim.bound == "less" and claim.dim == "money":
            return first < said <= first * Decimal("1.5") or (first == said and claim.text.endswith("内"))
        if claim.bound == "more" and (claim.dim in _OPEN_UPWARDS or claim.dim.startswith("count")):
            return said <= first <= said * 2
        return first == said
    # 60×40cm proves each side; 3-5 天 proves only itself.
    if any(mark in fact.text for mark in "×xX*"):
        return set(claim.values) <= set(fact.values)
    return fact.values == claim.values


def _derived(claim: Claim, records: Sequence[Evidence], counts: frozenset[Decimal]) -> Iterator[Support | None]:
    if len(claim.values) != 1:
        return
    for record in records:
        if claim.dim == "money":
            yield from _derived_money(claim, record, records, counts)
        elif claim.dim == "discount":
            yield from _derived_discount(claim, record)
        elif claim.dim in ("mass", "volume") or claim.dim.startswith("count"):
            yield from _multiplied(claim, record, counts)


def _derived_money(
    claim: Claim, record: Evidence, records: Sequence[Evidence], counts: frozenset[Decimal]
) -> Iterator[Support | None]:
    """Price × n, price − reduction, price − promotion price, price ÷ pieces."""
    prices = _money(record, "price")
    if claim.role == "price":
        cuts = [cut for r in records for cut in _money(r, "reduction")]
        for fact, price in prices:
            yield from (_sum(fact, claim, price * n, f"{plain(price)} × {n}") for n in _MULTIPLES if n in counts)
            yield from (_sum(fact, claim, price - cut, f"{plain(price)} − {plain(cut)}") for _, cut in cuts)
    elif claim.role == "reduction":
        for fact, price in prices:
            yield from (_sum(fact, claim, price - low, f"{plain(price)} − {plain(low)}") for _, low in prices)
    elif claim.role.startswith("each:"):
        pieces = [f.claim.values[0] for f in record.facts if f.claim.dim == f"count:{claim.role[5:]}"]
        for fact, price in prices:
            yield from (_sum(fact, claim, price / n, f"{plain(price)} ÷ {plain(n)}") for n in pieces if n > 1)


def _money(record: Evidence, role: str) -> list[tuple[Fact, Decimal]]:
    return [(f, f.claim.values[0]) for f in record.facts if f.claim.dim == "money" and f.claim.role == role]


def _derived_discount(claim: Claim, record: Evidence) -> Iterator[Support]:
    prices = _money(record, "price")
    for _, full in prices:
        for fact, less in prices:
            if less < full and abs(less / full - claim.values[0]) < Decimal("0.005"):
                yield Support(fact, f"{plain(less)} ÷ {plain(full)}")


def _multiplied(claim: Claim, record: Evidence, counts: frozenset[Decimal]) -> Iterator[Support]:
    for fact in record.facts:
        if fact.claim.dim == claim.dim and len(fact.claim.values) == 1 and fact.claim.values[0] != 1:
            for n in _MULTIPLES:
                if n in counts and fact.claim.values[0] * n == claim.values[0]:
                    yield Support(fact, f"{plain(fact.claim.values[0])} × {n}")


def _sum(fact: Fact, claim: Claim, result: Decimal, how: str) -> Support | None:
    """Support when the claim states `result` to the digits it gives, or bounds it truly."""
    said = claim.values[0]
    if claim.bound == "less":
        fits = result <= said <= result * Decimal("1.5")
    elif claim.bound == "about":
        fits = abs(result - said) * 20 <= said
    else:
        exponent = said.as_tuple().exponent
        step = Decimal(1).scaleb(exponent if isinstance(exponent, int) and exponent < 0 else 0)
        fits = result > 0 and (result == said or (step < 1 and abs(result - said) < step))
    return Support(fact, how) if fits else None


def _distance(a: Decimal, b: Decimal) -> Decimal:
    return abs(a - b) / max(abs(a), abs(b), Decimal(1))


def _code_fact(claim: Claim, record: Evidence) -> Fact:
    key = latin_key(claim.key)
    for fact in record.facts:
        if fact.claim.dim == "code" and latin_key(fact.claim.key) == key:
            return fact
    return Fact(claim, record.record_id, record.name, "资料", claim.text)
