"""For what: prices, categories, channels, and how wide the interest is."""

from __future__ import annotations

import numpy as np

from knowledge_base.audience.features.counts import ratio
from knowledge_base.audience.features.log import Columns, Floats, Log, Names

DENSE = 1_000_000
"""Cells of a table of people by items up to which counting into it beats sorting pairs."""


def taste(log: Log) -> Columns:
    """Shares are of actions that name a category, or come by a channel."""
    total = log.count()
    by_category = log.table(log.category, max(1, len(log.categories.names)))
    shares = ratio(by_category, by_category.sum(axis=1, keepdims=True).repeat(by_category.shape[1], axis=1))
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    items = _distinct(log)
    found: Columns = {
        "items": items,
        "item_repeat": ratio(log.count(log.item >= 0), items),
        "categories": (by_category > 0).sum(axis=1).astype(np.float64),
        "category_entropy": np.abs((shares * logs).sum(axis=1)),
    }
    found |= _family("category", log.categories, shares)
    by_channel = log.table(log.channel, max(1, len(log.channels.names)))
    channel_totals = by_channel.sum(axis=1, keepdims=True).repeat(by_channel.shape[1], axis=1)
    found |= _family("channel", log.channels, ratio(by_channel, channel_totals))
    return found | _prices(log, total)


def _prices(log: Log, total: Floats) -> Columns:
    priced = ~np.isnan(log.price)
    known = log.count(priced)
    mean = ratio(log.count(priced, log.price), known)
    square = ratio(log.count(priced, log.price**2), known)
    return {
        "price_mean": np.where(known > 0, mean, np.nan),
        "price_spread": np.where(known > 0, np.sqrt(np.maximum(square - mean**2, 0)), np.nan),
        "price_low": ratio(log.count(priced & (log.price <= log.low)), total),
        "price_high": ratio(log.count(priced & (log.price > log.high)), total),
    }


def _family(name: str, values: Names, shares: Floats) -> Columns:
    return {f"{name}:{values.names[place]}": shares[:, place] for place in values.frequent}


def _distinct(log: Log) -> Floats:
    chosen = log.item >= 0
    item = log.item[chosen]
    width = int(item.max()) + 1 if len(item) else 1
    if width * log.people <= DENSE:
        table: Floats = (log.table(log.item, width) > 0).sum(axis=1, dtype=np.float64)
        return table
    pairs = np.sort(log.code[chosen] * width + item)
    new = np.ones(len(pairs), dtype=bool)
    new[1:] = pairs[1:] != pairs[:-1]
    return np.bincount(pairs[new] // width, minlength=log.people).astype(np.float64)
