"""Files as texts to check, each with a way from an offset in it back to a place in the file.

Markup is blanked out in place, so that offsets stay true; tables and documents give one text a cell or paragraph.
"""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path

from knowledge_base.errors import BadInputError

STDIN = "-"
PLAIN = frozenset({"", ".txt", ".md", ".markdown", ".text"})
HTML = frozenset({".html", ".htm"})
TABLES = frozenset({".csv", ".tsv"})
WRITABLE = PLAIN | HTML
"""Where `--fix` can put words in place: one text, offsets equal to the file's."""
_BLOCKS = frozenset(
    {"p", "div", "section", "li", "br", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "td", "th"}
)


@dataclass(frozen=True)
class Piece:
    """One text of a file."""

    file: str
    text: str
    row: int = 1
    """1-based line, table row or paragraph in which the text begins."""
    column: int = 1
    """1-based column of its first character, or the number of its cell's column."""
    cell: str = ""
    """Such as Sheet1!B3 or 第 4 段; empty in plain files."""

    @cached_property
    def _breaks(self) -> list[int]:
        return [i + 1 for i, c in enumerate(self.text) if c == "\n"]

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column), 1-based, columns in code points; for cells the row and the column of the cell."""
        if self.cell:
            return self.row, self.column
        line = bisect_right(self._breaks, offset)
        start = self._breaks[line - 1] if line else 0
        return self.row + line, offset - start + (1 if line else self.column)


def read_pieces(path: Path | None, *, lines: bool = False, stdin: str = "") -> tuple[Piece, ...]:
    """Every text of a file; of `stdin` when there is no path. Raises BadInputError naming the file."""
    if path is None:
        pieces: Iterator[Piece] = iter((Piece("<stdin>", stdin),))
    else:
        pieces = _pieces(path)
    return tuple(each for piece in pieces for each in (_split(piece) if lines and not piece.cell else (piece,)))


def read_text(path: Path) -> str:
    """A text file in UTF-8, with or without a mark, or in GB 18030; line ends as they are."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInputError("读不了这个文件", file=str(path), hint="核对路径和权限。") from error
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInputError("认不出编码", file=str(path), hint="用 UTF-8 另存后重试。")


def _pieces(path: Path) -> Iterator[Piece]:
    kind, name = path.suffix.lower(), path.as_posix()
    if not path.is_file():
        raise BadInputError("没有这个文件", file=name, hint="核对路径；从标准输入读就写 -。")
    if kind in PLAIN:
        yield Piece(name, read_text(path))
    elif kind in HTML:
        yield Piece(name, visible_html(read_text(path)))
    elif kind in TABLES:
        yield from _table(name, read_text(path), "\t" if kind == ".tsv" else ",")
    elif kind == ".xlsx":
        yield from _workbook(path)
    elif kind == ".docx":
        yield from _document(path)
    else:
        raise BadInputError(f"还不会读 {kind} 文件", file=name, hint="可以查 .md .txt .html .csv .xlsx .docx。")


def _split(piece: Piece) -> Iterator[Piece]:
    for number, line in enumerate(piece.text.split("\n"), piece.row):
        if line.strip():
            yield Piece(piece.file, line.rstrip("\r"), number)


def visible_html(source: str) -> str:
    """What a reader sees, at its own offsets: tags, comments, scripts and styles become blanks, blocks end lines."""
    parser = _Visible(source)
    parser.feed(source)
    parser.close()
    return "".join(parser.kept)


class _Visible(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.kept = ["\n" if c == "\n" else " " for c in source]
        self._lines = [0, *(i + 1 for i, c in enumerate(source) if c == "\n")]
        self._hidden = 0

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            start = self._offset()
            self.kept[start : start + len(data)] = data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden += 1
        self._block(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        self._block(tag)

    def _block(self, tag: str) -> None:
        if tag in _BLOCKS:
            # A blank inside the tag ends the sentence without adding a line: U+3002 would be read, U+0085 is not text.
            self.kept[self._offset()] = "\u2028"


def _table(name: str, text: str, delimiter: str) -> Iterator[Piece]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter)
    before = 0
    for row in reader:
        for column, cell in enumerate(row, 1):
            if cell.strip():
                yield Piece(name, cell, before + 1, column, f"第 {before + 1} 行第 {column} 列")
        before = reader.line_num


def _workbook(path: Path) -> Iterator[Piece]:
    from openpyxl import load_workbook
    from openpyxl.utils import get_column_letter

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken zip or XML raises
        raise BadInputError("打不开这个表格", file=path.as_posix(), hint="用 Excel 另存为 .xlsx 后重试。") from error
    try:
        for sheet in book.worksheets:
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                for column, value in enumerate(row, 1):
                    if isinstance(value, str) and value.strip():
                        where = f"{sheet.title}!{get_column_letter(column)}{number}"
                        yield Piece(path.as_posix(), value, number, column, where)
    finally:
        book.close()


def _document(path: Path) -> Iterator[Piece]:
    from docx import Document

    try:
        document = Document(str(path))
    except Exception as error:  # python-docx raises whatever the broken zip or XML raises
        raise BadInputError("打不开这个文档", file=path.as_posix(), hint="用 Word 另存为 .docx 后重试。") from error
    for number, paragraph in enumerate(document.paragraphs, 1):
        if paragraph.text.strip():
            yield Piece(path.as_posix(), paragraph.text, number, 1, f"第 {number} 段")
    for t, table in enumerate(document.tables, 1):
        for r, row in enumerate(table.rows, 1):
            for c, cell in enumerate(row.cells, 1):
                if cell.text.strip():
                    yield Piece(path.as_posix(), cell.text, r, c, f"表 {t} 第 {r} 行第 {c} 列")
