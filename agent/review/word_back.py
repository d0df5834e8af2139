"""Reads a filled-in review document back, whatever Word, WPS or a phone made of it on saving."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.ids import is_id
from agent.label.documents import open_document, text_of
from agent.label.read import read_bytes
from agent.review.answers import Answer, Answers
from agent.review.word import PART_STYLE, ROW_COMMENT, ROW_ID, ROW_NAME, ROW_VERDICT
from knowledge_base.errors import BadInputError

_KEY = re.compile(rf"{ROW_ID}\s*(?P<id>d_\w+)\s*[·•.．]?\s*(?P<code>[0-9a-f]*)")
_ROLE = re.compile(r"(?P<role>.+?)意见\Z")


def read_word(path: Path) -> Answers:
    """The blanks of every table, empty ones too. Raises BadInputError when the document holds no review table."""
    from docx.oxml.ns import qn

    file = str(path)
    document = open_document(read_bytes(path), file)
    copy_style = {style.style_id for style in document.styles if style.name == PART_STYLE}
    found: list[Answer] = []
    texts: dict[str, str] = {}
    copy = ""
    for node in document.element.body.iter(qn("w:p"), qn("w:tbl")):
        if node.tag == qn("w:tbl"):
            answer = _answer(_rows(node), len(found), file)
            if answer is not None:
                found.append(answer)
                # A draft's copy stands before its first table.
                texts.setdefault(answer.draft_id, copy)
                copy = ""
        elif _style(node) in copy_style:
            copy += text_of(node)
    if not found:
        raise BadInputError(
            "里面没有审阅表", file=file, hint="要用 wenan review 生成的文件；表格被删了就重新生成一份。"
        )
    return Answers(origin="docx", answers=tuple(found), texts=texts if any(texts.values()) else {})


def _style(paragraph: Any) -> str:
    from docx.oxml.ns import qn

    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return str(style.get(qn("w:val"))) if style is not None else ""


def _rows(table: Any) -> list[tuple[str, str]]:
    """(first cell, the other cells) of each row."""
    from docx.oxml.ns import qn

    rows = []
    for row in table.iter(qn("w:tr")):
        cells = [text_of(cell) for cell in row.iter(qn("w:tc"))]
        if cells:
            rows.append((cells[0].strip(), "\n".join(cells[1:]).strip()))
    return rows


def _answer(rows: Sequence[tuple[str, str]], position: int, file: str) -> Answer | None:
    """None for a table of other making."""
    key = next((match for row in rows for cell in row if (match := _KEY.search(cell))), None)
    blanks = {name.rstrip("：:").strip(): text for name, text in rows}
    if ROW_VERDICT not in blanks:
        if key is None:
            return None
        raise BadInputError(
            f"第 {position + 1} 张审阅表没有「{ROW_VERDICT}」一行", file=file, hint="重新生成一份再填。"
        )
    role = next((match["role"].strip() for name, _ in rows if (match := _ROLE.match(name))), "")
    place = f"第 {position + 1} 张审阅表" + (f"（{role}）" if role else "")
    if key is None or not is_id(key["id"]):
        raise BadInputError(f"{place}的「{ROW_ID}」编号被改掉了", file=file, hint="重新生成一份，编号那一格不要动。")
    if not role:
        raise BadInputError(f"{place}左上角的角色不见了", file=file, hint="写成“法务意见”或“主管意见”。")
    return Answer(
        place=place,
        draft_id=key["id"],
        code=key["code"],
        role=role,
        verdict=blanks[ROW_VERDICT],
        comment=blanks.get(ROW_COMMENT, ""),
        name=blanks.get(ROW_NAME, ""),
    )
