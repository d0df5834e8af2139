"""Plants the flaws of real exports into clean events, and keeps count: what cleaning must find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from knowledge_base.audience.synthetic.people import ID_PREFIX, Ints
from knowledge_base.audience.synthetic.plan import Plan, Product

BOT_ACTIONS = 600
"""Clicks of one bot, a second apart."""
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Planted:
    """How many rows bear each flaw, each row at most one; and who the bots are."""

    rows: dict[str, int]
    bots: list[str]


def dirty(
    plan: Plan, events: pl.DataFrame, people: int, end: datetime, rng: np.random.Generator
) -> tuple[pl.DataFrame, Planted]:
    """Events as an export shows them: text columns, shuffled a little, flaws planted.

    `events` has user, time (by the shop's clock), action, item, category, price, channel.
    """
    count = events.height
    order, taken, rows = rng.permutation(count), 0, {}
    flawed: dict[str, Ints] = {}
    for name in ("no_user", "no_time", "future", "ancient", "unknown_action", "synonym_action", "category_typo"):
        size = round(plan.flaws[name] * count)
        flawed[name], taken, rows[name] = np.sort(order[taken : taken + size]), taken + size, size
    bots = [f"{ID_PREFIX}bot{number:05d}" for number in range(max(1, round(plan.flaws["bots"] * people)))]
    rows["bots"] = len(bots) * BOT_ACTIONS
    rows["duplicates"] = round(plan.flaws["duplicates"] * count)
    copies = np.sort(order[taken : taken + rows["duplicates"]])
    text = events.with_columns(
        pl.col("time").dt.strftime(TIME_FORMAT), pl.col("action").cast(pl.String), pl.col("category").cast(pl.String)
    )
    far = (end + timedelta(days=3650)).strftime(TIME_FORMAT)
    text = _set(text, "user", flawed["no_user"], [""])
    text = _set(text, "time", flawed["no_time"], [""])
    text = _set(text, "time", flawed["future"], [far])
    text = _set(text, "time", flawed["ancient"], ["1970-01-01 08:00:00"])
    text = _set(text, "action", flawed["unknown_action"], plan.unknown)
    text = _swap(text, "action", flawed["synonym_action"], plan.synonyms)
    text = _swap(text, "category", flawed["category_typo"], plan.typos)
    robots = _bots(bots, plan.products, end).select(text.columns)
    # Copies stand some way behind their originals, as where two exports overlap.
    place = np.concatenate([np.arange(count), np.minimum(copies + 500, count), rng.integers(0, count, robots.height)])
    whole = pl.concat([text, text[copies], robots]).with_columns(place=pl.Series(place))
    whole = whole.sort("place", maintain_order=True).drop("place")
    return whole, Planted(rows, bots)


def _set(frame: pl.DataFrame, column: str, rows: Ints, values: list[str]) -> pl.DataFrame:
    series = frame[column].clone()
    if len(rows):
        series = series.scatter(rows.tolist(), [values[number % len(values)] for number in range(len(rows))])
    return frame.with_columns(series)


def _swap(frame: pl.DataFrame, column: str, rows: Ints, others: dict[str, list[str]]) -> pl.DataFrame:
    """Replaces values by one of their variants, in turn; values without variants stay."""
    old = frame[column][rows].to_list()
    new = [others[value][number % len(others[value])] if value in others else value for number, value in enumerate(old)]
    return frame.with_columns(frame[column].scatter(rows.tolist(), new)) if len(rows) else frame


def _bots(bots: list[str], products: tuple[Product, ...], end: datetime) -> pl.DataFrame:
    start = end - timedelta(days=3)
    number = pl.int_range(pl.len())
    product = pl.DataFrame(
        {
            "place": range(len(products)),
            "item": [one.id for one in products],
            "category": [one.category for one in products],
            "price": [one.price for one in products],
        }
    )
    frame = pl.DataFrame({"user": [bot for bot in bots for _ in range(BOT_ACTIONS)]})
    frame = frame.with_columns(
        place=(number % len(products)).cast(pl.Int64),
        time=(pl.lit(start.replace(tzinfo=None)) + pl.duration(seconds=number % BOT_ACTIONS)).dt.strftime(TIME_FORMAT),
        action=pl.lit("点击"),
        channel=pl.lit("公众号文章"),
    )
    return frame.join(product, on="place", how="left").drop("place")
