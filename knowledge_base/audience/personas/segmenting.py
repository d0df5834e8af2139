"""Finds segments in the store and keeps them, under numbers that last from build to build."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience import parts
from knowledge_base.audience.features.build import compute
from knowledge_base.audience.personas import keep
from knowledge_base.audience.personas.card import PREFIX, number_of
from knowledge_base.audience.personas.identity import Identity, identify
from knowledge_base.audience.propensity.snapshots import with_protected
from knowledge_base.audience.segments.cluster import SMALLEST_SEGMENT, Method, Small
from knowledge_base.audience.segments.matrix import habit_columns, numeric
from knowledge_base.audience.segments.segment import segment

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

SEGMENTS = Path("segments") / "segments.parquet"
"""Who is in which group, below the store's folder: user, segment from 0, -1 for none."""


def find_segments(
    store: AudienceStore,
    *,
    reasons: Mapping[str, str] | None = None,
    method: Method = "auto",
    ks: tuple[int, ...] = (),
    smallest: int = SMALLEST_SEGMENT,
    small: Small = "merge",
    seed: int = 0,
) -> dict[str, Any]:
    """The report of what was found, as kept under `segments`. Errors are those of `segment`.

    `reasons`: protected attribute -> why it must be used.
    """
    reasons = reasons or {}
    frame = with_protected(compute(store), store, reasons)
    columns = (*habit_columns(numeric(frame.drop(*reasons))), *(name for name in numeric(frame) if name in reasons))
    found = segment(
        frame, columns=columns, users=store.users().collect(), events=store.events(), messages=store.messages(),
        reasons=reasons, method=method, ks=ks, smallest=smallest, small=small, seed=seed,
    )  # fmt: skip
    parts.write(found.users.lazy(), store.folder / SEGMENTS)
    store.save_report("segments", found.as_dict())
    relabel(store, lasting(store, found.users))
    return store.report("segments") or {}


def lasting(store: AudienceStore, members: pl.DataFrame) -> Identity:
    """The numbers that groups have had since the first personas were made. `members`: user, segment from 0."""
    data = store.workspace.data
    before = keep.load(data)
    return identify(members, keep.members(data), before.taken if before else frozenset())


def relabel(store: AudienceStore, identity: Identity) -> None:
    """Puts lasting numbers into the kept groups and their report, so that every command calls a group the same."""
    report = store.report("segments")
    if report is None or all(old + 1 == new for old, new in identity.numbers.items()):
        return
    path = store.folder / SEGMENTS
    numbers = {old: new - 1 for old, new in identity.numbers.items()}
    column = pl.col("segment").replace_strict(list(numbers), list(numbers.values()), default=-1, return_dtype=pl.Int64)
    parts.write(parts.scan([path]).collect().with_columns(column).lazy(), path)
    ids = {f"{PREFIX}{old + 1}": f"{PREFIX}{new}" for old, new in identity.numbers.items()}
    rows = [row | {"id": ids.get(row["id"], row["id"])} for row in report["segments"]]
    store.save_report("segments", report | {"segments": sorted(rows, key=lambda row: number_of(row["id"]))})
