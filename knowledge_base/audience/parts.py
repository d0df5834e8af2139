"""Parquet files on disk: written whole or not at all, read lazily."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from knowledge_base.audience.database import explained
from knowledge_base.audience.schemas import SCHEMAS, Table
from knowledge_base.errors import BadInputError

TEMPORARY = ".tmp"
GROUP_ROWS = 100_000
"""Small enough that a million rows are written on all cores at once."""


def write(frame: pl.LazyFrame, path: Path) -> int:
    """Streams a frame into `path` through a temporary file in the same folder; returns its rows."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(TEMPORARY)
        try:
            # Statistics would take half the time of writing; they would help to skip little.
            frame.sink_parquet(temporary, compression="snappy", statistics=False, row_group_size=GROUP_ROWS)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def scan(paths: list[Path]) -> pl.LazyFrame:
    """All rows of files that may differ in columns; absent columns are null."""
    return pl.concat([pl.scan_parquet(path) for path in paths], how="diagonal_relaxed")


def conform(frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """`frame` with the table's columns first, in order and type; absent ones null. `users` keeps further columns.

    Raises BadInputError when `user` is missing, or an unknown column is given to another table than users.
    """
    schema, given = SCHEMAS[table], frame.collect_schema()
    if "user" not in given:
        raise BadInputError("没有 user 这一列", field="user")
    further = [name for name in given if name not in schema]
    if further and table != "users":
        raise BadInputError(f"{table} 不收这些列：{'、'.join(further)}")
    columns = [
        pl.col(name).cast(kind) if name in given else pl.lit(None, kind).alias(name) for name, kind in schema.items()
    ]
    return frame.select(*columns, *further)
