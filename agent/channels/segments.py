"""Text with overlapping marks, cut into runs that each carry their marks: what a highlighted paragraph is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["block", "warn", "info", "proved"]
_GAP = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to say about text[start:end]."""

    start: int
    end: int
    kind: Kind
    note: str
    ref: str
    """Id of the list entry that tells more."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text under the same marks."""

    text: str
    kinds: tuple[Kind, ...] = ()
    notes: str = ""
    """One line a mark."""
    refs: tuple[str, ...] = ()


def runs(text: str, marks: Iterable[Mark], *, start: int = 0, end: int | None = None) -> tuple[Run, ...]:
    """text[start:end] as runs in order; their texts joined give it back. Marks outside the text are cut to it."""
    end = len(text) if end is None else end
    spans = [(max(m.start, start), min(m.end, end), m) for m in marks]
    spans = [(a, b, m) for a, b, m in spans if a < b]
    borders = sorted({start, end, *(a for a, _, _ in spans), *(b for _, b, _ in spans)})
    found = []
    for a, b in pairwise(borders):
        over = [m for x, y, m in spans if x <= a and b <= y]
        kinds = tuple(dict.fromkeys(m.kind for m in over))
        notes = "\n".join(dict.fromkeys(m.note for m in over))
        found.append(Run(text[a:b], kinds, notes, tuple(m.ref for m in over)))
    return tuple(found)


def paragraphs(text: str, marks: Iterable[Mark]) -> tuple[tuple[Run, ...], ...]:
    """The runs of each paragraph; the blank lines between them are left out."""
    kept = tuple(marks)
    found, at = [], 0
    for gap in (*_GAP.finditer(text), None):
        end = gap.start() if gap else len(text)
        if text[at:end].strip():
            found.append(runs(text, kept, start=at, end=end))
        at = gap.end() if gap else end
    return tuple(found)
