"""The image brief as a workbook and as a Word document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from agent.channels.images.request import ImageRequest
from agent.channels.images.request_text import FOOT, HEADS, item_rows

if TYPE_CHECKING:
    from docx.document import Document
    from openpyxl.worksheet.worksheet import Worksheet

FONT = "Microsoft YaHei"
# A cell that starts with one of these is a formula to a spreadsheet, or to the next one that reads it as CSV.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What XML cannot hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WIDTHS = {"要交的图": (6, 20, 46, 24, 26, 34), "": (34, 70)}


def as_xlsx(request: ImageRequest) -> bytes:
    """Five sheets; every cell is text, nothing is a formula."""
    from openpyxl import Workbook

    book = Workbook()
    first: Any = book.active
    first.title = "要交的图"
    _sheet(first, HEADS, item_rows(request), request.title)
    _sheet(book.create_sheet("说明"), ("项目", "内容"), [*request.about, ("标识", request.label)])
    _sheet(book.create_sheet("不能错的事实"), ("项目", "照这个写、照这个拍"), request.facts)
    _sheet(book.create_sheet("不能出现"), ("内容", "为什么"), request.never)
    _sheet(book.create_sheet("现有素材"), ("素材", "授权"), request.assets)
    book.properties.title, book.properties.creator = "配图需求单", "wenan"
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def as_docx(request: ImageRequest) -> bytes:
    """A4 across, so that the table of pictures has room."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    document = docx.Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(16)
    for name in ("Normal", "Heading 1", "Heading 2"):
        _font(document.styles[name], {"Normal": 10, "Heading 1": 18, "Heading 2": 13}[name])
    document.add_heading(_clean(f"配图需求单：{request.title}"), 1)
    for name, value in request.about:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = 0
        paragraph.add_run(_clean(f"{name}：")).bold = True
        paragraph.add_run(_clean(value))
    document.add_heading("要交的图", 2)
    _table(document, HEADS, item_rows(request), (12, 38, 78, 44, 44, 49))
    for title, heads, rows in (
        ("图里不能错的事实", ("项目", "照这个写、照这个拍"), request.facts),
        ("不能出现", ("内容", "为什么"), request.never),
        ("现有素材", ("素材", "授权"), request.assets),
    ):
        document.add_heading(title, 2)
        if rows:
            _table(document, heads, rows, (130, 135))
        else:
            document.add_paragraph("没有登记。")
    document.add_paragraph(_clean(f"{FOOT}：{request.label}。"))
    document.core_properties.title, document.core_properties.author = "配图需求单", "wenan"
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _sheet(sheet: Worksheet, heads: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    lines: list[Sequence[str]] = [*([(f"配图需求单：{title}",)] if title else []), heads, *rows]
    head = 2 if title else 1
    for number, line in enumerate(lines, 1):
        for column, text in enumerate(line, 1):
            cell: Any = sheet.cell(number, column)
            cell.value = safe_cell(text)
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=number != 1 or not title, vertical="top")
            cell.font = Font(name=FONT, size=14 if title and number == 1 else 11, bold=number <= head)
            if number == head:
                cell.fill = PatternFill("solid", fgColor="E6ECE7")
    for column, width in enumerate(_WIDTHS.get(sheet.title, _WIDTHS[""]), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{head + 1}"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def safe_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, at most what a cell holds."""
    text = _clean(text)[:32_000]
    return f"'{text}" if text.lstrip(" \n").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)


def _font(style: Any, size: int) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size = FONT, Pt(size)
    style.font.color.rgb = RGBColor.from_string("1F2A24")
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:eastAsia", "w:hAnsi", "w:ascii"):
        fonts.set(qn(name), FONT)
    for theme in ("w:asciiTheme", "w:eastAsiaTheme", "w:hAnsiTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)


def _table(document: Document, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    """`widths` in millimetres."""
    from docx.shared import Mm

    table = document.add_table(rows=0, cols=len(heads))
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for number, row in enumerate((heads, *rows)):
        cells = table.add_row().cells
        for cell, text, width in zip(cells, row, widths, strict=True):
            cell.width = Mm(width)
            cell.paragraphs[0].add_run(_clean(text)).bold = number == 0
