"""Cells as they should be: no spaces round them, and null where they only say that there is nothing to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from knowledge_base.audience.codes import encode, encode_all
from knowledge_base.audience.importing.words import blanks


def blank(name: str) -> pl.Expr:
    """Whether a cell says nothing: empty, -, NULL, 无, 未知 and the like."""
    text = pl.col(name).str.strip_chars()
    return text.is_null() | text.is_in(blanks())


def tidied(name: str) -> pl.Expr:
    """A column of text, stripped, with blanks as null."""
    return pl.when(blank(name)).then(None).otherwise(pl.col(name).str.strip_chars()).alias(name)


@dataclass(frozen=True, slots=True)
class Coded:
    """A long column of few different values as numbers, its values tidied and some of them changed."""

    name: str
    codes: pl.Series
    """Null where the cell says nothing."""
    values: pl.Series

    def text(self, codes: pl.Series) -> pl.Series:
        """The values of some codes."""
        return self.values.gather(codes).rename(self.name)


def coded(frame: pl.DataFrame, names: Sequence[str], changes: Mapping[str, Mapping[str, str]]) -> dict[str, Coded]:
    """Columns by name, all null when the file has no such column. Spellings of one value get the same code.

    `changes`: column -> value as written -> value to use.
    """
    codes = encode_all(frame, [name for name in names if name in frame.columns])
    return {name: _coded(name, codes[name], changes.get(name, {})) if name in codes else _nothing(name, frame.height)
            for name in names}  # fmt: skip


def _coded(name: str, found: tuple[pl.Series, pl.Series], changes: Mapping[str, str]) -> Coded:
    codes, names = found
    meant = names.to_frame(name).with_columns(pl.col(name).replace(dict(changes))).select(tidied(name))[name]
    if meant.equals(names, null_equal=True):
        return Coded(name, codes.rename(name), names)
    again, values = encode(meant)
    return Coded(name, again.gather(codes).rename(name), values)


def _nothing(name: str, rows: int) -> Coded:
    return Coded(name, pl.Series(name, [None] * rows, dtype=pl.UInt32), pl.Series(name, [], dtype=pl.String))
