"""No two drafts of a batch alike: near-duplicates by MinHash, measured exactly; equal titles; worn-out openings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.copies import ArticleCopy, Copy, plain_text

if TYPE_CHECKING:
    from datasketch import MinHash, MinHashLSH

PERMUTATIONS = 64
SHINGLE = 3
OPENING_CHARS = 8
MOST_OPENINGS = 5
"""Drafts that may begin with the same eight characters before that counts as repetition."""
# The index proposes a little below the bar, because MinHash estimates; the exact measure decides.
PROPOSE_BELOW = 0.15
_NOISE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Clash:
    """What a draft is too alike to."""

    id: str
    text: str
    similarity: float
    """Jaccard of three-character pieces, 0..1; 1.0 for equal titles and openings."""
    kind: str
    """text | title | opening."""

    @property
    def message(self) -> str:
        """Chinese, one line."""
        if self.kind == "opening":
            return f"开头和 {MOST_OPENINGS} 篇以上相同：{self.text}"
        if self.kind == "title":
            return f"标题和 {self.id} 相同：{self.text}"
        return f"和 {self.id} 太像（相似度 {self.similarity:.2f}）"


class Guard:
    """Knows every text of the batch and of the journal's recent past. Not for threads."""

    def __init__(self, bar: float) -> None:
        """`bar`: similarity in 0..1 from which two texts are too alike."""
        self._bar = bar
        self._texts: dict[str, str] = {}
        self._titles: dict[str, str] = {}
        self._openings: Counter[str] = Counter()
        self._sketches: _Sketches | None = None
        self._past: list[tuple[str, str]] = []
        self._last: tuple[str, frozenset[str], MinHash] | None = None

    def clash(self, id: str, copy: Copy) -> Clash | None:
        """The worst likeness to anything known but `id` itself; None when the copy is its own."""
        title = copy.title if isinstance(copy, ArticleCopy) else ""
        if title and (other := self._titles.get(title)) not in (None, id):
            return Clash(other or "", title, 1.0, "title")
        text = plain_text(copy)
        pieces, signature = self._read(text)
        worst: Clash | None = None
        for other in self._sketch().index.query(signature) if pieces else ():
            if other != id:
                found = jaccard(pieces, shingles(self._texts[other]))
                if found >= self._bar and (worst is None or found > worst.similarity):
                    worst = Clash(other, self._texts[other], found, "text")
        if worst is None and self._openings[opening(text)] >= MOST_OPENINGS:
            return Clash("", opening(text), 1.0, "opening")
        return worst

    def add(self, id: str, copy: Copy) -> None:
        """Remembers a draft."""
        if isinstance(copy, ArticleCopy):
            self._titles.setdefault(copy.title, id)
        self._openings[opening(plain_text(copy))] += 1
        self.add_text(id, plain_text(copy))

    def add_text(self, id: str, text: str) -> None:
        """Remembers a text to be unlike."""
        pieces, signature = self._read(text)
        if pieces and id not in self._texts:
            self._texts[id] = text
            self._sketch().index.insert(id, signature)

    def add_past(self, texts: Iterable[tuple[str, str]]) -> None:
        """(id, text) of drafts before the batch. They are read with the first draft that is compared: five thousand
        of them take a second, in which the first calls may already be on their way.
        """
        self._past.extend(texts)

    def _read(self, text: str) -> tuple[frozenset[str], MinHash]:
        """Pieces and signature of a text; a draft is looked at several times in a row."""
        if self._last is None or self._last[0] != text:
            pieces, signature = shingles(text), self._sketch().blank.copy()
            signature.update_batch([piece.encode("utf-8", "replace") for piece in pieces])
            self._last = text, pieces, signature
        return self._last[1], self._last[2]

    def _sketch(self) -> _Sketches:
        if self._sketches is None:
            self._sketches = _sketches(self._bar)
        if self._past:
            past, self._past = self._past, []
            for id, text in past:
                self.add_text(id, text)
        return self._sketches


@dataclass(frozen=True, slots=True)
class _Sketches:
    index: MinHashLSH
    blank: MinHash


def _sketches(bar: float) -> _Sketches:
    # Brings scipy with it: 60 MB and half a second that planning, which compares no texts, does without.
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=max(0.05, bar - PROPOSE_BELOW), num_perm=PERMUTATIONS)
    return _Sketches(index, MinHash(num_perm=PERMUTATIONS, seed=1))


def shingles(text: str) -> frozenset[str]:
    """The three-character pieces of a text without punctuation; a shorter text is one piece, an empty one none."""
    plain = _NOISE.sub("", text).casefold()
    if len(plain) <= SHINGLE:
        return frozenset({plain} - {""})
    return frozenset(plain[i : i + SHINGLE] for i in range(len(plain) - SHINGLE + 1))


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Share of common pieces, 0..1."""
    return len(a & b) / len(a | b) if a or b else 1.0


def opening(text: str) -> str:
    """How a text begins, without punctuation."""
    return _NOISE.sub("", text)[:OPENING_CHARS]


__all__ = ["Clash", "Guard", "jaccard", "opening", "shingles"]
