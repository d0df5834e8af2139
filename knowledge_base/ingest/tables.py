"""Files of rows -> tables, by extension."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from knowledge_base.ingest.delimited import read_delimited
from knowledge_base.ingest.rows import Table
from knowledge_base.ingest.sheets import read_sheets
from knowledge_base.ingest.structured import read_json, read_jsonl, read_yaml

READERS: dict[str, Callable[[Path, str], Iterator[Table]]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".xlsx": read_sheets,
    ".xlsm": read_sheets,
    ".json": read_json,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".yaml": read_yaml,
    ".yml": read_yaml,
}


def read_tables(path: Path, name: str) -> Iterator[Table]:
    """The tables of a file, one after the other: read a table's rows before asking for the next.

    `name` is the path as users see it. Raises BadInputError, from any step, when the file is unreadable.
    """
    return READERS[path.suffix.lower()](path, name)
