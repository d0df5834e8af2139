"""The event log up to a cut-off as plain arrays of numbers: what every feature counts over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from knowledge_base.audience.schemas import ACTIONS

Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Columns = dict[str, Floats]

ACTION_CODES = {action: code for code, action in enumerate(ACTIONS)}
UNREAD = ACTION_CODES["未读"]
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Names:
    """Names of categories or channels, and which of them get a column of their own."""

    names: list[str]
    frequent: list[int]
    """Places in `names`, in the order of the names, so that the same data give the same columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What some people did themselves, sorted by person and time, and how much they left unread.

    One place an event, none of these people's left out; `categories`, `channels`, `low` and `high` are of everybody.
    """

    people: int
    """How many; `code` is below."""
    unread: Floats
    """Of each person: how much was delivered and not opened."""
    code: Ints
    second: Ints
    """Seconds before the cut-off, at least 0."""
    day: Ints
    """Days of the shop's calendar before the day of the cut-off, at least 0."""
    hour: Ints
    weekend: Bools
    action: Ints
    """Place in ACTIONS."""
    item: Ints
    """-1 where the event names none, as in category and channel."""
    category: Ints
    categories: Names
    channel: Ints
    channels: Names
    price: Floats
    """NaN where not known."""
    low: float
    high: float
    """A third of all prices is at most `low`, two thirds are at most `high`."""

    def count(self, chosen: Bools | None = None, weights: Floats | None = None) -> Floats:
        """Events (or the sum of weights) of each person."""
        chosen = None if chosen is None or chosen.all() else chosen
        code = self.code if chosen is None else self.code[chosen]
        weights = weights if weights is None or chosen is None else weights[chosen]
        return np.bincount(code, weights=weights, minlength=self.people).astype(np.float64)

    def table(self, values: Ints, width: int, chosen: Bools | None = None) -> Floats:
        """(people, width): how often each person has each value; values below 0 are left out."""
        fine = values >= 0 if chosen is None else chosen & (values >= 0)
        code, values = (self.code, values) if fine.all() else (self.code[fine], values[fine])
        cells = np.bincount(code * width + values, minlength=self.people * width)
        return cells.reshape(-1, width).astype(np.float64)
