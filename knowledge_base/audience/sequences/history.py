"""A person's history as a recurrent network reads it: what it sees at each action, and pieces of bounded length.

A piece starts with an empty memory. Long histories are cut into pieces that overlap by half: of every piece but the
first only the second half is asked for, so that each action has at least REACH actions behind it (fewer only where the
person has fewer), and neither time nor memory grows with the longest history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from knowledge_base.audience.sequences.steps import Floats, Ints, Steps

Singles = np.ndarray[Any, np.dtype[np.float32]]

REACH = 128
GAP_MINUTES = (0.1, 0.5, 2.0, 10.0, 30.0, 120.0, 720.0, 2_880.0, 10_080.0, 43_200.0)
"""Edges of the time since the action before: seconds tell skimming from reading, days tell a visit from a return."""
FIRST = len(GAP_MINUTES) + 1
"""Bucket of a person's first action."""
GAPS = FIRST + 1
NUMBERS = 4
"""Hour as a point on a circle (two columns), price, place in the visit: see `numbers`."""


def gaps(steps: Steps) -> Ints:
    """(rows,) bucket of the time since the person's action before, 0 to FIRST."""
    return np.where(np.isnan(steps.waited), FIRST, np.searchsorted(GAP_MINUTES, steps.waited, side="right"))


def numbers(steps: Steps) -> Floats:
    """(rows, NUMBERS): sine and cosine of the hour, log of 1 + price (NaN without), log of 1 + place in the visit."""
    angle = steps.column("小时") * (2 * np.pi / 24)
    price = np.log1p(np.maximum(steps.column("价格"), 0))
    return np.column_stack([np.sin(angle), np.cos(angle), price, np.log1p(steps.column("第几步"))])


@dataclass(frozen=True, slots=True)
class Pieces:
    """Runs of rows of one person each, read from `first` up to but not including `end`."""

    first: Ints
    end: Ints
    own: Ints
    """Rows from here to `end` are this piece's to answer; those before only fill its memory."""

    def __len__(self) -> int:
        return len(self.first)

    def take(self, chosen: Ints) -> Pieces:
        """These pieces, in this order."""
        return Pieces(self.first[chosen], self.end[chosen], self.own[chosen])


def pieces(steps: Steps, places: Ints) -> Pieces:
    """Pieces that answer for all these rows, each row by exactly one; none reads on after the last row it answers."""
    ends = steps.latest() + 1
    begins = np.append(0, ends[:-1])
    counts = np.maximum(1, -(-(ends - begins) // REACH) - 1)
    person = np.repeat(np.arange(len(ends)), counts)
    number = np.arange(len(person)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = begins[person] + number * REACH
    own = np.where(number == 0, first, first + REACH)
    asked = np.sort(places)
    # The last asked row before each piece's end; a piece without one of its own is not read at all.
    last = np.searchsorted(asked, np.minimum(first + 2 * REACH, ends[person])) - 1
    end = np.where(last >= 0, asked[last] + 1, 0) if len(asked) else np.zeros(len(first), dtype=np.int64)
    kept = end > own
    return Pieces(first[kept], end[kept], own[kept])
