"""Where personal data stands in files: kind and place, never the value.

Tables are read cell by cell with their column's name before the value, since 张三 is a name only under 收货人.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.errors import BadInputError
from knowledge_base.pii import PiiKind, find

MAX_BYTES = 100_000_000
TABLES = {".csv": ",", ".tsv": "\t"}
SHEETS = frozenset({".xlsx", ".xlsm"})
CONVERTED = frozenset({".docx", ".pdf", ".pptx"})
PAGES = frozenset({".html", ".htm"})
_UNSEEN = frozenset({"script", "style", "template", "noscript"})
_HEADER_CHARS = 12
"""A longer first cell is no column name."""


@dataclass(frozen=True, slots=True)
class Place:
    file: str
    where: str
    """Line, or sheet!cell of a workbook."""
    kind: PiiKind


def scan(path: Path, name: str) -> Iterator[Place]:
    """Every place in reading order. `name` is the file as users see it. Raises BadInputError when it cannot be read."""
    for where, head, text in _pieces(path, name):
        prefix = f"{head}：" if head else ""
        for span in find(prefix + text):
            # What the column's name alone says is no data.
            if span.end > len(prefix):
                yield Place(name, where, span.kind)


def _pieces(path: Path, name: str) -> Iterable[tuple[str, str, str]]:
    """(place, column name or nothing, text)."""
    suffix = path.suffix.lower()
    data = _bytes(path, name)
    if suffix in TABLES:
        return _table(_decode(data, name), TABLES[suffix], name)
    if suffix in SHEETS:
        return _workbook(data, name)
    if suffix in CONVERTED:
        return _lines(_converted(path, name))
    if suffix in PAGES:
        return _page(_decode(data, name))
    return _lines(_decode(data, name))


def _bytes(path: Path, name: str) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInputError("没有这个文件", file=name, hint="检查路径。") from error
    except OSError as error:
        raise BadInputError(f"读不了：{error.strerror or error}", file=name, hint="检查路径和权限。") from error
    if len(data) > MAX_BYTES:
        raise BadInputError("超过 100 MB", file=name, hint="拆小了再查。")
    return data


def _decode(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    if b"\0" not in data[:4096]:
        from charset_normalizer import from_bytes

        if (best := from_bytes(data).best()) is not None:
            return str(best)
    raise BadInputError("不是能读的文字", file=name, hint="能查：文字、csv、xlsx、docx、pdf、pptx、html。")


def _lines(text: str) -> Iterator[tuple[str, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        yield str(number), "", line


def _table(text: str, delimiter: str, name: str) -> Iterator[tuple[str, str, str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    heads: list[str] = []
    before = 0
    try:
        for number, row in enumerate(rows):
            if number == 0:
                heads = [cell.strip() for cell in row]
            for column, cell in enumerate(row):
                yield str(before + 1), _head(heads, column) if number else "", cell
            before = rows.line_num
    except csv.Error as error:
        raise BadInputError(
            f"不是合格的表格：{error}", file=name, row=rows.line_num, hint="另存为 CSV UTF-8。"
        ) from error


def _workbook(data: bytes, name: str) -> Iterator[tuple[str, str, str]]:
    from zipfile import BadZipFile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise BadInputError("打不开，可能不是真的 Excel 文件", file=name, hint="另存为 .xlsx 后重试。") from error
    for sheet in book.worksheets:
        heads: list[str] = []
        for number, row in enumerate(sheet.iter_rows()):
            if number == 0:
                heads = [str(cell.value or "").strip() for cell in row]
            for column, cell in enumerate(row):
                if cell.value is not None:
                    yield f"{sheet.title}!{cell.coordinate}", _head(heads, column) if number else "", _cell(cell.value)


def _cell(value: Any) -> str:
    """Excel keeps phone numbers as numbers; 13800000000.0 is one too."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _head(heads: list[str], column: int) -> str:
    head = heads[column] if column < len(heads) else ""
    return head if len(head) <= _HEADER_CHARS else ""


def _converted(path: Path, name: str) -> str:
    from markitdown import MarkItDown, MarkItDownException

    try:
        return str(MarkItDown(enable_plugins=False).convert_local(path).text_content)
    except (MarkItDownException, ValueError, KeyError, OSError) as error:
        raise BadInputError("打不开，可能文件坏了", file=name, hint="用原来的软件另存一次再查。") from error


def _page(html: str) -> Iterator[tuple[str, str, str]]:
    from bs4 import BeautifulSoup, Comment

    soup = BeautifulSoup(html, "html.parser")
    for node in soup.find_all(string=True):
        parent = node.parent
        if parent is None or parent.name in _UNSEEN or isinstance(node, Comment):
            continue
        # Parsers know where a tag starts, not where its text does; the line breaks before the words tell the rest.
        first = (parent.sourceline or 1) - 1
        for number, line in enumerate(str(node).split("\n"), 1):
            yield str(first + number), "", line
