"""How much of the copy smells of a machine: set phrases per 100 字, each with its place."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from evals.records import Sampled, Score, Tier
from evals.scorers.view import Span, View, quoted, unreadable, view
from evals.scorers.voice_words import own_words

PATTERNS_FILE = Path(__file__).with_name("ai_flavour.yaml")
CLEAN = 0.5
"""Set phrases per 100 字 up to which copy passes."""
_RUN = re.compile(r"[^\n]{1,2000}")
"""Patterns look at one paragraph, or 2,000 characters of one, at a time."""


class Hit(NamedTuple):
    family: str
    """Chinese name of the family."""
    span: Span
    text: str


class AiFlavour:
    name = "ai_flavour"
    tier: Tier = "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`ai_flavour`: set phrases per 100 字, from 0 up; fewer is better."""
        seen = view(sampled)
        if seen is None:
            return unreadable(self.name, sampled)
        hits = flavours(seen, own_words(sampled.context))
        rate = 100 * len(hits) / max(seen.length, 100)
        why = "没有机器腔"
        if hits:
            families = "、".join(f"{name} {n}" for name, n in Counter(hit.family for hit in hits).most_common(4))
            why = f"{seen.length} 字里 {len(hits)} 处：{families}，如{quoted(hits[0].text)}"
        return (Score(self.name, rate, rate <= CLEAN, why, tuple(hit.span for hit in hits)),)


def flavours(seen: View, own: frozenset[str]) -> list[Hit]:
    """Every set phrase in the published fields, in order; those that hold one of the brand's own words are let pass."""
    known: list[Hit] | None = seen.memo.get("ai_flavour")
    if known is None:
        known = [hit for name, text in seen.fields.items() if name != "link_text" for hit in find(name, text, own)]
        seen.memo["ai_flavour"] = known
    return known


def find(field: str, text: str, own: frozenset[str] = frozenset()) -> list[Hit]:
    """Set phrases of one text. Of overlapping ones the first found counts; positions are code points of `text`."""
    pattern, names = _pattern()
    hits = []
    for part in _RUN.finditer(text):
        for m in pattern.finditer(part.group()):
            said = m.group().strip("，。！？,\n ")
            if said and not any(word in said or said in word for word in own):
                start = part.start() + m.start() + m.group().index(said)
                hits.append(Hit(names[m.lastgroup or ""], (field, start, start + len(said)), said))
    return hits


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    """One expression with a named group for each family, and the families' Chinese names."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    families = yaml.load(PATTERNS_FILE.read_text(encoding="utf-8"), Loader=loader)["families"]
    parts = [f"(?P<{family['id']}>{'|'.join(family['patterns'])})" for family in families]
    return re.compile("|".join(parts), re.IGNORECASE), {family["id"]: family["name"] for family in families}
