"""Invented events whose next action is decided by what came one, three or more than four steps before."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from knowledge_base.audience.schemas import TIME

BEGIN = datetime(2026, 3, 1)  # noqa: DTZ001 - UTC without a zone, as in the store
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "user": pl.String,
    "time": TIME,
    "action": pl.String,
    "price": pl.Float64,
}


def events(rows: list[tuple[str, float, str]]) -> pl.LazyFrame:
    """(user, minutes since the beginning, action)."""
    found = [(user, BEGIN + timedelta(minutes=minute), action, None) for user, minute, action in rows]
    return pl.LazyFrame(found, schema=SCHEMA, orient="row")


def walks(people: int, follows: dict[str, list[str]], seed: int = 0, memory: bool = False) -> pl.LazyFrame:
    """Visits that may end after any step. With `memory` the next action depends on the one three steps ago, which a
    chain of order 2 cannot see."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, float, str]] = []
    for person in range(people):
        for visit in range(3):
            start, past = float(rng.integers(0, 100_000)) + visit * 200_000, list(rng.choice(["阅读", "点击"], 3))
            rows += [(f"u{person}", start + place, str(one)) for place, one in enumerate(past)]
            for place in range(3, 3 + int(rng.geometric(0.12))):
                options = follows[str(past[-3 if memory else -1])]
                past.append(str(rng.choice(options)))
                rows.append((f"u{person}", start + place, past[-1]))
    return events(rows)


def long_memory(people: int, seed: int = 0, shortest: int = 5, ends: float = 0.5) -> pl.LazyFrame:
    """Each visit opens with 收藏 and 点赞 in either order, then at least `shortest` idle steps that end with chance
    `ends` each, then 加购; the order at the opening, not the count, decides between 购买 and 评论."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, float, str]] = []
    for person in range(people):
        for visit in range(4):
            start = float(rng.integers(0, 100_000)) + visit * 200_000
            opening = [str(one) for one in rng.permutation(["收藏", "点赞"])]
            idle = rng.choice(["阅读", "点击"], shortest + int(rng.geometric(ends)) - 1)
            end = "购买" if opening[0] == "收藏" else "评论"
            done = [*opening, *(str(one) for one in idle), "加购", end]
            rows += [(f"u{person}", start + place, one) for place, one in enumerate(done)]
    return events(rows)


def first_order(people: int, seed: int = 0) -> pl.LazyFrame:
    """The last action says all there is to know; any step may be a visit's last."""
    rng = np.random.default_rng(seed)
    chances = {"阅读": (0.6, 0.3, 0.1), "点击": (0.3, 0.3, 0.4), "加购": (0.5, 0.4, 0.1)}
    rows: list[tuple[str, float, str]] = []
    for person in range(people):
        for visit in range(4):
            start, action = float(rng.integers(0, 100_000)) + visit * 200_000, "阅读"
            for place in range(int(rng.geometric(0.1))):
                rows.append((f"u{person}", start + place, action))
                action = str(rng.choice(list(chances), p=chances[action]))
    return events(rows)
