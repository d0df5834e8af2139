"""A number with its interval: every figure that the audience room shows carries one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LEVEL = 0.95
"""Coverage that intervals aim at."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the ends of its interval, in the value's own unit; NaN ends when none could be computed."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f}（{self.low:.3f}～{self.high:.3f}）"

    def percent(self) -> str:
        """As percentages, for shares and probabilities."""
        return f"{100 * self.value:.1f}%（{100 * self.low:.1f}～{100 * self.high:.1f}%）"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; what is not a number is null."""
        return {key: _plain(getattr(self, key)) for key in ("value", "low", "high")}


def _plain(value: float) -> float | None:
    return None if value != value else round(float(value), 6)
