"""All checkable statements of a text, from the same grammar for copy and for records."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.checks.facts.assertions import assertions
from agent.checks.facts.claim import Claim, Spans
from agent.checks.facts.materials import goods
from agent.checks.facts.quantities import quantities
from agent.checks.facts.wording import worded

_MAY_COUNT = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿半对俩仨廿无不未没]|PA\s?\+|[级类]", re.IGNORECASE)


def extract(text: str, spans: Spans | None = None) -> tuple[Claim, ...]:
    """Everything a text claims, in reading order; none overlap."""
    spans = spans or Spans(text)
    counted = figures(text, spans)
    codes = (claim for claim in counted if claim.dim == "code")
    return _settled(text, (*codes, *assertions(text, spans), *counted, *goods(text, spans)))


def figures(text: str, spans: Spans | None = None) -> tuple[Claim, ...]:
    """Amounts, dates, codes, grades, offers and lacks. Worded kinds own their characters before amounts do."""
    if not _MAY_COUNT.search(text):
        return ()
    spans = spans or Spans(text)
    return _settled(text, (*worded(text, spans), *quantities(text, spans)))


def _settled(text: str, claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """In reading order; where two overlap the one given first stands."""
    taken = bytearray(len(text))
    found: list[Claim] = []
    for claim in claims:
        if taken.find(1, claim.start, claim.end) < 0:
            taken[claim.start : claim.end] = b"\1" * (claim.end - claim.start)
            found.append(claim)
    return tuple(sorted(found, key=lambda c: c.start))
