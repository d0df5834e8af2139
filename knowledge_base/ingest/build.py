"""One file -> records and problems, streamed, with notes on how its columns were read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from knowledge_base.errors import BadInputError
from knowledge_base.ingest.files import DOCUMENTS, Found
from knowledge_base.ingest.ids import natural_id
from knowledge_base.ingest.kinds import KIND_COLUMNS, kinds_in_name, named_kind, shown_by_columns
from knowledge_base.ingest.passages import document_records
from knowledge_base.ingest.plan import Plan, RowError, make_plan
from knowledge_base.ingest.privacy import Hiding
from knowledge_base.ingest.report import MappingNote, Problem
from knowledge_base.ingest.rows import BadRow, Row, Table
from knowledge_base.ingest.synonyms import header_key
from knowledge_base.ingest.tables import read_tables
from knowledge_base.records import KINDS, Kind, Record, Source
from knowledge_base.schema import parse_record

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user said about the files."""

    kind: Kind | None = None
    brand: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    hiding: Hiding = field(default_factory=Hiding)
    """What happens to personal data; it counts what it hid."""


def read_file(file: Found, wanted: Wanted, notes: list[MappingNote]) -> Iterator[Record | Problem]:
    """Never raises for bad content: it comes as a Problem, and reading goes on where it can.

    Adds to `notes` how each table's columns were understood.
    """
    try:
        if file.path.suffix.lower() in DOCUMENTS:
            yield from document_records(file, wanted.kind, wanted.brand, wanted.hiding)
        else:
            for table in read_tables(file.path, file.name):
                yield from _TableReading(table, file, wanted).run(notes)
    except BadInputError as error:
        yield Problem.of(error, file.name)


class _TableReading:
    """One table on its way to records. Guesses and plans are kept per set of columns, for JSON rows vary in keys."""

    def __init__(self, table: Table, file: Found, wanted: Wanted) -> None:
        self._table, self._file, self._wanted = table, file, wanted
        self._where = f"{file.name}「{table.name}」" if table.name else file.name
        self._guesses: dict[Columns, tuple[Kind, str] | None] = {}
        self._plans: dict[tuple[Kind, Columns], Plan] = {}
        self._why: dict[Kind, str] = {}
        self._kind_columns: dict[Columns, str | None] = {}

    def run(self, notes: list[MappingNote]) -> Iterator[Record | Problem]:
        for row in self._table.rows:
            if isinstance(row, BadRow):
                yield Problem(self._where, row.number, row.reason)
                continue
            columns = tuple(map(str, row.cells))
            found = self._said(columns, row) or self._guess(columns)
            if found is None:
                yield self._unclear(columns, row)
                if not self._plans:
                    # Every further row of a sheet would say the same.
                    break
                continue
            kind, why = found
            if (kind, columns) not in self._plans:
                self._plans[kind, columns] = make_plan(kind, columns, self._wanted.mapping)
                self._why.setdefault(kind, why)
            made = self._record(self._plans[kind, columns], row)
            if made is not None:
                yield made
        notes.extend(self._notes())

    def _record(self, plan: Plan, row: Row) -> Record | Problem | None:
        try:
            data = plan.data(row.cells, self._wanted.brand)
        except RowError as error:
            return Problem(self._where, row.number, str(error))
        if not data.keys() - {"brand"}:
            return None
        if not data.get("id") and (id := natural_id(plan.kind, data)):
            data["id"] = id
        try:
            record = parse_record(plan.kind, data, Source(self._file.name, row.number))
        except BadInputError as error:
            problem = Problem.of(error, self._file.name, row.number)
            return Problem(self._where, problem.row, problem.reason, problem.hint)
        return self._wanted.hiding.record(record)

    def _said(self, columns: Columns, row: Row) -> tuple[Kind, str] | None:
        """The kind that a 类型 column names."""
        if columns not in self._kind_columns:
            named = (column for column in row.cells if header_key(str(column)) in KIND_COLUMNS)
            self._kind_columns[columns] = next(named, None)
        column = self._kind_columns[columns]
        kind = named_kind(row.cells[column]) if column is not None else None
        return (kind, "类型列") if kind else None

    def _guess(self, columns: Columns) -> tuple[Kind, str] | None:
        """The kind and how it was found: said by the user, the sheet, the file, a folder, or the columns."""
        if self._wanted.kind:
            return self._wanted.kind, "--kind"
        if columns not in self._guesses:
            self._guesses[columns] = self._guessed(columns)
        return self._guesses[columns]

    def _guessed(self, columns: Columns) -> tuple[Kind, str] | None:
        targets_of: dict[Kind, Collection[str]] = {
            kind: {target.partition(".")[0] for target in make_plan(kind, columns, self._wanted.mapping).used.values()}
            - {"kind"}
            for kind in KINDS
        }
        stem, *folders = self._file.words
        places = [("表名", self._table.name), ("文件名", stem), *(("文件夹名", folder) for folder in folders)]
        for place, text in places:
            for kind in kinds_in_name(text):
                if len(targets_of[kind]) >= min(2, len(columns)):
                    return kind, place
        shown = shown_by_columns(targets_of)
        return (shown, "列名") if shown else None

    def _unclear(self, columns: Columns, row: Row) -> Problem:
        listed = "、".join(columns[:8]) + ("…" if len(columns) > 8 else "")
        hint = "用 --kind 说明是什么，例如 --kind product；列名认不出时用 --map 列名=字段。"
        return Problem(self._where, row.number, f"看不出是哪一类资料（列：{listed}）", hint)

    def _notes(self) -> Iterator[MappingNote]:
        for kind, why in self._why.items():
            used: dict[str, str] = {}
            ignored: dict[str, str] = {}
            for (planned, _), plan in self._plans.items():
                if planned == kind:
                    used |= plan.used
                    ignored |= plan.ignored
            yield MappingNote(self._where, kind, why, used, ignored)
