"""Text -> small numbers: what is grouped and counted by numbers takes a tenth of the time."""

from __future__ import annotations

import polars as pl


def encode(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """(codes, names): UInt32 from 0 in order of first sight, null where the text is null; names[code] is the text."""
    return encode_all(text.to_frame("text"), ["text"])["text"]


def encode_all(frame: pl.DataFrame, columns: list[str]) -> dict[str, tuple[pl.Series, pl.Series]]:
    """`encode` of several columns at once, on all cores."""
    coded = frame.select(pl.col(name).cast(pl.Categorical(pl.Categories.random())) for name in columns)
    # A fresh set of categories counts from 0 in the order it meets them.
    return {name: (coded[name].to_physical().cast(pl.UInt32), _names(coded[name])) for name in columns}


def _names(coded: pl.Series) -> pl.Series:
    names = coded.unique().drop_nulls().to_frame("name")
    return names.sort(pl.col("name").to_physical()).select(pl.col("name").cast(pl.String))["name"]
