"""All features of all people as of a cut-off time. What happens at or after it is never looked at."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from knowledge_base.audience.clock import DEFAULT_ZONE
from knowledge_base.audience.codes import encode
from knowledge_base.audience.features.catalogue import catalogue, describe
from knowledge_base.audience.features.counts import counts
from knowledge_base.audience.features.log import Columns, read_log
from knowledge_base.audience.features.money import money
from knowledge_base.audience.features.rhythm import rhythm
from knowledge_base.audience.features.taste import taste
from knowledge_base.audience.features.words import profile, words
from knowledge_base.audience.schemas import TIME
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

IN_MEMORY = 2_000_000
"""Events up to which they are held in memory as they are, some 150 bytes each."""
ZERO = frozenset({"次", "笔", "条", "个", "0 到 1", "0 或 1", "比率", "-1 到 1", "奈特"})
"""Units whose missing value is nought: who did nothing did it no times. Days, prices and lengths stay null."""
ZERO_TOO = frozenset({"purchase_days", "spent", "spent_90d", "repeat_frequency", "active_days", "active_days_30d",
                      "longest_streak", "current_streak"})  # fmt: skip


def compute(
    store: AudienceStore,
    cutoff: datetime | None = None,
    *,
    names: Sequence[str] = (),
    timezone: str = DEFAULT_ZONE,
    leaks: bool = False,
) -> pl.DataFrame:
    """One row a person who was known by then: `user`, then Float64 columns in the catalogue's order, sorted by user.

    `cutoff`: UTC without a zone; by default just after the last event. `names`: only these columns. `leaks`: also the
    features that the catalogue flags as possibly knowing the future. Null means that there is nothing to measure.
    Raises BadInputError without data, UnknownIdError for a name that is no feature.
    """
    end = cutoff if cutoff is not None else default_cutoff(store)
    events = _events(store, end)
    orders, users, messages = store.orders(), store.users(), store.messages()
    with ThreadPoolExecutor(1) as other:
        # polars and numpy leave Python free while they reckon, so that two cores share the work.
        rest = other.submit(lambda: [profile(users, end), money(orders, events, end, timezone), words(messages, end)])
        tables = [_behaviour(events, end, timezone), *(_columns(frame) for frame in rest.result())]
    return _assembled(tables, _wanted(names, [name for _, columns in tables for name in columns], leaks))


def _columns(frame: pl.DataFrame) -> tuple[pl.Series, Columns]:
    numbers = {name: frame[name].cast(pl.Float64).to_numpy() for name in frame.columns if name != "user"}
    return frame["user"], numbers


def _events(store: AudienceStore, end: datetime) -> pl.LazyFrame:
    """Events before `end`; in memory when there are few, since they are looked at more than once."""
    span = store.span()
    later = span is not None and span[1] >= end
    events = store.events().filter(pl.col("time") < pl.lit(end, TIME)) if later else store.events()
    rows = int(events.select(pl.len()).collect().item())
    return events.collect().lazy() if rows <= IN_MEMORY else events


def _behaviour(events: pl.LazyFrame, end: datetime, timezone: str) -> tuple[pl.Series, Columns]:
    log = read_log(events, end, timezone)
    if not len(log.people):
        return log.people, {}
    with ThreadPoolExecutor(2) as pool:
        families = [pool.submit(family, log) for family in (rhythm, taste, counts)]
        return log.people, {name: values for family in families for name, values in family.result().items()}


def _assembled(tables: Sequence[tuple[pl.Series, Columns]], wanted: Sequence[str]) -> pl.DataFrame:
    """Rows of all tables side by side: placing numbers by hand costs less than joining ninety columns."""
    codes, names = encode(pl.concat([users for users, _ in tables]))
    order = names.arg_sort()
    people = names.gather(order).rename("user")
    parts, start = list[pl.DataFrame](), 0
    for users, columns in tables:
        mine = [name for name in wanted if name in columns]
        mine_codes = codes.slice(start, len(users)).to_numpy()
        start += len(users)
        if not mine:
            continue
        place = np.full(len(names), -1)
        place[mine_codes] = np.arange(len(mine_codes))
        ordered = place[order.to_numpy()]
        where = pl.Series(ordered).cast(pl.UInt32, strict=False)
        # Taken out as they are used: two tables of ninety columns would not fit where one does.
        frame = pl.DataFrame({name: columns.pop(name) for name in mine})
        # In one step, so that no second copy of all columns is made on the way.
        parts.append(frame.select(_cell(name, where) for name in mine))
    table = pl.concat([people.to_frame("user"), *parts], how="horizontal")
    return table.select("user", *wanted)


def _cell(name: str, place: pl.Series) -> pl.Expr:
    """A feature's values in the order of people; what nobody measured is nought or null."""
    taken = pl.col(name).gather(place)
    return taken.fill_null(0.0) if _zero(name) else taken.fill_nan(None)


def _wanted(names: Sequence[str], there: Sequence[str], leaks: bool) -> list[str]:
    for name in names:
        describe(name)
    if names:
        return [name for name in names if name in there]
    return [name for name in _ordered(there) if leaks or not describe(name).leaks_after]


def default_cutoff(store: AudienceStore) -> datetime:
    """Just after the last event, or order where there are no events. Raises BadInputError without either."""
    span = store.span()
    if span is None:
        raise BadInputError("还没有行为或订单数据", hint="先运行 wenan audience import 文件...。")
    return span[1] + timedelta(microseconds=1)


@cache
def _zero(name: str) -> bool:
    return describe(name).unit in ZERO or name in ZERO_TOO


def _ordered(columns: Sequence[str]) -> list[str]:
    places = {feature.name: place for place, feature in enumerate(catalogue())}

    def place(name: str) -> tuple[int, str]:
        family = f"{name.partition(':')[0]}:{{x}}" if ":" in name else name
        return places[family], name

    return sorted((name for name in columns if name != "user"), key=place)
