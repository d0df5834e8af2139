"""Takes people's rows out of every Parquet file of the audience folder: tables, features, training sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from knowledge_base.audience import parts
from knowledge_base.audience.database import explained, transaction

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

USER = "user"


def files_with_people(folder: Path) -> Iterator[Path]:
    """Parquet files that have a column of pseudonyms."""
    for path in sorted(folder.rglob("*.parquet")):
        if USER in pl.scan_parquet(path).collect_schema():
            yield path


def erase_rows(store: AudienceStore, users: pl.Series) -> dict[str, int]:
    """Rewrites every file that holds one of these people; returns file (relative to the folder) -> rows removed."""
    people = users.unique().to_frame(USER).lazy()
    removed: dict[str, int] = {}
    for path in files_with_people(store.folder):
        frame = pl.scan_parquet(path)
        found = int(frame.join(people, on=USER, how="semi").select(pl.len()).collect().item())
        if not found:
            continue
        name = path.relative_to(store.folder).as_posix()
        left = parts.write(frame.join(people, on=USER, how="anti"), path)
        removed[name] = found
        with explained(store.path), transaction(store.database) as database:
            database.execute("UPDATE parts SET rows = ? WHERE path = ?", (left, name))
    return removed


def erase_people(store: AudienceStore, users: pl.Series) -> int:
    """How many of these people had rows, all of which are gone now."""
    people = users.unique().to_frame(USER).lazy()
    held: set[str] = set()
    for path in files_with_people(store.folder):
        held |= set(pl.scan_parquet(path).select(USER).join(people, on=USER, how="semi").unique().collect()[USER])
    if held:
        erase_rows(store, pl.Series(USER, sorted(held)))
    return len(held)
