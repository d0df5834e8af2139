"""Compliance findings for any text, and for a draft with its records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.brief import Brief
from agent.checks.compliance.fold import fold
from agent.checks.compliance.judge import Ground, Verdict, ground, judge, strongest
from agent.checks.compliance.likeness import Stretch, alike, stretches
from agent.checks.compliance.match import matches, whole
from agent.checks.compliance.sound import restore
from agent.context import Context
from agent.copies import Copy, fields
from agent.finding import Finding, Severity
from knowledge_base.records import Brand, Product
from knowledge_base.rules.law import current_rules
from knowledge_base.rules.law_model import RuleBook

_SPEC_SAYS = "moments_words."
"""Function words and click prompts: the channel check of a draft reports them already."""


def compliance(copy: Copy, brief: Brief, context: Context) -> tuple[Finding, ...]:
    """Findings of the law rules in every field of a draft."""
    book = current_rules()
    base = ground(context.products, context.brand, "", book)
    told = fields(copy)
    among = sum(sum(1 for _ in stretches(text)) for text in told.values())
    found = (f for name, text in told.items() for f in _examine(text, brief.form, base, book, name, among=among))
    return tuple(f for f in found if not f.rule_id.startswith(_SPEC_SAYS))


def examine(
    text: str,
    form: str,
    *,
    industry: str = "",
    product: Product | Sequence[Product] | None = None,
    brand: Brand | None = None,
    book: RuleBook | None = None,
    sound: bool = True,
) -> tuple[Finding, ...]:
    """Findings of any text as `form` (article, ad, post, comment, service), in order; let-pass ones are `info`.

    `industry` is one of the book's industries or what people call it (房产, 美妆); empty means it is taken from the
    product, or unknown; one that the book does not know keeps the rules of other industries silent.
    `sound=False` skips the look for pinyin and homophones. Raises nothing, whatever the text.
    """
    book = book or current_rules()
    products = (product,) if isinstance(product, Product) else tuple(product or ())
    return _examine(text, form, ground(products, brand, industry, book), book, "", sound=sound)


def _examine(
    text: str, form: str, base: Ground, book: RuleBook, field: str, *, sound: bool = True, among: int = 0
) -> tuple[Finding, ...]:
    folded = restore(fold(text), book, sound=sound)
    judged = [verdict for match in matches(folded.text, book) if (verdict := judge(match, form, base))]
    judged += _unworded(folded.text, form, base, book, judged, among)
    if not judged:
        return ()
    return tuple(_finding(v, text, folded.span(v.match.start, v.match.end), field) for v in strongest(judged))


def _unworded(
    text: str, form: str, base: Ground, book: RuleBook, judged: Sequence[Verdict], among: int
) -> Iterator[Verdict]:
    """What reads like a violation where the rules have neither blocked nor let anything pass."""
    settled = [v for v in judged if v.severity == "block" or v.exemption]
    taken = sorted(Stretch(v.match.start, v.match.end) for v in settled)
    for found in alike(text, book.likeness, taken, among=among):
        rule = book.likeness_rules.get(found.area)
        if rule and (verdict := judge(whole(rule, text, found.start, found.end), form, base)):
            yield verdict


def _finding(verdict: Verdict, text: str, span: tuple[int, int], field: str) -> Finding:
    rule, said = verdict.rule, text[slice(*span)]
    return Finding(
        check="compliance",
        rule_id=rule.id,
        severity=verdict.severity,
        status=rule.status,
        message=_message(verdict, said),
        field=field,
        start=span[0],
        end=span[1],
        text=said,
        law=rule.law,
        rewrite="" if verdict.exemption else rule.rewrites.get(verdict.match.word, rule.rewrite),
        evidence_ids=verdict.evidence_ids,
        exemption=verdict.exemption,
    )


def _message(verdict: Verdict, said: str) -> str:
    rule = verdict.rule
    if verdict.exemption:
        return f"“{said}”放行：{verdict.exemption}。"
    if rule.likeness:
        return f"“{said}”这一句{rule.explain}"
    plain = verdict.match.word
    shown = f"“{said}”" if said == plain else f"“{said}”（即“{plain}”）"
    message = f"{shown}{rule.explain}"
    if rule.asks:
        message += f"要能用，补上：{rule.asks}。"
    return message


def severity_of(findings: Sequence[Finding]) -> Severity | None:
    """The gravest severity among findings."""
    order: tuple[Severity, ...] = ("block", "warn", "info")
    return next((level for level in order if any(f.severity == level for f in findings)), None)
