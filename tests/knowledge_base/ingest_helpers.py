"""What the ingest tests share: files on disk, `add` into a real knowledge base, and small Office files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from knowledge_base.base import KnowledgeBase
from knowledge_base.ingest.build import Wanted, read_file
from knowledge_base.ingest.files import Found
from knowledge_base.ingest.report import MappingNote, Problem
from knowledge_base.records import Product, Record


def write(folder: Path, name: str, text: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def workbook(folder: Path, name: str, sheets: dict[str, Sequence[Sequence[Any]]]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    path = folder / name
    book.save(path)
    return path


def read(path: Path, wanted: Wanted | None = None) -> tuple[list[Record], list[Problem], list[MappingNote]]:
    """One file on its own, as `add` would read it."""
    notes: list[MappingNote] = []
    found = Found(path, path.name, (path.stem, path.parent.name), True)
    got = list(read_file(found, wanted or Wanted(), notes))
    return [one for one in got if not isinstance(one, Problem)], [one for one in got if isinstance(one, Problem)], notes


def only_product(path: Path, wanted: Wanted | None = None) -> Product:
    records, problems, _ = read(path, wanted)
    assert not problems
    (record,) = records
    assert isinstance(record, Product)
    return record


def all_ids(kb: KnowledgeBase) -> list[str]:
    return sorted(record.id for record in kb.all())
