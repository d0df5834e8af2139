"""CSV and TSV, streamed: a file of any size takes the memory of one row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from knowledge_base.errors import BadInputError
from knowledge_base.ingest.encoding import detect
from knowledge_base.ingest.header import LOOK, Numbered, known_names, rows_under_header
from knowledge_base.ingest.rows import BadRow, Table

DELIMITERS = (",", "\t", ";", "|")


def read_delimited(path: Path, shown: str) -> Iterator[Table]:
    """One table. The delimiter is the one that finds the most known column names, then the most columns."""
    encoding = detect(path, shown)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(file)
    yield Table("", rows_under_header(_rows(path, shown, encoding, delimiter)))


def _rows(path: Path, shown: str, encoding: str, delimiter: str) -> Iterator[Numbered]:
    """(line on which the row starts, cells). A row that is no CSV comes as BadRow, and reading goes on."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            while True:
                start = reader.line_num + 1
                try:
                    yield start, next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield BadRow(start, _reason(error))
    except UnicodeError as error:
        # Cut off in the middle of a two-byte unit, as UTF-16 files can be.
        raise BadInputError(f"编码有误：{error}", file=shown, hint="另存为 UTF-8 再试。") from error


def _delimiter(file: TextIO) -> str:
    lines = list(islice(file, LOOK * 5))
    best = max(DELIMITERS, key=lambda delimiter: _score(lines, delimiter))
    return best if _score(lines, best) > (0, 1) else ","


def _score(lines: list[str], delimiter: str) -> tuple[int, int]:
    found = (0, 0)
    try:
        for row in islice(csv.reader(lines, delimiter=delimiter), LOOK):
            found = max(found, (known_names(row), len(row)))
    except csv.Error:
        pass
    return found


def _reason(error: csv.Error) -> str:
    message = str(error)
    if "unexpected end of data" in message:
        return "从这一行起引号没有成对，后面的内容都读不出来；补上缺的引号"
    if "expected after" in message:
        return "引号后面直接跟了别的字；格子里的引号要写成两个"
    if "field limit" in message:
        return f"一格里的字太多（上限 {csv.field_size_limit()}），多半是引号没有成对"
    return f"不是合格的 CSV：{message}"
