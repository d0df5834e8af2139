"""XLSX through openpyxl: every visible sheet, cached formula values, cells as they look where that matters."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge_base.errors import BadInputError
from knowledge_base.ingest.guard import check_office
from knowledge_base.ingest.header import Numbered, rows_under_header
from knowledge_base.ingest.rows import BadRow, Broken, Table

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

EXACT_DIGITS = 10**15
"""Excel keeps 15 digits of a number; the rest of a longer one is zeros."""
BATCH = 500
UNCACHED_LOOK = 50
"""Rows searched for formulas without values."""
_ZEROS = re.compile(r"0+")
_PERCENT = re.compile(r"0(\.0+)?%")


def read_sheets(path: Path, shown: str) -> Iterator[Table]:
    """One table a visible sheet. Raises BadInputError for what is no readable workbook."""
    check_office(path, shown)
    with closing(_open(path, shown, data_only=True)) as book:
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                yield Table(sheet.title, rows_under_header(_rows(path, shown, sheet)))


def _open(path: Path, shown: str, *, data_only: bool) -> Workbook:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # openpyxl warns of styling it drops; only values matter here.
            warnings.simplefilter("ignore")
            return load_workbook(path, read_only=True, data_only=data_only, keep_links=False)
    except Exception as error:
        # The guard has let a zip through; whatever openpyxl meets inside, it is the file that is wrong.
        raise BadInputError(f"读不出表格：{error}", file=shown, hint="用 Excel 或 WPS 打开后另存一份再试。") from error


def _rows(path: Path, shown: str, sheet: Any) -> Iterator[Numbered]:
    # Sheets written by other programs may state a wrong size; reading on is safer than believing it.
    sheet.reset_dimensions()
    rows = enumerate(sheet.iter_rows(), 1)
    filled: set[int] = set()
    header: dict[int, Any] = {}
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                batch = [(number, [_value(cell) for cell in cells]) for number, cells in islice(rows, BATCH)]
        except Exception as error:
            raise BadInputError(f"工作表「{sheet.title}」读不下去：{error}", file=shown) from error
        if not batch:
            break
        for number, values in batch:
            present = {index for index, value in enumerate(values) if value not in (None, "")}
            filled |= present if header else set()
            header = header or {index: values[index] for index in present}
            yield number, values
    empty = {index: name for index, name in header.items() if index not in filled}
    if empty:
        yield from _uncached(path, shown, sheet.title, empty)


def _uncached(path: Path, shown: str, title: str, columns: dict[int, Any]) -> Iterator[BadRow]:
    """Columns that look empty because their formulas were never calculated."""
    with closing(_open(path, shown, data_only=False)) as book:
        sheet: Any = book[title]
        sheet.reset_dimensions()
        hollow: dict[int, Any] = {}
        for cells in islice(sheet.iter_rows(values_only=True), UNCACHED_LOOK):
            for index, name in columns.items():
                if index < len(cells) and isinstance(cells[index], str) and cells[index].startswith("="):
                    hollow[index] = name
    for name in hollow.values():
        yield BadRow(None, f"列「{name}」是公式，但文件里没有算好的值；用 Excel 或 WPS 打开，保存一次再导入")


def _value(cell: Any) -> Any:
    """Text as it is; whole numbers without `.0`; percent and leading zeros as they look; days as date."""
    value = cell.value
    if value is None or isinstance(value, str):
        if cell.data_type == "e" and value:
            return Broken(f"是公式错误 {value}；在 Excel 里改好再导入")
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format or "")
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    return value if isinstance(value, date) else str(value)


def _number(value: int | float, format: str) -> Any:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        if abs(value) >= EXACT_DIGITS:
            return Broken(f"「{value}」超过 15 位，Excel 已把后面几位变成 0；把这一列设成“文本”格式，再从来源重新导出")
        if _ZEROS.fullmatch(format):
            return str(value).zfill(len(format))
    if _PERCENT.fullmatch(format):
        return f"{_trim(Decimal(repr(value)) * 100)}%"
    return _trim(Decimal(repr(value)))


def _trim(number: Decimal) -> str:
    # 15 significant digits are what Excel shows; more would bring out 69.90000000000001.
    text = f"{number:.15g}" if abs(number.adjusted()) < 15 else f"{number:f}"
    text = f"{Decimal(text):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
