"""The stored events, read column by column and handed on as logs of a few thousand people each.

Reckoning with all events at once would make array after array of their length, each of fresh memory; the arrays of one
log fit into a processor's cache and are used again for the next one. Time grows with the events, and no faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from knowledge_base.audience.clock import fixed_offset
from knowledge_base.audience.codes import encode
from knowledge_base.audience.features.log import ACTION_CODES, DAY_SECONDS, UNREAD, Bools, Floats, Ints, Log, Names
from knowledge_base.audience.ordering import by_person_and_second
from knowledge_base.audience.schemas import ACTION, TIME

PIECE_EVENTS = 65_536
"""Events of a log, as near as people can be kept together."""
PIECE_CELLS = 2_000_000
"""Cells of a log's widest table, people by categories or channels."""
MOST = 24
"""Categories and channels that get a column of their own: the most frequent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All events, those of a person side by side; one place an event in every array."""

    people: pl.Series
    """Pseudonyms, in the order in which their events lie."""
    bounds: Ints
    """Events of person n are bounds[n] to bounds[n + 1]."""
    times: pl.Series
    """UTC without a zone."""
    action: Ints
    item: Ints
    category: Ints
    categories: Names
    channel: Ints
    channels: Names
    price: Floats
    low: float
    high: float
    cutoff: datetime
    timezone: str

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Ranges of people, each for one log."""
        widest = max(len(self.categories.names), len(self.channels.names), 1)
        most, first = max(1, PIECE_CELLS // widest), 0
        while first < len(self.people):
            full = int(np.searchsorted(self.bounds, self.bounds[first] + PIECE_EVENTS))
            last = min(max(full, first + 1), first + most, len(self.people))
            yield first, last
            first = last

    def log(self, first: int, last: int) -> Log:
        """What people `first` to `last` did themselves."""
        bounds = self.bounds[first : last + 1]
        rows = slice(bounds[0], bounds[-1])
        code = np.repeat(np.arange(last - first), np.diff(bounds))
        action, times = self.action[rows], self.times[rows]
        seconds = times.to_numpy().view(np.int64) // 1_000_000
        left = action == UNREAD
        unread = np.bincount(code[left], minlength=last - first).astype(np.float64)
        order = by_person_and_second(code, seconds, np.flatnonzero(~left))
        seconds = seconds[order]
        local = seconds + _offset(times, self.timezone, order)
        here = int((self.cutoff - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - UTC without a zone
        now = pl.Series([self.cutoff], dtype=TIME)
        cut_day = (here - 1 + _offset(now, self.timezone, np.zeros(1, dtype=np.int64))[0]) // DAY_SECONDS
        day = local // DAY_SECONDS
        return Log(
            people=last - first,
            unread=unread,
            code=code[order],
            second=(here - seconds).astype(np.int32),
            day=(cut_day - day).astype(np.int32),
            hour=(local - day * DAY_SECONDS) // 3600,
            # 1 January 1970 was a Thursday.
            weekend=(day + 3) % 7 >= 5,
            action=action[order],
            item=self.item[rows][order],
            category=self.category[rows][order],
            categories=self.categories,
            channel=self.channel[rows][order],
            channels=self.channels,
            price=self.price[rows][order],
            low=self.low,
            high=self.high,
        )

    def purchases(self) -> pl.DataFrame:
        """user (place in `people`, UInt32), time and price of 购买 events."""
        rows = np.flatnonzero(self.action == ACTION_CODES["购买"])
        owner = np.searchsorted(self.bounds, rows, side="right") - 1
        price = pl.Series(self.price[rows]).fill_nan(None)
        times = self.times.gather(pl.Series(rows))
        return pl.DataFrame({"user": owner.astype(np.uint32), "time": times, "price": price})


def read_history(events: pl.LazyFrame, cutoff: datetime, timezone: str) -> History:
    """`events`: those before `cutoff`, which is UTC without a zone. Read column by column: texts take the memory."""

    def stored(name: str) -> pl.Series:
        return events.select(name).collect()[name]

    def arranged(values: pl.Series) -> pl.Series:
        return values if order is None else values.gather(order)

    def words(name: str) -> tuple[Ints, list[str]]:
        codes, names = encode(stored(name))
        # Texts of items, of which there may be millions, are of no use here.
        return arranged(codes.cast(pl.Int32).fill_null(-1)).to_numpy(), [] if name == "item" else names.to_list()

    people, bounds, order = _people(stored("user"))
    with ThreadPoolExecutor(2) as pool:
        coded = pool.map(words, ("item", "category", "channel"))
        action = arranged(stored("action").cast(ACTION).to_physical()).to_numpy()
        own = action != UNREAD
        price = arranged(stored("price").cast(pl.Float64)).to_numpy()
        prices = price[own & ~np.isnan(price)]
        low, high = np.quantile(prices, (1 / 3, 2 / 3)) if len(prices) else (0.0, 0.0)
        times = arranged(stored("time")).rechunk()
        (item, _), (category, categories), (channel, channels) = coded
    return History(
        people=people,
        bounds=bounds,
        times=times,
        action=action,
        item=item,
        category=category,
        categories=_names(categories, category, own),
        channel=channel,
        channels=_names(channels, channel, own),
        price=price,
        low=float(low),
        high=float(high),
        cutoff=cutoff,
        timezone=timezone,
    )


def _people(users: pl.Series) -> tuple[pl.Series, Ints, pl.Series | None]:
    """(pseudonyms, bounds of their events, order that brings a person's events together).

    The order is None where they are together: one import lies sorted by person.
    """
    runs = users.rle().struct.unnest()
    heads = runs["value"]
    if heads.n_unique() == len(heads):
        return heads, np.append(0, np.cumsum(runs["len"].to_numpy(), dtype=np.int64)), None
    codes, people = encode(users)
    code = codes.to_numpy()
    counts = np.bincount(code, minlength=len(people))
    order = np.argsort(code, kind="stable")
    return people, np.append(0, np.cumsum(counts)), pl.Series(order.astype(np.uint32))


def _names(names: list[str], codes: Ints, own: Bools) -> Names:
    """`own`: which events people did themselves; only those make a category frequent."""
    frequent = list(range(len(names)))
    if len(names) > MOST:
        counts = np.bincount(codes[own & (codes >= 0)], minlength=len(names))
        frequent = np.argsort(-counts, kind="stable")[:MOST].tolist()
    return Names(names, sorted(frequent, key=lambda place: names[place]))


def _offset(times: pl.Series, timezone: str, order: Ints) -> Ints:
    """Seconds that the zone's clock is ahead of UTC at each time; one number for all where it never changes."""
    fixed = fixed_offset(timezone)
    if fixed is not None:
        return np.array([int(fixed.total_seconds())])
    zoned = times.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone)
    local = zoned.dt.replace_time_zone(None)
    return (local - times).dt.total_seconds().to_numpy()[order]
