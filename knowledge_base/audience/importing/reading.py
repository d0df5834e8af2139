"""Files -> lazy frames of text, whatever their format and encoding; memory does not grow with the file.

Every column comes as text; `ROW` counts the file's rows from 1, without its header.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import ColumnNotFoundError, ComputeError, NoDataError, SchemaError

from knowledge_base.audience.extra import missing
from knowledge_base.audience.importing.columns import headless
from knowledge_base.errors import BadInputError
from knowledge_base.ingest.encoding import CHUNK, detect
from knowledge_base.ingest.guard import check_office, open_binary

ROW = "__row__"
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson", ".xlsx", ".xlsm")
DELIMITERS = (",", "\t", ";", "|")


def scan(path: Path, scratch: Path, *, header: Sequence[str] = ()) -> pl.LazyFrame:
    """One file. `scratch` takes a copy in UTF-8 where the file is in another encoding; the caller deletes it.

    `header`: names for the columns of a CSV that has none. Raises BadInputError.
    """
    shown, suffix = str(path), path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInputError("不认识的格式", file=shown, hint="能读：csv、tsv、parquet、jsonl、xlsx。")
    with open_binary(path, shown) as file:
        if not file.read(1):
            raise BadInputError("是空文件", file=shown)
    with explained(path):
        if suffix == ".parquet":
            return _as_text(pl.scan_parquet(path, row_index_name=ROW, row_index_offset=1))
        if suffix in (".xlsx", ".xlsm"):
            return _workbook(path, shown)
        plain = _utf8(path, scratch)
        if suffix in (".jsonl", ".ndjson"):
            return _lines(path, plain, shown)
        return _delimited(path, plain, shown, header)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what polars says of a bad file into the row and column where it is bad."""
    try:
        yield
    except (ComputeError, SchemaError, NoDataError, ColumnNotFoundError) as error:
        if path.suffix.lower() in (".csv", ".tsv", ".txt"):
            _find_bad_row(path)
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            _find_bad_line(path)
        raise BadInputError(f"读不下去：{error}", file=str(path), hint="用原来的软件另存一次再试。") from error


def _delimited(path: Path, plain: Path, shown: str, header: Sequence[str]) -> pl.LazyFrame:
    with plain.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(DELIMITERS, key=first.count)
    names = next(csv.reader([first], delimiter=delimiter), [])
    names = [name.strip() for name in names]
    if not header and headless(names):
        raise BadInputError(
            f"第一行不是列名：{'、'.join(names[:8])}",
            file=shown,
            row=1,
            hint="用 --header 依次写出列名，例如 --header user,item,category,action,time。",
        )
    if header and len(header) != len(names):
        raise BadInputError(f"--header 有 {len(header)} 个列名，文件里有 {len(names)} 列", file=shown, row=1)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice and not header:
        raise BadInputError(
            f"有重复的列名：{'、'.join(twice)}", file=shown, row=1, field=twice[0], hint="改名后再导入。"
        )
    frame = pl.scan_csv(
        plain,
        separator=delimiter,
        has_header=not header,
        new_columns=list(header) or None,
        infer_schema=False,
        row_index_name=ROW,
        row_index_offset=1,
    )
    stripped = {name: name.strip() for name in frame.collect_schema().names() if name != name.strip()}
    return frame.rename(stripped) if stripped else frame


def _lines(path: Path, plain: Path, shown: str) -> pl.LazyFrame:
    try:
        frame = pl.scan_ndjson(plain, infer_schema_length=2000, row_index_name=ROW, row_index_offset=1)
        return _as_text(frame)
    except ComputeError as error:
        _find_bad_line(path)
        raise BadInputError(f"读不下去：{error}", file=shown) from error


