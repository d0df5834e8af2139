"""What a match means: exempt, settled by evidence, or a finding of its severity in this form of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.checks.compliance.fold import fold
from agent.checks.compliance.match import Match
from agent.checks.compliance.sentence import regex
from agent.same import cached_by_identity
from knowledge_base.records import Brand, Product
from knowledge_base.rules.law_model import Exemption, Rule, RuleBook, Severity

NAMED = "商标、企业或商品名称（记录中登记）"
SETTLED = "本句写明了依据"
_NAMES_EXCUSE = frozenset({"absolute", "certificates"})
"""Areas in which a registered name may hold the word; no name makes a medical claim lawful."""
_GRAVITY = {"block": 0, "warn": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Verdict:
    match: Match
    severity: Severity
    exemption: str = ""
    evidence_ids: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule:
        return self.match.rule


@dataclass(frozen=True, slots=True)
class Ground:
    """What the records add to a text: protected names, evidence, the industry."""

    names: tuple[str, ...] = ()
    """Folded names of products, companies and trademarks."""
    evidence: tuple[tuple[str, str], ...] = ()
    """(product id, folded text of its certificates, reports and specs)."""
    industry: str = ""


def ground(products: Sequence[Product], brand: Brand | None, industry: str, book: RuleBook) -> Ground:
    names = {name for p in products for name in (p.name, p.brand, *p.aliases)} | ({brand.name} if brand else set())
    evidence = tuple((p.id, _evidence(p)) for p in products)
    return Ground(
        names=tuple(sorted(_folded(name) for name in names if len(name) > 1)),
        evidence=evidence,
        industry=book.industry(industry) if industry else industry_of(products, book),
    )


def industry_of(products: Iterable[Product], book: RuleBook) -> str:
    """The industry that a product's category names; empty when none does."""
    for product in products:
        told = f"{product.category} {product.name}"
        for name, words in book.industry_words.items():
            if any(word in told for word in words):
                return name
    return ""


def judge(match: Match, form: str, base: Ground) -> Verdict | None:
    """None when the rule does not speak of this industry or is switched off."""
    rule = match.rule
    if form not in rule.severity or not _concerns(rule, base.industry):
        return None
    severity = rule.severity[form]
    if exemption := _exemption(match, base.names):
        return Verdict(match, "info", exemption)
    if rule.look and (found := tuple(id for id, text in base.evidence if regex(rule.look).search(text))):
        return Verdict(match, "info", f"商品记录里有依据：{rule.asks}", found)
    return Verdict(match, severity)


def strongest(verdicts: list[Verdict]) -> list[Verdict]:
    """One verdict a place: of overlapping ones in an area the gravest, then the most literal, then the longest."""
    kept: list[Verdict] = []
    order = sorted(verdicts, key=_rank)
    taken: dict[str, set[int]] = {}
    for verdict in order:
        places = range(verdict.match.start, verdict.match.end)
        there = taken.setdefault(verdict.rule.area, set())
        if not there.isdisjoint(places):
            continue
        there.update(places)
        kept.append(verdict)
    return sorted(kept, key=lambda v: (v.match.start, v.match.end, v.rule.id))


def _rank(verdict: Verdict) -> tuple[int, bool, int, int]:
    match = verdict.match
    return _GRAVITY[verdict.severity], bool(match.rule.groups), match.start - match.end, match.start


def _concerns(rule: Rule, industry: str) -> bool:
    if not industry:
        return not rule.needs_industry
    if industry in rule.not_industries:
        return False
    return not rule.industries or industry in rule.industries


def _exemption(match: Match, names: tuple[str, ...]) -> str:
    if names and match.rule.area in _NAMES_EXCUSE and _in_name(match, names):
        return NAMED
    for exemption in match.rule.exemptions:
        if _holds(exemption, match):
            return exemption.name
    if match.rule.settled and regex(match.rule.settled).search(match.sentence):
        return SETTLED
    return ""


def _holds(exemption: Exemption, match: Match) -> bool:
    if exemption.before and not regex(exemption.before).search(match.before):
        return False
    if exemption.after and not regex(exemption.after).match(match.after):
        return False
    if exemption.sentence and not regex(exemption.sentence).search(match.sentence):
        return False
    if exemption.text and not match.holds(exemption.text):
        return False
    if exemption.absent and regex(exemption.absent).search(match.sentence):
        return False
    return not exemption.inside or _covered(exemption.inside, match)


def _covered(pattern: str, match: Match) -> bool:
    for m in regex(pattern).finditer(match.text, match.low, match.high):
        if m.start() <= match.start and m.end() >= match.end:
            return True
        if m.start() > match.start:
            return False
    return False


def _in_name(match: Match, names: tuple[str, ...]) -> bool:
    for name in names:
        at = match.text.find(name, max(0, match.end - len(name)), match.start + len(name))
        if 0 <= at <= match.start and at + len(name) >= match.end:
            return True
    return False


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return fold(name).text


@cached_by_identity(1024)
def _evidence(product: Product) -> str:
    """Folded; what the record holds to prove a claim."""
    lines = [f"{e.name} {e.number} {e.issuer} {e.issued or ''} {e.text}" for e in product.evidence]
    lines += [f"{s.name} {s.value}" for s in product.specs]
    return fold("\n".join(lines)).text
