"""Proof of prices: the list price always, an offer's price only as that offer, and sums the reader can repeat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from agent.checks.facts.claim import Claim
from agent.checks.facts.evidence import Evidence, Fact, pieces
from agent.checks.facts.found import Said, Support
from agent.checks.facts.wording import plain

_NAMED = re.compile(
    r"活动|优惠|到手|券|折|促|特价|限时|会员|新人|新客|首单|现价|现在|眼下|这几[天日]|期间|之间|截止|截至|秒杀|拼团|预售|大促|专享|立减|直降|[减省]|囤|福利|惊喜|抢|双十[一二]|618|只要|仅需|低至|恢复原价"
    r"|月\s?\d|\d\s?[日号]|\d{4}-\d|[到至]\s?\d"
)
_COUPON = re.compile(r"券|减|抵|领")
_MULTIPLES = range(2, 13)
_ORDINAL_DIGITS = str.maketrans("234", "二三四")


def direct(claim: Claim, records: Sequence[Evidence], said: Said) -> Iterator[Support]:
    """The sum stands in a record in the same role."""
    for record in records:
        for fact in record.facts:
            if fact.claim.dim != "money" or not fact.claim.values:
                continue
            if _unit_price(claim, fact, record) or (
                fact.claim.role == claim.role and _fits(claim, fact.claim.values[0], fact.claim)
            ):
                if fact.conditions is None:
                    if claim.role != "price" or fact.where != "价格" or not _for_several(said, record):
                        yield Support(fact)
                elif _met(claim, fact, said):
                    yield Support(fact)


def derived(claim: Claim, records: Sequence[Evidence], said: Said) -> Iterator[Support]:
    """Price × n, less a coupon that the sum reaches, price differences, price ÷ pieces. Offers count while they run."""
    if len(claim.values) != 1:
        return
    for record in records:
        listed = [f for f in record.facts if f.claim.dim == "money" and f.where == "价格" and f.claim.role == "price"]
        offers = [
            f for f in record.facts
            if f.conditions is not None and f.claim.dim == "money" and f.claim.role == "price"
            and f.conditions.running(said.today)
        ]  # fmt: skip
        if claim.dim == "discount":
            yield from _ratio(claim, listed, offers)
        elif claim.role == "price":
            yield from _totals(claim, listed, offers, records, said)
        elif claim.role == "reduction":
            yield from _savings(claim, listed, offers, said)
        elif claim.role.startswith("each:"):
            yield from _each(claim, record, listed, offers, said)


def _unit_price(claim: Claim, fact: Fact, record: Evidence) -> bool:
    """一支 39 元: said of the whole piece, unless the piece is one of many inside (24 条)."""
    if not claim.role.startswith("each:") or fact.claim.role != "price" or (fact.conditions and fact.conditions.pack):
        return False
    if _inside(record, f"count:{claim.role[5:]}"):
        return False
    return _fits(claim, fact.claim.values[0], fact.claim)


def _inside(record: Evidence, dim: str) -> list[Decimal]:
    """How many of these one pack holds, by the record."""
    return [
        f.claim.values[0] for f in record.facts
        if f.claim.dim == dim and f.claim.values and f.claim.values[0] > 1 and f.conditions is None
        and f.where.startswith(("规格", "卖点", "名称"))
    ]  # fmt: skip


def _for_several(said: Said, record: Evidence) -> bool:
    """两支 39 元 when one costs 39: the list price is that of one. 24 条 69 元 is fine, the box holds 24."""
    return said.pack is not None and said.pack[1] not in _inside(record, said.pack[0])


def _met(claim: Claim, fact: Fact, said: Said) -> bool:
    """Whether the copy says what the offer's figure depends on."""
    limits = fact.conditions
    if limits is None:
        return True
    if limits.pack is not None:
        return limits.pack in said.counts
    if limits.ordinal and limits.ordinal.translate(_ORDINAL_DIGITS) not in said.sentence.translate(_ORDINAL_DIGITS):
        return False
    if limits.partner:
        return not limits.partner.isdisjoint(pieces(said.sentence))
    if claim.role == "price" or claim.role.startswith("each:"):
        if said.pack is not None:
            return False
        return bool(_NAMED.search(said.field)) or not limits.name.isdisjoint(pieces(said.field))
    return True


