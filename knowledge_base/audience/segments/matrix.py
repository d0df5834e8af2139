"""A frame of features as standardised numbers, without what may not or need not be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from knowledge_base.audience.fairness import allowed
from knowledge_base.errors import BadInputError

Floats = np.ndarray[Any, np.dtype[np.float64]]

HABITS = ("hours_", "category:", "channel:", "price_", "weekend_share", "category_entropy")
RATES = ("like_rate", "comment_rate", "share_rate", "favourite_rate", "open_rate")
VALUE = ("recency_days", "purchase_days", "spent", "visits")
"""What segments are made from when nothing is named: when, what, where and how people look, and how much they buy. The
catalogue's many counts of activity would all say the same and drown the rest."""
SKEWED = 2.0
CLIP = 6.0
"""Standard deviations at which one extreme person stops pulling a group's centre."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """(people, columns) of mean 0 and deviation 1."""

    names: tuple[str, ...]
    values: Floats


def habit_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The columns segments are usually made from; all of them when too few of those are there."""
    chosen = tuple(name for name in names if name.startswith(HABITS) or name in RATES or name in VALUE)
    return chosen if len(chosen) >= 2 else tuple(names)


def numeric(frame: pl.DataFrame) -> list[str]:
    """Names of the columns that are numbers or yes/no."""
    return [name for name, kind in frame.schema.items() if kind.is_numeric() or kind == pl.Boolean]


def standardised(
    frame: pl.DataFrame, columns: Sequence[str] = (), *, reasons: Mapping[str, str] | None = None
) -> Matrix:
    """Gaps filled with the median, skewed columns on a signed log scale, then standardised; constant ones left out.

    `columns`: default `habit_columns` of the numeric ones. `reasons`: protected attribute -> why it must be used.
    Raises UsageError for a protected attribute without a reason, BadInputError when nothing is left.
    """
    usable = numeric(frame)
    chosen = tuple(columns) or habit_columns(usable)
    strange = [name for name in chosen if name not in usable]
    if strange:
        raise BadInputError(f"不是数字特征：{'、'.join(strange)}", hint="用 wenan audience features 看有哪些特征。")
    allowed(chosen, reasons or {})
    names: list[str] = []
    out: list[Floats] = []
    for name in chosen:
        values = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        known = np.isfinite(values)
        if not known.any():
            continue
        filled = np.where(known, values, np.median(values[known]))
        deviation = filled.std()
        if deviation == 0:
            continue
        if abs((((filled - filled.mean()) / deviation) ** 3).mean()) > SKEWED:
            filled = np.sign(filled) * np.log1p(np.abs(filled))
        out.append(np.clip((filled - filled.mean()) / filled.std(), -CLIP, CLIP))
        names.append(name)
    if not out:
        raise BadInputError("所有特征都是空的或人人一样，分不出人群", hint="先导入行为数据。")
    return Matrix(tuple(names), np.column_stack(out))
