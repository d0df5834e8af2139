"""The event log up to a cut-off as plain arrays of numbers: what every feature counts over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from knowledge_base.audience.clock import fixed_offset
from knowledge_base.audience.codes import encode
from knowledge_base.audience.ordering import by_person_and_second
from knowledge_base.audience.schemas import ACTION, ACTIONS, TIME

Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Columns = dict[str, Floats]

ACTION_CODES = {action: code for code, action in enumerate(ACTIONS)}
UNREAD = ACTION_CODES["未读"]
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What people did themselves, sorted by person and time, and how much they left unread. One place an event."""

    people: pl.Series
    """Pseudonyms; person `code` is people[code]."""
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
    categories: list[str]
    channel: Ints
    channels: list[str]
    price: Floats
    """NaN where not known."""

    def count(self, chosen: Bools | None = None, weights: Floats | None = None) -> Floats:
        """Events (or the sum of weights) of each person."""
        chosen = None if chosen is None or chosen.all() else chosen
        code = self.code if chosen is None else self.code[chosen]
        weights = weights if weights is None or chosen is None else weights[chosen]
        return np.bincount(code, weights=weights, minlength=len(self.people)).astype(np.float64)

    def table(self, values: Ints, width: int, chosen: Bools | None = None) -> Floats:
        """(people, width): how often each person has each value; values below 0 are left out."""
        fine = values >= 0 if chosen is None else chosen & (values >= 0)
        code, values = (self.code, values) if fine.all() else (self.code[fine], values[fine])
        cells = np.bincount(code * width + values, minlength=len(self.people) * width)
        return cells.reshape(-1, width).astype(np.float64)


def read_log(events: pl.LazyFrame, cutoff: datetime, timezone: str) -> Log:
    """`events`: those before `cutoff`, which is UTC without a zone. Read column by column: texts take the memory."""

    def column(name: str) -> pl.Series:
        return events.select(name).collect()[name]

    def words(name: str) -> tuple[Ints, list[str]]:
        codes, names = encode(column(name))
        return codes.cast(pl.Int32).fill_null(-1).to_numpy(), names.to_list()

    # Beside the reckoning with times, and one after the other.
    with ThreadPoolExecutor(1) as other:
        coded = other.map(words, ("item", "category", "channel"))
        return _numbered(column, coded, cutoff, timezone)


def _numbered(
    column: Callable[[str], pl.Series], coded: Iterator[tuple[Ints, list[str]]], cutoff: datetime, timezone: str
) -> Log:
    """`coded`: codes and names of item, category and channel."""
    people, code = _people(column("user"))
    action = column("action").cast(ACTION).to_physical().to_numpy()
    times = column("time")
    seconds = times.to_numpy().view(np.int64) // 1_000_000
    unread = np.bincount(code[action == UNREAD], minlength=len(people)).astype(np.float64)
    order = by_person_and_second(code, seconds, np.flatnonzero(action != UNREAD))
    code, action, seconds = code[order], action[order], seconds[order]
    local = seconds + _offset(times.gather(pl.Series(order)), timezone)
    here = int((cutoff - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - UTC without a zone
    cut_local = here - 1 + _offset(pl.Series([cutoff], dtype=TIME), timezone)[0]
    day = local // DAY_SECONDS
    (item, _), (category, categories), (channel, channels) = coded
    return Log(
        people=people,
        unread=unread,
        code=code,
        second=(here - seconds).astype(np.int32),
        day=(cut_local // DAY_SECONDS - day).astype(np.int32),
        hour=((local - day * DAY_SECONDS) // 3600).astype(np.int32),
        # 1 January 1970 was a Thursday.
        weekend=(day + 3) % 7 >= 5,
        action=action,
        item=item[order],
        category=category[order],
        categories=categories,
        channel=channel[order],
        channels=channels,
        price=column("price").cast(pl.Float64).to_numpy()[order],
    )


def _people(users: pl.Series) -> tuple[pl.Series, Ints]:
    """(pseudonyms, code of each row). One import lies sorted by person, so that counting the changes is enough."""
    change = users.ne_missing(users.shift()).to_numpy()
    heads = users.filter(pl.Series(change))
    if heads.n_unique() == len(heads):
        return heads, np.cumsum(change, dtype=np.int64) - 1
    codes, people = encode(users)
    return people, codes.to_numpy().astype(np.int64)


def _offset(times: pl.Series, timezone: str) -> Ints:
    """Seconds that the zone's clock is ahead of UTC at each time; one number for all where it never changes."""
    fixed = fixed_offset(timezone)
    if fixed is not None:
        return np.array([int(fixed.total_seconds())])
    zoned = times.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone)
    local = zoned.dt.replace_time_zone(None)
    return (local - times).dt.total_seconds().to_numpy()
