"""What sets a segment apart from everybody else, as effect sizes: size of a difference, not only that there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from knowledge_base.audience.segments.kmeans import Floats

Bools = np.ndarray[Any, np.dtype[np.bool_]]

WORTH_SAYING = 0.3
"""Standardised mean difference from which a number is named; .2 is called small, .5 medium (Cohen, 1988)."""
WORTH_NAMING = 0.1
"""Cramér's V from which a category is named."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One number that differs."""

    feature: str
    here: float
    """Mean in the segment."""
    elsewhere: float
    effect: float
    """Standardised mean difference: (here - elsewhere) / pooled deviation."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Leaning:
    """One category that is more frequent in the segment."""

    attribute: str
    value: str
    here: float
    """Share in the segment, of those known."""
    elsewhere: float
    effect: float
    """Cramér's V of segment or not against all values of the attribute, 0..1."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


def differences(frame: pl.DataFrame, inside: Bools, top: int = 8) -> tuple[Difference, ...]:
    """Numeric columns by size of effect. `inside`: (people,) who is in the segment."""
    found = []
    for name, kind in frame.schema.items():
        if not kind.is_numeric():
            continue
        values = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        known = np.isfinite(values)
        here, elsewhere = values[inside & known], values[~inside & known]
        if min(len(here), len(elsewhere)) < 2:
            continue
        effect = smd(here, elsewhere)
        if abs(effect) >= WORTH_SAYING:
            found.append(Difference(name, float(here.mean()), float(elsewhere.mean()), effect))
    return tuple(sorted(found, key=lambda one: -abs(one.effect))[:top])


def leanings(frame: pl.DataFrame, inside: Bools, *, smallest: int, top: int = 5) -> tuple[Leaning, ...]:
    """Text columns: the value most over-represented in the segment; one of fewer than `smallest` people is hidden."""
    found = []
    for name, kind in frame.schema.items():
        if kind not in (pl.String, pl.Enum, pl.Categorical):
            continue
        values = frame[name].cast(pl.String)
        known = values.is_not_null().to_numpy()
        codes, names = values.filter(pl.Series(known)).rank("dense").to_numpy() - 1, None
        names = values.filter(pl.Series(known)).unique().sort().to_list()
        if not 1 < len(names) <= 50 or not (inside & known).any() or not (~inside & known).any():
            continue
        table = np.stack([np.bincount(codes[side[known]], minlength=len(names)) for side in (inside, ~inside)])
        shares = table / table.sum(axis=1, keepdims=True)
        gain = np.where(table[0] >= smallest, shares[0] - shares[1], -1)
        place = int(np.argmax(gain))
        effect = cramers_v(table.astype(float))
        if gain[place] > 0 and effect >= WORTH_NAMING:
            found.append(Leaning(name, names[place], float(shares[0, place]), float(shares[1, place]), effect))
    return tuple(sorted(found, key=lambda one: -one.effect)[:top])


def smd(here: Floats, elsewhere: Floats) -> float:
    """Standardised mean difference with the pooled deviation; 0 when nothing varies and the means agree."""
    pooled = float(np.sqrt((here.var(ddof=1) + elsewhere.var(ddof=1)) / 2))
    gap = float(here.mean() - elsewhere.mean())
    return gap / pooled if pooled > 0 else float(np.sign(gap) * 10)


def cramers_v(table: Floats) -> float:
    """0..1 of a table of counts, bias-corrected (Bergsma, 2013)."""
    total = table.sum()
    table = table[:, table.sum(axis=0) > 0]
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / total
    phi = float(((table - expected) ** 2 / expected).sum() / total)
    rows, columns = table.shape
    phi = max(0.0, phi - (columns - 1) * (rows - 1) / (total - 1))
    least = min(columns - (columns - 1) ** 2 / (total - 1), rows - (rows - 1) ** 2 / (total - 1)) - 1
    return float(np.sqrt(phi / least)) if least > 0 else 0.0
