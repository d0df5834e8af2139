"""Documents -> Markdown with a title. Kept converters (markitdown) do the work; this file guards and tidies.

The only file that knows markitdown. Its single converters are called directly: the `MarkItDown` class guesses formats
with a neural net and takes a broken Word file for plain text.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge_base.errors import BadInputError
from knowledge_base.ingest.coerce import printable
from knowledge_base.ingest.encoding import read_text
from knowledge_base.ingest.files import DOCUMENTS
from knowledge_base.ingest.guard import check_office, check_size, open_binary
from knowledge_base.ingest.page import read_page
from knowledge_base.ingest.structured import plain_yaml

OFFICE = (".docx", ".pptx", ".pdf")
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_IMAGE = re.compile(r"!\[([^\]]*)\]\((?:[^()\s]|\([^()]*\)|\s)*\)")
_HEADING = re.compile(r"#\s+(?P<title>\S.*?)\s*#*\s*$")
_BLANKS = re.compile(r"\n{3,}")
_NEW_PARAGRAPH = re.compile(
    r"(?:[-*•·●▪|#>]|\d{1,3}[.、)）]|[（(]?[一二三四五六七八九十]{1,3}[、)）.]|第.{1,4}[章节条]|问[:：]|答[:：])"
)
_LINE_DONE = "。！？!?：:；;…”」』|"


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    text: str
    """Markdown; headings start with #."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """The front matter of a Markdown file; `author` of a page."""


def read_document(path: Path, name: str) -> Document:
    """`name` is the path as users see it. Raises BadInputError naming the file and the reason."""
    suffix = path.suffix.lower()
    if suffix in OFFICE:
        text = _office(path, name, suffix)
        return Document(_first_heading(text) or path.stem, text)
    text = read_text(path, name)
    if suffix in (".html", ".htm"):
        page = read_page(text)
        body = _markdown(page.html) or page.text
        return Document(page.title or path.stem, _tidy(body), {"author": page.author} if page.author else {})
    if suffix in (".md", ".markdown"):
        meta, text = _front_matter(text, name)
        text = _tidy(text)
        title = str(meta.get("title") or "").strip() or _first_heading(text)
        return Document(title or path.stem, text, meta)
    return Document(path.stem, _BLANKS.sub("\n\n", printable(text)))


def read_text_document(path: Path) -> str:
    """The text of any document we read, for briefs and the like. Raises BadInputError."""
    if path.suffix.lower() not in DOCUMENTS:
        raise BadInputError("不是能读的文档", file=str(path), hint=f"能读：{'、'.join(sorted(DOCUMENTS))}。")
    return read_document(path, str(path)).text


def _office(path: Path, name: str, suffix: str) -> str:
    what = suffix.lstrip(".")
    check_size(path, name) if suffix == ".pdf" else check_office(path, name)
    with open_binary(path, name) as file:
        if suffix == ".pdf" and b"%PDF-" not in file.read(1024):
            raise BadInputError("不是真正的 pdf 文件", file=name, hint="重新导出或另存后再试。")
        file.seek(0)
        from markitdown import StreamInfo
        from markitdown.converters import DocxConverter, PdfConverter, PptxConverter

        converters: dict[str, Any] = {".docx": DocxConverter, ".pptx": PptxConverter, ".pdf": PdfConverter}
        # pdfminer logs a line for every odd font; none of them changes the text.
        logging.getLogger("pdfminer").setLevel(logging.ERROR)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                text = converters[suffix]().convert(file, StreamInfo(extension=suffix)).markdown
        except Exception as error:
            # Four parsing libraries meet whatever a stranger's file holds; it is the file that is wrong.
            locked = "Password" in repr(error) or "Encrypt" in repr(error)
            reason = "有密码保护" if locked else f"读不出内容，文件可能损坏（{type(error).__name__}）"
            hint = "去掉密码后另存一份。" if locked else "打开后另存一份再试。"
            raise BadInputError(reason, file=name, hint=hint) from error
    text = _joined(text) if suffix == ".pdf" else text
    # Word and PowerPoint describe pictures by file name or by machine; neither is copy.
    text = _tidy(_IMAGE.sub("", text))
    if not text:
        raise BadInputError(f"这个 {what} 里没有文字", file=name, hint="扫描件要先做文字识别（OCR）。")
    return text


def _markdown(html: str) -> str:
    from markitdown.converters import HtmlConverter

    try:
        return str(HtmlConverter().convert_string(html, strict=True).markdown)
    except RecursionError:
        return ""


def _tidy(text: str) -> str:
    """Without comments and pictures (their description stays), and with at most one blank line in a row."""
    text = _IMAGE.sub(lambda found: found[1], _COMMENT.sub("", text)).replace("\u200b", "").replace("\xa0", " ")
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in printable(text).split("\n"))).strip()


def _joined(text: str) -> str:
    """PDF lines end where the page does; joined where a sentence clearly goes on."""
    lines: list[str] = []
    for raw in text.replace("\f", "\n\n").split("\n"):
        line = raw.strip()
        before = lines[-1] if lines else ""
        if before and line and before[-1] not in _LINE_DONE and not _NEW_PARAGRAPH.match(line) and len(before) > 15:
            space = " " if before[-1].isascii() and line[0].isascii() else ""
            lines[-1] = before + space + line
        else:
            lines.append(line)
    return "\n".join(lines)


def _front_matter(text: str, name: str) -> tuple[Mapping[str, Any], str]:
    """YAML between two `---` lines at the very start; text that merely begins with a rule is left alone."""
    if not text.startswith("---\n"):
        return {}, text
    end = text.find("\n---\n", 3)
    if end < 0:
        return {}, text
    meta = next(plain_yaml(text[4 : end + 1], name), None)
    return (meta, text[end + 5 :]) if isinstance(meta, dict) else ({}, text)


def _first_heading(text: str) -> str:
    for line in text.split("\n"):
        if line.strip():
            found = _HEADING.match(line)
            return found["title"] if found else ""
    return ""
