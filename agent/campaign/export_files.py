"""Rows -> CSV, XLSX and JSON Lines, row by row: a hundred thousand of them need the memory of a few."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.storage.files import write_bytes, write_pieces
from knowledge_base.errors import StorageError, UsageError

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts with one of these is a formula, or may become one, to a spreadsheet."""
CELL_CHARS = 32_767
SHEET_ROWS = 1_048_576
"""Excel's own limits for a cell and a sheet."""
PIECE = 1 << 20
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML cannot hold; Excel calls a file with them damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns of a table."""

    heads: tuple[str, ...]
    long: frozenset[int] = frozenset()
    """Columns of several lines: wide and wrapped."""
    about: Mapping[str, str] | None = None
    """The file's AIGC field, kept among its properties where the format has them."""


def write_csv(path: Path, layout: Layout, rows: Iterable[Sequence[str]]) -> None:
    """UTF-8 with a mark, without which Excel reads the system's code page. Raises StorageError."""
    write_pieces(path, _csv_pieces(layout, rows))


def write_jsonl(path: Path, objects: Iterable[Mapping[str, Any]]) -> None:
    """One object a line. Raises StorageError."""
    write_pieces(path, (json.dumps(one, ensure_ascii=False) + "\n" for one in objects))


def write_xlsx(path: Path, title: str, layout: Layout, rows: Iterable[Sequence[str]]) -> None:
    """A workbook of one sheet whose cells are all text: leading zeros and long numbers stay, nothing is a formula.

    Raises StorageError, and UsageError for more rows than a sheet holds.
    """
    from openpyxl import Workbook

    book: Any = Workbook(write_only=True)
    if layout.about:
        from openpyxl.packaging.custom import StringProperty

        text = json.dumps(layout.about, ensure_ascii=False)
        book.custom_doc_props.append(StringProperty(name="AIGC", value=text))
    _fill(book, title, layout, rows)
    with tempfile.TemporaryFile() as file:
        try:
            book.save(file)
            file.seek(0)
        except OSError as error:
            raise StorageError(f"写不下表格：{error.strerror or error}", hint="看看磁盘是不是满了。") from error
        write_bytes(path, iter(lambda: file.read(PIECE), b""))


def neutral(cell: str) -> str:
    """A CSV cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _fill(book: Any, title: str, layout: Layout, rows: Iterable[Sequence[str]]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet: Any = book.create_sheet(re.sub(r"[\\/*?:\[\]]", "", title)[:31] or "文案")
    sheet.freeze_panes = "A2"
    for i in range(len(layout.heads)):
        sheet.column_dimensions[get_column_letter(i + 1)].width = 60 if i in layout.long else 16
    cell = _cells(sheet)
    bold, wrapped, top = Font(bold=True), Alignment(wrap_text=True, vertical="top"), Alignment(vertical="top")
    sheet.append([cell(head, bold=bold, alignment=top) for head in layout.heads])
    for count, row in enumerate(rows, 2):
        if count > SHEET_ROWS:
            raise UsageError(f"超过一张表能放的 {SHEET_ROWS:,} 行", hint="导出 csv，或用 --where 分几次导出。")
        sheet.append([cell(text, alignment=wrapped if i in layout.long else top) for i, text in enumerate(row)])


def _cells(sheet: Any) -> Callable[..., Any]:
    from openpyxl.cell import WriteOnlyCell

    def cell(text: str, *, alignment: Any, bold: Any = None) -> Any:
        if not text:
            return None
        made: Any = WriteOnlyCell(sheet, "")
        # Set past openpyxl's guessing, which takes a leading = for a formula.
        made._value, made.data_type = _FORBIDDEN.sub("", text).replace("\r\n", "\n")[:CELL_CHARS], "s"
        made.number_format = "@"
        made.alignment = alignment
        if bold is not None:
            made.font = bold
        if text.startswith(FORMULA):
            # Excel's own mark for "text, whatever it looks like": it holds when the cell is edited, too.
            made.quotePrefix = True
        return made

    return cell


def _csv_pieces(layout: Layout, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "\ufeff" + _line(layout.heads)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow([neutral(cell) for cell in cells])
    return buffer.getvalue()
