"""Yes/no traits of people from what the shop knows: tags, profile, and habits in the top third."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from knowledge_base.audience.fairness import UNKNOWN, age_bands, allowed
from knowledge_base.audience.traits import Bools

if TYPE_CHECKING:
    import polars as pl

TOP_THIRD = ("price_high", "hours_late", "weekend_share", "events_30d", "favourite_rate", "share_rate", "open_rate")
"""Habits that become a trait of the third of people who have most of them."""
MOST_VALUES = 40


def traits_of(
    people: pl.Series, users: pl.DataFrame, features: pl.DataFrame, reasons: Mapping[str, str] | None = None
) -> dict[str, Bools]:
    """Name -> (people,) has it. Protected attributes only with a stated reason. `features` as of before the outcome."""
    import polars as pl

    stated = reasons or {}
    allowed(tuple(stated), stated)
    frame = people.to_frame("user").join(users, on="user", how="left", maintain_order="left")
    found: dict[str, Bools] = {}
    if "tags" in frame.columns:
        lists = frame["tags"].fill_null("").str.split("|")
        names = [name for name in lists.explode().value_counts(sort=True)["tags"].to_list() if name]
        for name in names[:MOST_VALUES]:
            found[f"标签：{name}"] = lists.list.contains(name).to_numpy()
    for name in stated:
        if name not in frame.columns:
            continue
        if name == "age":
            labels = age_bands(frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy())
        else:
            labels = frame[name].cast(pl.String).fill_null(UNKNOWN).to_numpy().astype(object)
        values, counts = np.unique(labels.astype(str), return_counts=True)
        for value in values[np.argsort(-counts, kind="stable")][:MOST_VALUES]:
            if value != UNKNOWN:
                found[f"{name}：{value}"] = np.asarray(labels == value)
    numbers = people.to_frame("user").join(features, on="user", how="left", maintain_order="left")
    for name in (*TOP_THIRD, *(column for column in features.columns if column.startswith("category:"))):
        if name in numbers.columns:
            values = numbers[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            known = values[~np.isnan(values)]
            if len(known) and known.max() > known.min():
                found[name] = np.nan_to_num(values, nan=-np.inf) > np.quantile(known, 2 / 3)
    if "carts_open" in numbers.columns:
        found["carts_open"] = numbers["carts_open"].fill_null(0).to_numpy() > 0
    return found
