"""Names for the columns of a file that has none, guessed from what is in them: offered, never used unasked."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from knowledge_base.audience.importing import times, words

SURE = 0.9
"""Share of cells that must fit."""
NAMES = ("user", "item", "category")
"""In the order in which exports have them."""
RATINGS = 10
"""Most different values of a column that looks like marks out of five or ten."""


def guess_header(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """A name for each column; `colN` for those nothing is known of. `rows`: a sample, all of the same width."""
    width = len(rows[0]) if rows else 0
    columns = [pl.Series([row[place].strip() for row in rows]) for place in range(width)]
    found: dict[int, str] = {}
    known, genders = words.actions(), words.genders()
    for place, column in enumerate(columns):
        if "action" not in found.values() and _share([words.word_key(cell) in known for cell in column]) >= SURE:
            found[place] = "action"
        elif "gender" not in found.values() and _share([words.word_key(cell) in genders for cell in column]) >= SURE:
            if not column.str.contains(r"^\d+$").all():
                found[place] = "gender"
        elif "time" not in found.values() and _is_time(column):
            found[place] = "time"
    # From the end, since marks stand behind what is marked.
    for place, column in reversed(list(enumerate(columns))):
        small = 1 < column.n_unique() <= RATINGS < len(column)
        # Who it was comes first, and a sample's first rows may be of few people.
        if place and place not in found and small and _share([_mark(cell) for cell in column]) >= SURE:
            found[place] = "rating"
            break
    # Without times nothing was done: then it is a list of people.
    left = iter(NAMES if "time" in found.values() else NAMES[:1])
    return tuple(found[place] if place in found else next(left, f"col{place + 1}") for place in range(width))


def _is_time(column: pl.Series) -> bool:
    forms = times.formats(column)
    read = column.to_frame("t").select(times.parsed(pl.col("t"), forms, "UTC").is_not_null()).to_series()
    return bool(forms) and _share(read.to_list()) >= SURE


def _mark(cell: str) -> bool:
    return cell.replace(".", "", 1).isdigit() and float(cell) <= RATINGS


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0
