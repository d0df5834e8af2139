"""The review file as a Word document for phones: one column, short lines, a small table of blanks a role."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from agent.draft import Draft
from agent.label.documents import embed_document
from agent.label.implicit import metadata
from agent.review.answers import BOX, OPTIONS
from agent.review.sheet import Sheet

if TYPE_CHECKING:
    from docx.document import Document

FONT = "Microsoft YaHei"
INK, GREY = "1F2A24", "6B7771"
RED, AMBER, GREEN = "B3261E", "9A6700", "2E6B4F"
COLOURS = {"block": RED, "warn": AMBER, "info": GREY, "unsupported": RED, "derived": AMBER, "supported": GREEN}
MARKS = {"block": "必须改", "warn": "建议改", "info": "已放行"}
ROW_ID, ROW_VERDICT, ROW_COMMENT, ROW_NAME = "稿件", "结论", "意见", "姓名"
PART_STYLE = "Review Part"
"""Style of the copy's own paragraphs. Word keeps style names when it saves again, so changed words can be found."""
_BOTH_WIDTHS = (0.9, 4.4)


def write_word(sheets: Sequence[Sheet], drafts: Sequence[Draft], roles: Sequence[str]) -> bytes:
    """The document's bytes; `drafts` in the order of `sheets`. Labelled as AI made."""
    import docx

    document = docx.Document()
    _prepare(document)
    _line(document, "文案审阅单", size=20, bold=True, after=2)
    summary = f"{len(sheets)} 稿 · 在每稿末尾的表里填结论和意见，存好发回。文案本身请不要在这里改，写在意见里。"
    _line(document, summary, size=10, colour=GREY, after=10)
    for number, one in enumerate(sheets):
        _sheet(document, one, roles, break_before=number > 0)
    embed_document(document, [metadata(draft) for draft in drafts])
    document.core_properties.title = "文案审阅单"
    document.core_properties.author = "wenan"
    document.core_properties.comments = "AI 生成内容，供人工审阅"
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _prepare(document: Document) -> None:
    """A narrow page with small margins: phones show it without sideways scrolling."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Inches, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Inches(6), Inches(10)
    section.left_margin = section.right_margin = Inches(0.35)
    section.top_margin = section.bottom_margin = Inches(0.4)
    _style(document.styles["Normal"], 11)
    for name, size in (("Heading 1", 16), ("Heading 2", 12)):
        _style(document.styles[name], size)
        document.styles[name].paragraph_format.space_before = Pt(10)
        document.styles[name].paragraph_format.space_after = Pt(4)
    part = document.styles.add_style(PART_STYLE, WD_STYLE_TYPE.PARAGRAPH)
    part.base_style = document.styles["Normal"]
    part.paragraph_format.line_spacing = 1.45
    part.paragraph_format.left_indent = Inches(0.12)
    part.paragraph_format.space_after = Pt(6)


def _style(style: Any, size: int) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size = FONT, Pt(size)
    style.font.color.rgb = RGBColor.from_string(INK)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:eastAsia", "w:hAnsi", "w:ascii"):
        fonts.set(qn(name), FONT)
    for theme in ("w:asciiTheme", "w:eastAsiaTheme", "w:hAnsiTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)


def _sheet(document: Document, one: Sheet, roles: Sequence[str], *, break_before: bool) -> None:
    heading = document.add_heading(clean(one.heading), 1)
    heading.paragraph_format.page_break_before = break_before
    if one.about:
        _line(document, one.about, bold=True, after=2)
    _line(document, one.made, size=9, colour=GREY)
    if one.message:
        _labelled(document, "顾客说", one.message)
    document.add_heading("文案", 2)
    for part in one.parts:
        _line(document, part.label, size=9, colour=GREY, after=0, keep=True)
        for paragraph in part.text.split("\n"):
            if paragraph.strip():
                document.add_paragraph(clean(paragraph), style=PART_STYLE)
    if not one.parts:
        _line(document, "这一稿没有写成，原因见下。", colour=RED)
    if one.link:
        _labelled(document, "去处", one.link)
    _labelled(document, "AI 标识", one.label or "没有文案，不用标")
    _findings(document, one)
    _claims(document, one)
    if one.earlier:
        document.add_heading("已有的意见", 2)
        for line in one.earlier:
            _line(document, line, size=10)
    document.add_heading("审阅", 2)
    for role in roles:
        _blanks(document, one, role)


def _findings(document: Document, one: Sheet) -> None:
    document.add_heading(f"检查发现（{len(one.findings)}）", 2)
    if not one.findings:
        _line(document, "没有发现问题。", colour=GREEN)
    for finding in one.findings:
        quote = f"“{finding.text}”" if finding.text else ""
        where = f"{finding.where} " if finding.where else ""
        paragraph = _line(document, f"{MARKS[finding.severity]}  ", colour=COLOURS[finding.severity], bold=True)
        _run(paragraph, f"{where}{quote}{finding.message}")
        if finding.law:
            _line(document, f"依据：{finding.law}", size=9, colour=GREY, after=2)
        if finding.rewrite:
            _line(document, f"可改成：{finding.rewrite}", size=10, colour=GREEN)


def _claims(document: Document, one: Sheet) -> None:
    proved = len(one.claims) - one.unproved
    document.add_heading(f"事实和出处（{proved}/{len(one.claims)} 有出处）", 2)
    if not one.claims:
        _line(document, "没有需要出处的说法。", colour=GREY)
    for claim in one.claims:
        paragraph = _line(document, f"{claim.label}  ", colour=COLOURS[claim.verdict], bold=True, after=0)
        _run(paragraph, f"“{claim.text}”")
        source = f"（{claim.source}）" if claim.source else ""
        _line(document, f"{claim.where}：{claim.proof}{source}", size=9, colour=GREY)


def _blanks(document: Document, one: Sheet, role: str) -> None:
    """The table that import looks for: its first cell names role and draft, its first column the blanks."""
    from docx.shared import Inches

    options = f"    {BOX} ".join(("", *OPTIONS)).strip()
    rows = (
        (f"{role}意见", f"{ROW_ID} {one.id} · {one.code}"),
        (ROW_VERDICT, options),
        (ROW_COMMENT, ""),
        (ROW_NAME, ""),
    )
    table = document.add_table(rows=len(rows), cols=2)
    table.style = "Table Grid"
    table.autofit = False
    _roomy(table)
    for column, width in zip(table.columns, _BOTH_WIDTHS, strict=True):
        column.width = Inches(width)
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text, width in zip(row.cells, texts, _BOTH_WIDTHS, strict=True):
            cell.width = Inches(width)
            _run(cell.paragraphs[0], text)
    first = table.rows[0].cells
    first[0].paragraphs[0].runs[0].font.bold = True
    _tint(first[1].paragraphs[0].runs[0], GREY, 7)
    table.rows[2].height = Inches(0.7)
    _line(document, "", size=6, after=2)


def _roomy(table: Any) -> None:
    """Space inside the cells, in twentieths of a point: fingers need more than the default."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side, width in (("top", 70), ("left", 110), ("bottom", 70), ("right", 110)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(width))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    # The schema wants it before the look element.
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    if look is None:
        properties.append(margins)
    else:
        look.addprevious(margins)


def _labelled(document: Document, name: str, text: str) -> None:
    paragraph = _line(document, f"{name}：", size=10, colour=GREY)
    _tint(_run(paragraph, text), INK, 10)


def _line(
    document: Document,
    text: str,
    *,
    size: int = 11,
    colour: str = INK,
    bold: bool = False,
    after: int = 4,
    keep: bool = False,
) -> Any:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(after)
    paragraph.paragraph_format.keep_with_next = keep
    run = _run(paragraph, text)
    run.font.bold = bold
    _tint(run, colour, size)
    return paragraph


def _run(paragraph: Any, text: str) -> Any:
    return paragraph.add_run(clean(text))


def _tint(run: Any, colour: str, size: int) -> None:
    from docx.shared import Pt, RGBColor

    run.font.color.rgb, run.font.size = RGBColor.from_string(colour), Pt(size)


def clean(text: str) -> str:
    """XML holds neither control characters nor lone surrogates."""
    kept = "".join(char for char in text if char in "\t\n" or char >= " ")
    return kept.encode("utf-8", "replace").decode("utf-8").replace("\ufffe", "").replace("\uffff", "")
