"""Who was asleep before the stream began: the last sign of life of everybody in the imported data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

PAGE = 5_000

LastSeen = Callable[[int], Iterator[list[tuple[str, int, str]]]]
"""Moment -> pages of (pseudonym, last sign of life before it, article it was about), microseconds."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What the engine may ask the imported data."""

    version: int
    """Changes when data were imported; people are then looked at again."""
    last_seen: LastSeen


def imported(store: AudienceStore) -> Imported:
    """The workspace's own data: only of people who agreed, since nobody else is in it."""
    return Imported(1 + len(store.imports()), lambda before: _pages(store, before))


def _pages(store: AudienceStore, before: int) -> Iterator[list[tuple[str, int, str]]]:
    import polars as pl

    if not store.exists:
        return
    own = store.events().filter(pl.col("action").cast(pl.String) != "未读").select("user", "time", "item")
    did = pl.concat([own, store.orders().select("user", "time", "item")])
    moment = pl.lit(before).cast(pl.Datetime("us"))
    # Of things at the same moment the article is the last by name: the order of rows must not decide.
    last = did.filter(pl.col("time") < moment).sort("time", "item").group_by("user").agg(pl.all().last())
    found = last.with_columns(pl.col("time").to_physical(), pl.col("item").fill_null("")).sort("user").collect()
    for start in range(0, found.height, PAGE):
        yield found.slice(start, PAGE).select("user", "time", "item").rows()