def _totals(
    claim: Claim, listed: list[Fact], offers: list[Fact], records: Sequence[Evidence], said: Said
) -> Iterator[Support]:
    counts = [n for n in sorted(said.counts) if n in _MULTIPLES]
    singles = [f for f in offers if f.conditions and f.conditions.pack is None and not f.conditions.partner]
    for fact in (*listed, *(f for f in singles if _NAMED.search(said.field))):
        price = fact.claim.values[0]
        for n in counts:
            yield from _stated(fact, claim, price * n, f"{plain(price)} × {plain(n)}")
        if not _COUPON.search(said.field):
            continue
        for record in records:
            for cut, threshold in _coupons(record):
                for n in (Decimal(1), *counts):
                    if price * n >= threshold:
                        times = f" × {plain(n)}" if n > 1 else ""
                        yield from _stated(fact, claim, price * n - cut, f"{plain(price)}{times} − {plain(cut)}")


def _coupons(record: Evidence) -> list[tuple[Decimal, Decimal]]:
    if record.kind != "coupon":
        return []
    by_role = {f.claim.role: f.claim.values[0] for f in record.facts if f.claim.dim == "money"}
    return [(by_role.get("reduction", Decimal(0)), by_role.get("threshold", Decimal(0)))]


def _savings(claim: Claim, listed: list[Fact], offers: list[Fact], said: Said) -> Iterator[Support]:
    for fact in listed:
        price = fact.claim.values[0]
        for offer in offers:
            n = (offer.conditions.pack if offer.conditions else None) or Decimal(1)
            if (n == 1 or n in said.counts) and not (offer.conditions and offer.conditions.partner):
                low = offer.claim.values[0]
                times = f" × {plain(n)}" if n > 1 else ""
                yield from _stated(offer, claim, price * n - low, f"{plain(price)}{times} − {plain(low)}")


def _each(claim: Claim, record: Evidence, listed: list[Fact], offers: list[Fact], said: Said) -> Iterator[Support]:
    inside = _inside(record, f"count:{claim.role[5:]}")
    for fact in listed:
        for n in inside:
            yield from _stated(fact, claim, fact.claim.values[0] / n, f"{plain(fact.claim.values[0])} ÷ {plain(n)}")
    for fact in offers:
        total = fact.claim.values[0]
        if total not in said.amounts or fact.conditions is None:
            continue
        for n in (fact.conditions.pack,) if fact.conditions.pack else inside:
            yield from _stated(fact, claim, total / n, f"{plain(total)} ÷ {plain(n)}")


def _ratio(claim: Claim, listed: list[Fact], offers: list[Fact]) -> Iterator[Support]:
    for full in listed:
        for offer in offers:
            n = (offer.conditions.pack if offer.conditions else None) or Decimal(1)
            whole, less = full.claim.values[0] * n, offer.claim.values[0]
            if not (offer.conditions and not offer.conditions.partner and 0 < less < whole):
                continue
            if abs(less / whole - claim.values[0]) < Decimal("0.005"):
                yield Support(offer, f"{plain(less)} ÷ {plain(whole)}")


def _fits(claim: Claim, true: Decimal, fact: Claim) -> bool:
    said = claim.values[0]
    if len(claim.values) != 1 or len(fact.values) != 1:
        return claim.values == fact.values
    if claim.bound == "about" and true != said:
        return abs(true - said) * 20 <= true and fact.bound != "about"
    if claim.bound == "less":
        return true < said <= true * Decimal("1.5") or (true == said and claim.text.endswith("内"))
    if claim.bound == "more":
        return said <= true <= said * 2
    return true == said


def _stated(fact: Fact, claim: Claim, result: Decimal, how: str) -> Iterator[Support]:
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
    if fits:
        yield Support(fact, how)