def _workbook(path: Path, shown: str) -> pl.LazyFrame:
    """All sheets with rows, one below the other when their columns agree."""
    check_office(path, shown)
    try:
        sheets = pl.read_excel(path, sheet_id=0, infer_schema_length=0, raise_if_empty=False)
    except ModuleNotFoundError as error:
        raise missing("fastexcel") from error
    except Exception as error:
        # fastexcel raises its own family of errors; whatever it met, the workbook is what is wrong.
        raise BadInputError(f"读不出表格：{error}", file=shown, hint="用 Excel 或 WPS 另存为 xlsx 再试。") from error
    filled = {name: sheet for name, sheet in sheets.items() if sheet.height}
    if not filled:
        raise BadInputError("工作簿里没有数据", file=shown)
    names, first = next(iter(filled.items()))
    same = [sheet for sheet in filled.values() if sheet.columns == first.columns]
    if len(same) != len(filled):
        others = "、".join(name for name, sheet in filled.items() if sheet.columns != first.columns)
        raise BadInputError(
            f"工作表的列不一样：「{names}」和 {others}", file=shown, hint="每种数据单独存一个文件再导入。"
        )
    return _as_text(pl.concat(same).lazy().with_row_index(ROW, offset=1))


def _as_text(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Every column but the row number as text; lists joined by |."""
    columns = []
    for name, kind in frame.collect_schema().items():
        column = pl.col(name)
        if name == ROW:
            columns.append(column)
        elif isinstance(kind, pl.List):
            columns.append(column.cast(pl.List(pl.String)).list.join("|"))
        elif isinstance(kind, pl.Struct):
            columns.append(column.struct.json_encode())
        elif kind == pl.Null:
            columns.append(column.cast(pl.String))
        elif isinstance(kind, pl.Datetime):
            zoned = column.dt.convert_time_zone("UTC") if kind.time_zone else column
            pattern = "%Y-%m-%dT%H:%M:%S%.f+00:00" if kind.time_zone else "%Y-%m-%d %H:%M:%S"
            columns.append(zoned.dt.strftime(pattern))
        else:
            columns.append(column.cast(pl.String))
    return frame.select(columns)


def _utf8(path: Path, scratch: Path) -> Path:
    """The file itself, or a copy in UTF-8, written piece by piece."""
    encoding = detect(path, str(path))
    if encoding in ("utf-8", "utf-8-sig"):
        return path
    scratch.mkdir(parents=True, exist_ok=True)
    copy = scratch / f"{path.stem}.utf8{path.suffix}"
    with path.open(encoding=encoding, newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
        while piece := source.read(CHUNK):
            target.write(piece)
    return copy


def _find_bad_row(path: Path) -> None:
    """Raises BadInputError at the first row with more or fewer cells than the header."""
    with path.open(encoding=detect(path, str(path)), newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = "\t" if path.suffix.lower() == ".tsv" else max(DELIMITERS, key=first.count)
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        start = 1
        try:
            width = len(next(rows, []))
            start = rows.line_num + 1
            for row in rows:
                if row and len(row) > width:
                    raise BadInputError(
                        f"这一行有 {len(row)} 格，列名只有 {width} 个",
                        file=str(path),
                        row=rows.line_num,
                        hint="多半是格子里有没加引号的逗号，或少了一个引号；改好再导入。",
                    )
                start = rows.line_num + 1
        except csv.Error as error:
            reason = "从这一行起引号没有成对" if "unexpected end" in str(error) else f"不是合格的 CSV：{error}"
            raise BadInputError(reason, file=str(path), row=start, hint="补上缺的引号再导入。") from error


def _find_bad_line(path: Path) -> None:
    """Raises BadInputError at the first line that is no JSON object, or whose value changes its type."""
    kinds: dict[str, type] = {}
    with path.open(encoding=detect(path, str(path))) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value: Any = json.loads(line)
            except ValueError as error:
                raise BadInputError(f"不是合格的 JSON：{error}", file=str(path), row=number) from error
            if not isinstance(value, dict):
                raise BadInputError("应当是一个 JSON 对象 {…}", file=str(path), row=number)
            for key, one in value.items():
                if one is not None and kinds.setdefault(key, type(one)) is not type(one):
                    raise BadInputError(
                        f"前面是 {kinds[key].__name__}，这里成了 {type(one).__name__}",
                        file=str(path),
                        row=number,
                        field=key,
                        hint="同一个字段用同一种类型，例如都加引号。",
                    )
