"""Does a record prove a claim? Directly, by arithmetic the reader could repeat, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import chain

from agent.checks.facts import money
from agent.checks.facts.claim import WORDED, Claim
from agent.checks.facts.evidence import Evidence, Fact, latin_key
from agent.checks.facts.found import Said, Support
from agent.checks.facts.roles import same_role
from agent.checks.facts.worded_support import absence_support, worded_support
from agent.checks.facts.wording import plain

# Dimensions in which a figure of one property must not prove another property: 0.3g of sugar is not 0.3g of fat.
_BY_PROPERTY = frozenset({"mass", "volume", "ratio", "energy", "time", "month", "length", "temperature", "workday"})
_OPEN_UPWARDS = frozenset({"people", "ratio", "times"})
_MULTIPLES = range(2, 13)
_SAME_THING = 3
"""Shared words round two figures that make them figures of one thing."""
_OFFER_DATE = re.compile(r"活动|优惠|截止|截至|结束|期间|之间|券|开抢|开售|半价|折|到手|满减|大促|恢复原价")
_PROOF_DATE = re.compile(r"检测|检验|送检|报告|备案|获证|认证|注册|专利|测试")
_PROOF_WHERE = re.compile(r"证明|资料|品牌|备注|规格|卖点|答疑")
_OFFER_WHERE = re.compile(r"优惠|有效期|政策|资料|满减|备注|答疑")


def find_support(claim: Claim, records: Sequence[Evidence], said: Said) -> Support | None:
    """The first record that proves the claim, in the given order."""
    if claim.dim == "date":
        return _date_support(claim, records, said)
    if claim.dim in WORDED:
        return worded_support(claim, records, said.sentence)
    if claim.dim == "absence":
        return absence_support(claim, records, said.sentence)
    if claim.dim == "code":
        key = latin_key(claim.key)
        return next((Support(_code_fact(claim, record)) for record in records if key in record.codes), None)
    if claim.dim == "money":
        return next(chain(money.direct(claim, records, said), money.derived(claim, records, said)), None)
    for record in records:
        for fact in record.facts:
            if proves(fact.claim, claim) and not _said_of_another(claim, fact, record, said.around):
                return Support(fact)
    return next(_derived(claim, records, said), None)


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
    if claim.dim in _BY_PROPERTY and fact.role and claim.role and not same_role(fact.role, claim.role):
        return False
    return _same_values(fact, claim)


def same_date(fact: str, claim: str) -> bool:
    """A date proves itself, its month, its year, and itself said without the year; so does either end of a range."""
    ends = fact.split("/")
    return claim in ends or any(end.startswith(claim) or (claim[:2] == "--" and end[4:] == claim[1:]) for end in ends)


def _date_support(claim: Claim, records: Sequence[Evidence], said: Said) -> Support | None:
    """Every day that the claim names must be proved, by an offer if it is said of one; the last one found is shown."""
    words = claim_words(claim, said)
    where = _OFFER_WHERE if _OFFER_DATE.search(words) else _PROOF_WHERE if _PROOF_DATE.search(words) else None
    facts = [
        f for record in records for f in record.facts if f.claim.dim == "date" and (not where or where.match(f.where))
    ]
    found = None
    for day in claim.key.split("/"):
        found = next((f for f in facts if same_date(f.claim.key, day)), None)
        if found is None:
            return None
    return Support(found) if found else None


def claim_words(claim: Claim, said: Said) -> str:
    """The clause round a claim."""
    return said.field[slice(*claim.clause)] if claim.clause[1] else ""


def nearest(claim: Claim, records: Sequence[Evidence]) -> Fact | None:
    """The true figure most like the claim: same dimension, same role if any has it, then the closest value."""
    facts = [f for record in records for f in (*record.facts, *record.things) if f.claim.dim == claim.dim]
    if claim.values:
        facts = [f for f in facts if f.claim.values]
        alike = [f for f in facts if f.claim.role == claim.role]
        return min(alike or facts, key=lambda f: _distance(f.claim.values[0], claim.values[0]), default=None)
    return max(facts, key=lambda f: _likeness(f.claim.key, claim.key), default=None)


@lru_cache(maxsize=4096)
def _likeness(fact: str, claim: str) -> float:
    """Kept, since thousands of drafts say the same few words of the same records."""
    return SequenceMatcher(None, fact, claim).ratio()


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


def _derived(claim: Claim, records: Sequence[Evidence], said: Said) -> Iterator[Support]:
    if len(claim.values) != 1:
        return
    if claim.dim == "discount":
        yield from money.derived(claim, records, said)
    elif claim.dim in ("mass", "volume") or claim.dim.startswith("count"):
        for record in records:
            yield from _multiplied(claim, record, said.counts)


def _multiplied(claim: Claim, record: Evidence, counts: frozenset[Decimal]) -> Iterator[Support]:
    for fact in record.facts:
        if fact.claim.dim == claim.dim and len(fact.claim.values) == 1 and fact.claim.values[0] != 1:
            for n in _MULTIPLES:
                if n in counts and fact.claim.values[0] * n == claim.values[0]:
                    yield Support(fact, f"{plain(fact.claim.values[0])} × {n}")


def _distance(a: Decimal, b: Decimal) -> Decimal:
    return abs(a - b) / max(abs(a), abs(b), Decimal(1))


def _code_fact(claim: Claim, record: Evidence) -> Fact:
    key = latin_key(claim.key)
    for fact in record.facts:
        if fact.claim.dim == "code" and latin_key(fact.claim.key) == key:
            return fact
    line = next((line for line in record.lines if claim.text in line.quote), None)
    return replace(line, claim=claim) if line else Fact(claim, record.record_id, record.name, "资料", claim.text)
