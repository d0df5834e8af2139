"""What a search returns: the record, its fused score, and how each retrieval leg ranked it."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_base.records import Record


@dataclass(frozen=True, slots=True)
class Leg:
    """How one retrieval leg ranked a record."""

    rank: int
    """1-based."""
    score: float
    """The leg's own score: BM25 >= 0, or cosine in [-1, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    record: Record
    score: float
    """Fused score in [0, 1]."""
    dense: Leg | None = None
    """None when the dense leg did not find it."""
    lexical: Leg | None = None
    """None when the lexical leg did not find it."""
