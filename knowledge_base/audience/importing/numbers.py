"""Numbers as exports write them: ¥1,299.00, 45元, 3件."""

from __future__ import annotations

import polars as pl

_DECORATION = r"[¥￥$,，元件个岁\s]|RMB|CNY"


def number(frame: pl.DataFrame, name: str, *, least: float = 0.0, most: float = 1e9) -> tuple[pl.Series, int]:
    """A column of text as floats, and how many cells were emptied because they are no number within the limits."""
    if name not in frame.columns:
        return pl.Series(name, [None] * frame.height, dtype=pl.Float64), 0
    text = frame[name]
    values = text.cast(pl.Float64, strict=False)
    if values.null_count() > text.null_count():
        plain = text.str.replace_all(_DECORATION, "").cast(pl.Float64, strict=False)
        values = frame.select(pl.coalesce(values, plain).alias(name))[name]
    known = values.drop_nulls()
    if known.is_empty() or (known.is_finite().all() and known.is_between(least, most).all()):
        return values, values.null_count() - text.null_count()
    within = values.is_between(least, most) & values.is_finite()
    kept = frame.select(pl.when(within).then(values).otherwise(None).alias(name))[name]
    return kept, kept.null_count() - text.null_count()
