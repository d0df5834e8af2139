"""Text files as tables: which sign stands between cells, and files that have none of the usual ones."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

DELIMITERS = (",", "\t", ";", "|")
LONG = "::"
"""Between the cells of MovieLens and others of its time."""
LOOK = 30
"""Rows from which the sign is told."""
FEWEST_BY_SPACE = 3
"""Columns from which rows of cells apart by spaces are a table, and no text."""


def sniff(rows: Sequence[str], suffix: str) -> str:
    """The sign between the cells of these rows: one of DELIMITERS, LONG, or a space for runs of white space.

    The first row decides, as it holds names and no text; later ones only where it has no usual sign.
    """
    first = rows[0] if rows else ""
    if suffix == ".tsv":
        return "\t"
    if first.count(LONG) and first.count(LONG) * 2 >= first.count(":"):
        return LONG
    counts = {sign: len(next(csv.reader([first], delimiter=sign), [])) for sign in DELIMITERS}
    best = max(DELIMITERS, key=lambda sign: counts[sign])
    if counts[best] > 1:
        return best
    width = len(first.split())
    even = all(len(row.split()) == width for row in rows if row.strip())
    return " " if width >= FEWEST_BY_SPACE and even and len(rows) > 1 else ","


def head(path: Path) -> list[str]:
    """The first rows, without their line ends."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row.rstrip("\r\n") for row in islice(file, LOOK)]


def split_evenly(path: Path, sign: str, scratch: Path) -> Path:
    """A copy in `scratch` with tabs where `sign`, LONG or a space, stood between cells."""
    scratch.mkdir(parents=True, exist_ok=True)
    copy = scratch / f"{path.stem}.tabs.tsv"
    with path.open(encoding="utf-8-sig", newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
        for row in source:
            cells = row.split() if sign == " " else [cell.strip() for cell in row.rstrip("\r\n").split(sign)]
            target.write("\t".join(cell.replace("\t", " ") for cell in cells) + "\n")
    return copy
