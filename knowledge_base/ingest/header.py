"""Finding the header row: shop exports like to put a title or a notice above it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from knowledge_base.ingest.rows import BadRow, Row
from knowledge_base.ingest.synonyms import header_key, known_headers

LOOK = 10
"""Rows at the top among which the header is sought."""

Numbered = tuple[int, Sequence[Any]] | BadRow


def rows_under_header(rows: Iterator[Numbered]) -> Iterator[Row | BadRow]:
    """Raw rows (number, cells) as Row dicts by column name.

    The header is the first of the top rows with the most known column names, at least two, else the first row with
    anything in it. Blank rows and repeated headers are passed over; a cell beyond the last column makes a BadRow,
    because it usually means an unquoted separator inside a cell.
    """
    top: list[Numbered] = []
    for one in rows:
        top.append(one)
        if len(top) == LOOK:
            break
    place = _header_place(top)
    if place is None:
        yield from (one for one in top if isinstance(one, BadRow))
        return
    yield from (one for one in top[:place] if isinstance(one, BadRow))
    header = top[place]
    assert not isinstance(header, BadRow)
    written = [_text(cell) for cell in header[1]]
    names = column_names(written)
    for one in chain(top[place + 1 :], rows):
        if isinstance(one, BadRow):
            yield one
            continue
        number, cells = one
        if all(cell is None or cell == "" for cell in cells) or [_text(cell) for cell in cells] == written:
            continue
        if len(cells) > len(names) and any(cell not in (None, "") for cell in cells[len(names) :]):
            yield BadRow(
                number, f"有 {len(cells)} 格，表头只有 {len(names)} 列；多半是格子里有逗号却没加引号，请检查这一行"
            )
            continue
        yield Row(number, dict(zip(names, cells, strict=False)))


def known_names(cells: Sequence[Any]) -> int:
    """How many cells are column names that mean something."""
    known = known_headers()
    return sum(header_key(cell) in known for cell in cells if isinstance(cell, str) and cell.strip())


def column_names(header: Sequence[str]) -> list[str]:
    """Distinct names: 第 3 列 for an empty cell, 价格 (2) for the second 价格. Empty cells at the end are dropped."""
    trimmed = list(header)
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    names: list[str] = []
    for index, name in enumerate(trimmed, 1):
        unique, count = name or f"第 {index} 列", 1
        while unique in names:
            count += 1
            unique = f"{name} ({count})"
        names.append(unique)
    return names


def _header_place(top: Sequence[Numbered]) -> int | None:
    counts = [0 if isinstance(one, BadRow) else known_names(one[1]) for one in top]
    if counts and max(counts) >= 2:
        return counts.index(max(counts))
    for place, one in enumerate(top):
        if not isinstance(one, BadRow) and any(cell not in (None, "") for cell in one[1]):
            return place
    return None


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()
