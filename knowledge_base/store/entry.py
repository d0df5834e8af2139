"""One record as the stores keep it: the record, the text it is found by, and the flat fields filters look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from knowledge_base.codec import content_hash, dump_record, load_record, search_text
from knowledge_base.records import Asset, Brand, Coupon, Kind, Policy, Record
from knowledge_base.store.filter import ALWAYS_FROM, ALWAYS_UNTIL

Metadata = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    kind: str
    brand: str
    category: str
    valid_from: int
    """Day ordinal, inclusive."""
    valid_until: int
    """Day ordinal, inclusive."""
    file: str
    row: int
    """0 when the whole file is one record."""
    sha256: str
    data: str
    """The record as JSON."""
    text: str
    """What is embedded and indexed."""

    def record(self) -> Record:
        return decode(self.kind, self.data)

    def metadata(self) -> Metadata:
        """Flat, as Chroma wants it; with the id and the text it is the whole entry."""
        return {
            "kind": self.kind,
            "brand": self.brand,
            "category": self.category,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "file": self.file,
            "row": self.row,
            "sha256": self.sha256,
            "record": self.data,
        }


def encode(record: Record) -> Entry:
    start, end = _validity(record)
    return Entry(
        id=record.id,
        kind=record.kind,
        brand=record.id if isinstance(record, Brand) else record.brand,
        category=getattr(record, "category", ""),
        valid_from=start,
        valid_until=end,
        file=record.source.file,
        row=record.source.row or 0,
        sha256=record.source.sha256 or content_hash(record),
        data=json.dumps(dump_record(record), ensure_ascii=False, separators=(",", ":")),
        text=search_text(record),
    )


def decode(kind: str, data: str) -> Record:
    return load_record(cast(Kind, kind), json.loads(data))


def from_metadata(id: str, text: str, metadata: Mapping[str, Any]) -> Entry:
    """The entry that `Entry.metadata` described."""
    return Entry(
        id=id,
        text=text,
        kind=str(metadata["kind"]),
        brand=str(metadata["brand"]),
        category=str(metadata["category"]),
        valid_from=int(metadata["valid_from"]),
        valid_until=int(metadata["valid_until"]),
        file=str(metadata["file"]),
        row=int(metadata["row"]),
        sha256=str(metadata["sha256"]),
        data=str(metadata["record"]),
    )


def _validity(record: Record) -> tuple[int, int]:
    match record:
        case Policy() | Coupon():
            start, end = record.start, record.end
        case Asset():
            start, end = None, record.licence_until
        case _:
            start = end = None
    return (start.toordinal() if start else ALWAYS_FROM), (end.toordinal() if end else ALWAYS_UNTIL)
