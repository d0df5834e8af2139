"""A checkable statement found in a text, and the clauses it stands in. Pure values."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Bound = Literal["exact", "less", "more", "about"]
"""Whether the text says the figure itself, an upper limit, a lower limit, or roughly it."""
WORDED = frozenset(
    [
        "material",
        "process",
        "origin",
        "attribute",
        "certificate",
        "award",
        "ranking",
        "endorsement",
        "comparison",
        "test",
        "guarantee",
        "popularity",
    ]
)
"""Dimensions of statements made in words, found by materials.py and assertions.py. They carry no values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    start: int
    end: int
    """Code-point span in the text it was found in."""
    text: str
    dim: str
    """Dimension: money, mass, time ..., count:条, or one of the worded kinds: date, code, grade, absence, offer, and
    those of `WORDED`."""
    values: tuple[Decimal, ...] = ()
    """In the dimension's base unit; two for a range, up to three for width x height. Empty for worded kinds."""
    unit: str = ""
    """As written."""
    bound: Bound = "exact"
    role: str = ""
    """Of money: price, original, threshold, reduction, fee, each:条. Else the property family (糖, 保质期) or empty."""
    key: str = ""
    """Canonical wording of a date (2026-11-11, --11-11, 2026-11), code, grade, absence or offer."""
    clause: tuple[int, int] = (0, 0)
    """Span of the clause around it."""
    firm: bool = True
    """False for what the text hedges (据说, 可能) or says only in passing: unproved, it warns and does not block."""


_CLAUSE_END = re.compile(r"[，。！？；、\n!?;…|]+|,(?!\d)|(?<![\d])\.(?!\d)")
_SENTENCE_END = re.compile(r"[。！？\n!?…]+")


_REACH = 120


class Spans:
    """Clause and sentence borders of one text, found once.

    Neither reaches further than 120 characters from the asked position: text without marks costs no more than other.
    """

    __slots__ = ("_clauses", "_sentences", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._clauses = [0, *(m.end() for m in _CLAUSE_END.finditer(text))]
        self._sentences = [0, *(m.end() for m in _SENTENCE_END.finditer(text))]

    def clause(self, position: int) -> tuple[int, int]:
        return self._around(self._clauses, position)

    def sentence(self, position: int) -> tuple[int, int]:
        return self._around(self._sentences, position)

    def _around(self, starts: list[int], position: int) -> tuple[int, int]:
        i = bisect_right(starts, position)
        end = starts[i] if i < len(starts) else len(self.text)
        return max(starts[i - 1], position - _REACH), min(end, position + _REACH)
