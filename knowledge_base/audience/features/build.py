"""All features of all people as of a cut-off time. What happens at or after it is never looked at."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from knowledge_base.audience.clock import DEFAULT_ZONE
from knowledge_base.audience.features.catalogue import catalogue, describe
from knowledge_base.audience.features.counts import counts
from knowledge_base.audience.features.history import read_history
from knowledge_base.audience.features.log import Columns
from knowledge_base.audience.features.money import money, order_lines, purchase_lines
from knowledge_base.audience.features.rhythm import rhythm
from knowledge_base.audience.features.sheet import Sheet
from knowledge_base.audience.features.taste import taste
from knowledge_base.audience.features.words import profile, words
from knowledge_base.audience.schemas import TIME
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

WORKERS = max(2, min(4, os.cpu_count() or 2))
"""Threads; more of them would only hold more logs in memory."""
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
    # Here, since a connection to the database stays in its thread.
    orders, users, messages = store.orders(), store.users(), store.messages()
    wish = frozenset(describe(name).name for name in names)

    def wanted(name: str) -> bool:
        return name in wish if wish else leaks or not describe(name).leaks_after

    # polars and numpy leave Python free while they reckon, so that the cores share the work.
    with ThreadPoolExecutor(WORKERS) as pool:
        lists = pool.submit(lambda: [profile(users, end), words(messages, end)])
        lines = order_lines(orders, end)
        history = read_history(_events(store, end), end, timezone)
        bought = pool.submit(money, lines if lines.height else purchase_lines(history.purchases()), end, timezone)
        frames = [bought.result(), *lists.result()] if lines.height else lists.result()
        sheet = Sheet([history.people, *(frame["user"] for frame in frames)], wanted=wanted, zero=_zero)
        for frame, places in zip(frames, sheet.places[1:], strict=True):
            sheet.put(_columns(frame), places)

        def fill(piece: tuple[int, int]) -> None:
            log = history.log(*piece)
            for family in (rhythm, taste, counts):
                sheet.put(family(log), slice(*piece))

        for _ in pool.map(fill, history.pieces()):
            pass
        if not lines.height:
            sheet.put(_columns(bought.result()), bought.result()["user"].to_numpy())
        return sheet.frame([name for name in names if name in sheet.names] if names else _ordered(sheet.names), pool)


def _columns(frame: pl.DataFrame) -> Columns:
    return {name: frame[name].cast(pl.Float64).to_numpy() for name in frame.columns if name != "user"}


def _events(store: AudienceStore, end: datetime) -> pl.LazyFrame:
    """Events before `end`."""
    span = store.span()
    later = span is not None and span[1] >= end
    return store.events().filter(pl.col("time") < pl.lit(end, TIME)) if later else store.events()


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
