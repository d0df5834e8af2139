"""Files -> lazy frames of text, whatever their format and encoding; memory does not grow with the file.

Every column comes as text; `ROW` counts the file's rows from 1, without its header.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import ColumnNotFoundError, ComputeError, NoDataError, SchemaError

from knowledge_base.audience.extra import missing
from knowledge_base.audience.importing.columns import headless
from knowledge_base.audience.importing.guess import guess_header
from knowledge_base.audience.importing.plain import DELIMITERS, LOOK, head, sniff, split_evenly
from knowledge_base.errors import BadInputError
from knowledge_base.ingest.encoding import CHUNK, detect
from knowledge_base.ingest.guard import check_office, open_binary

ROW = "__row__"
WORKBOOKS, LINES = (".xlsx", ".xlsm"), (".jsonl", ".ndjson", ".json")
PLAIN = (".csv", ".tsv", ".txt", ".data", ".dat", ".log")
DOCUMENTS = (".docx", ".doc", ".pptx", ".pdf", ".html", ".md")
OTHERS = {
    ".zip": "先解压，再导入里面的文件。",
    ".gz": "先解压，再导入里面的文件。",
    ".rar": "先解压，再导入里面的文件。",
    ".7z": "先解压，再导入里面的文件。",
    ".xls": "用 Excel 或 WPS 另存为 xlsx 再导入。",
}
"""What cannot be read, and what to do about it."""
Repeated = Callable[[list[str]], Collection[str]]
READABLE = "能读：csv、tsv、txt、parquet、json、jsonl、xlsx。"


def scan(path: Path, scratch: Path, *, header: Sequence[str] = (), repeated: Repeated | None = None) -> pl.LazyFrame:
    """One file. `scratch` takes a copy in UTF-8 where the file is in another encoding; the caller deletes it.

    `header`: names for the columns of a CSV that has none. `repeated`: given a CSV's columns, those of few different
    values, which then come as categories: for the price of reading the text they are numbers already. Raises
    BadInputError.
    """
    shown, suffix = str(path), path.suffix.lower()
    with open_binary(path, shown) as file:
        start = file.read(CHUNK)
    if suffix in OTHERS:
        raise BadInputError("不能直接读这种格式", file=shown, hint=OTHERS[suffix])
    if not start:
        raise BadInputError("是空文件", file=shown)
    # Logs and old data sets have any ending; what matters is that they are text.
    if suffix not in (*PLAIN, *LINES, *WORKBOOKS, ".parquet") and (b"\0" in start or suffix in DOCUMENTS):
        raise BadInputError("不认识的格式", file=shown, hint=READABLE)
    with explained(path):
        if suffix == ".parquet":
            return _as_text(pl.scan_parquet(path, row_index_name=ROW, row_index_offset=1))
        if suffix in WORKBOOKS:
            return _workbook(path, shown)
        plain = _utf8(path, scratch)
        if suffix in LINES:
            return _lines(path, plain, shown)
        return _delimited(path, plain, scratch, header, repeated)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what polars says of a bad file into the row and column where it is bad."""
    try:
        yield
    except (ComputeError, SchemaError, NoDataError, ColumnNotFoundError) as error:
        if path.suffix.lower() in LINES:
            if not _is_list(path):
                _find_bad_line(path)
        elif path.suffix.lower() not in (*WORKBOOKS, ".parquet"):
            _find_bad_row(path)
        raise BadInputError(f"读不下去：{error}", file=str(path), hint="用原来的软件另存一次再试。") from error


def _delimited(
    path: Path, plain: Path, scratch: Path, header: Sequence[str], repeated: Repeated | None
) -> pl.LazyFrame:
    shown, rows = str(path), head(plain)
    delimiter = sniff(rows, path.suffix.lower())
    if delimiter not in DELIMITERS:
        plain, delimiter = split_evenly(plain, delimiter, scratch), "\t"
        rows = head(plain)
    names = [name.strip() for name in next(csv.reader(rows[:1], delimiter=delimiter), [])]
    if not header and headless(names):
        sample = [row for row in csv.reader(rows, delimiter=delimiter) if len(row) == len(names)]
        raise BadInputError(
            f"第一行不是列名：{'、'.join(names[:8])}",
            file=shown,
            row=1,
            hint=f"用 --header 依次写出列名。从内容看像是 --header {','.join(guess_header(sample))}，对的话照抄。",
        )
    if header and len(header) != len(names):
        raise BadInputError(f"--header 有 {len(header)} 个列名，文件里有 {len(names)} 列", file=shown, row=1)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice and not header:
        raise BadInputError(
            f"有重复的列名：{'、'.join(twice)}", file=shown, row=1, field=twice[0], hint="改名后再导入。"
        )

    def read(kinds: dict[str, pl.DataType]) -> pl.LazyFrame:
        return pl.scan_csv(
            plain,
            separator=delimiter,
            has_header=not header,
            new_columns=list(header) or None,
            infer_schema=False,
            schema_overrides=kinds,
            row_index_name=ROW,
            row_index_offset=1,
        )

    frame = read({})
    columns = {name: name.strip() for name in frame.collect_schema().names() if name != ROW}
    if repeated is not None:
        few = repeated(list(columns.values()))
        frame = read({name: pl.Categorical(pl.Categories.random()) for name in columns if columns[name] in few})
    stripped = {name: short for name, short in columns.items() if name != short}
    return frame.rename(stripped) if stripped else frame


def _lines(path: Path, plain: Path, shown: str) -> pl.LazyFrame:
    """A JSON object a line, or one list of them, which has to fit into memory."""
    if _is_list(plain):
        return _as_text(pl.read_json(plain, infer_schema_length=None).lazy().with_row_index(ROW, offset=1))
    try:
        frame = pl.scan_ndjson(plain, infer_schema_length=2000, row_index_name=ROW, row_index_offset=1)
        return _as_text(frame)
    except ComputeError as error:
        _find_bad_line(path)
        raise BadInputError(f"读不下去：{error}", file=shown) from error


def _is_list(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(CHUNK).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"[")


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
        delimiter = sniff([row.rstrip("\r\n") for row in islice(file, LOOK)], path.suffix.lower())
        if delimiter not in DELIMITERS:
            return
        file.seek(0)
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
