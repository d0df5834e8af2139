"""What a claim was proved by, and what stands round it. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agent.checks.facts.evidence import Fact


@dataclass(frozen=True, slots=True)
class Support:
    fact: Fact
    how: str = ""
    """The arithmetic, e.g. 69 × 2; empty when the record says the figure itself."""


@dataclass(frozen=True, slots=True)
class Said:
    """The words round a claim, as far as its proof depends on them."""

    counts: frozenset[Decimal] = frozenset()
    """Pieces named in its sentence beside the claim itself: 两盒 138 元, 双份."""
    pack: tuple[str, Decimal] | None = None
    """Dimension and number of the pieces right before it in its clause, when more than one: 两盒 138 元."""
    amounts: frozenset[Decimal] = frozenset()
    """Other sums of money in its sentence."""
    sentence: str = ""
    field: str = ""
    """All text of the field."""
    around: frozenset[str] = frozenset()
    """The words next to the claim (`evidence.neighbours`)."""
    today: date | None = None
    """None: offers are taken as running."""
