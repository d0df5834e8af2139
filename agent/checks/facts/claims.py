"""All checkable statements of a text, from the same grammar for copy and for records."""

from __future__ import annotations

import re

from agent.checks.facts.claim import Claim, Spans
from agent.checks.facts.quantities import quantities
from agent.checks.facts.wording import worded

_MAY_CLAIM = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿半对俩仨廿无不未没]|PA\s?\+", re.IGNORECASE)


def extract(text: str, spans: Spans | None = None) -> tuple[Claim, ...]:
    """Claims in reading order; none overlap. Worded kinds own their characters before amounts do."""
    if not _MAY_CLAIM.search(text):
        return ()
    spans = spans or Spans(text)
    taken = bytearray(len(text))
    found: list[Claim] = []
    for claim in (*worded(text, spans), *quantities(text, spans)):
        if taken.find(1, claim.start, claim.end) < 0:
            taken[claim.start : claim.end] = b"\1" * (claim.end - claim.start)
            found.append(claim)
    return tuple(sorted(found, key=lambda c: c.start))
