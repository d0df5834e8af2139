"""One file -> records, problems and how its columns were read."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge_base.chunking import split
from knowledge_base.errors import BadInputError
from knowledge_base.ingest.documents import read_document
from knowledge_base.ingest.files import DOCUMENTS
from knowledge_base.ingest.kinds import KIND_COLUMNS, channel_of, kinds_in_name, named_kind, shown_by_columns
from knowledge_base.ingest.plan import Plan, RowError, make_plan
from knowledge_base.ingest.report import MappingNote, Problem
from knowledge_base.ingest.rows import BadRow, Row, Table
from knowledge_base.ingest.synonyms import header_key
from knowledge_base.ingest.tables import read_tables
from knowledge_base.labels import KIND_LABELS
from knowledge_base.records import KINDS, RECORD_TYPES, Kind, Record, Source
from knowledge_base.schema import parse_record

# A derived id is this many hex digits of a hash: 48 bits, so that 100,000 records collide with odds of 1 in 50,000.
ID_HEX = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user said about the files."""

    kind: Kind | None = None
    brand: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class FileResult:
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    mappings: list[MappingNote] = field(default_factory=list)


def read_file(path: Path, name: str, wanted: Wanted) -> FileResult:
    """`name` is the path as records keep it. Never raises for bad content: it becomes a Problem."""
    result = FileResult()
    try:
        if path.suffix.lower() in DOCUMENTS:
            _document(path, name, wanted, result)
        else:
            for table in read_tables(path, name):
                _table(table, name, wanted, result)
    except BadInputError as error:
        result.problems.append(Problem.of(error, name))
    return result


def _document(path: Path, name: str, wanted: Wanted, result: FileResult) -> None:
    document = read_document(path, name)
    kind = wanted.kind or "passage"
    if kind == "exemplar":
        data: dict[str, Any] = {
            "id": derived_id("exemplar", name),
            "channel": channel_of([*Path(name).parts, path.stem]) or "article",
            "title": document.title,
            "text": document.text.strip(),
        }
        _keep(kind, data, Source(name), wanted, result)
    elif kind == "passage":
        for start, title, chunk in split(document.text, document.title):
            data = {"id": derived_id("passage", f"{name}\0{start}"), "text": chunk, "title": title, "start": start}
            _keep(kind, data, Source(name, document.text.count("\n", 0, start) + 1), wanted, result)
    else:
        hint = "把内容填进表格或 yaml；文档只能作为资料片段或范文（--kind exemplar）。"
        result.problems.append(Problem(name, None, f"文档不能当作{KIND_LABELS[kind]}", hint))


def _table(table: Table, name: str, wanted: Wanted, result: FileResult) -> None:
    where = f"{name}「{table.name}」" if table.name else name
    guesses: dict[tuple[str, ...], tuple[Kind, str] | None] = {}
    plans: dict[tuple[Kind, tuple[str, ...]], Plan] = {}
    noted: dict[Kind, MappingNote] = {}
    for row in table.rows:
        if isinstance(row, BadRow):
            result.problems.append(Problem(name, row.number, row.reason))
            continue
        columns = tuple(map(str, row.cells))
        if columns not in guesses:
            guesses[columns] = _guess(columns, table.name, name, wanted)
        found = _said(row) or guesses[columns]
        if found is None:
            reason = f"看不出是哪一类资料（列：{'、'.join(columns[:8])}）"
            hint = "用 --kind 说明是什么，例如 --kind product；或用 --map 列名=字段 指定各列。"
            result.problems.append(Problem(name, row.number, reason, hint))
            if not plans:
                return
            continue
        kind, why = found
        if (kind, columns) not in plans:
            plans[kind, columns] = plan = make_plan(kind, columns, wanted.mapping)
            noted.setdefault(kind, MappingNote(where, kind, why, plan.used, plan.ignored))
        _row(plans[kind, columns], row, name, wanted, result)
    result.mappings += noted.values()


def _row(plan: Plan, row: Row, name: str, wanted: Wanted, result: FileResult) -> None:
    try:
        data = plan.data({str(column): value for column, value in row.cells.items()}, wanted.brand)
    except RowError as error:
        result.problems.append(Problem(name, row.number, str(error)))
        return
    if not data:
        return
    if not data.get("id"):
        data["id"] = _natural_id(plan.kind, data)
    _keep(plan.kind, data, Source(name, row.number), wanted, result)


def _keep(kind: Kind, data: dict[str, Any], source: Source, wanted: Wanted, result: FileResult) -> None:
    if wanted.brand and "brand" in RECORD_TYPES[kind].__dataclass_fields__:
        data.setdefault("brand", wanted.brand)
    try:
        result.records.append(parse_record(kind, data, source))
    except BadInputError as error:
        result.problems.append(Problem.of(error, source.file, source.row))


def _said(row: Row) -> tuple[Kind, str] | None:
    """The kind that a 类型 column names."""
    for column, value in row.cells.items():
        if header_key(str(column)) in KIND_COLUMNS and (kind := named_kind(value)):
            return kind, "类型列"
    return None


def _guess(columns: tuple[str, ...], table: str, name: str, wanted: Wanted) -> tuple[Kind, str] | None:
    """The kind and how it was found: said by the user, the sheet, the file, the folder, or the columns."""
    if wanted.kind:
        return wanted.kind, "--kind"
    targets_of: dict[Kind, Collection[str]] = {kind: _targets(kind, columns, wanted.mapping) for kind in KINDS}
    path = Path(name)
    for place, text in (("表名", table), ("文件名", path.stem), ("文件夹名", path.parent.name)):
        for kind in kinds_in_name(text):
            if len(targets_of[kind]) >= min(2, len(columns)):
                return kind, place
    shown = shown_by_columns(targets_of)
    return (shown, "列名") if shown else None


def _targets(kind: Kind, columns: tuple[str, ...], mapping: Mapping[str, str]) -> set[str]:
    plan = make_plan(kind, columns, mapping)
    return {target.partition(".")[0] for target in plan.used.values()}


def _natural_id(kind: Kind, data: Mapping[str, Any]) -> str:
    """For rows without an id: people's names for things stay readable, texts are hashed. Stable over re-adding."""
    if kind in ("brand", "persona") and data.get("name"):
        return str(data["name"])
    key = data.get("name") or data.get("question") or data.get("path") or data.get("code") or data.get("text") or ""
    return derived_id(kind, f"{data.get('brand', '')}\0{key}")


def derived_id(kind: Kind, key: str) -> str:
    """`kind-` and a hash of what makes the record itself."""
    return f"{kind}-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:ID_HEX]}"
