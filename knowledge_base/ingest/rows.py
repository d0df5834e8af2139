"""What every reader of tables yields: rows as dicts, and rows that cannot even be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    number: int | None
    """1-based line (CSV), sheet row (XLSX) or item (JSON, YAML); None when the whole file is one record."""
    cells: dict[str, Any]
    """Column or key -> value; text as written, or numbers, days, lists and dicts where the format has them."""


@dataclass(frozen=True, slots=True)
class BadRow:
    number: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    """Sheet name or top-level key; empty when the file is one table."""
    rows: Iterator[Row | BadRow]


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell whose value the spreadsheet itself has lost."""

    reason: str
    """Chinese, naming what stands there and what to do."""
