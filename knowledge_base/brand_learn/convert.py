"""One file of past copy -> Markdown-like text and a title. The one file here that knows the converters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from bs4 import Tag

PLAIN = frozenset({".md", ".markdown", ".txt"})
PAGES = frozenset({".html", ".htm"})
SUFFIXES = PLAIN | PAGES | {".docx"}
MAX_BYTES = 20_000_000
_BLOCKS = ("p", "section", "div", "li", "blockquote", "tr", "figure", "h1", "h2", "h3", "h4", "h5", "h6")
_BODIES = ("#js_content", "article", "main", "body")
"""Where the article itself may stand, the most telling place first."""
_NO_TEXT = ("script", "style", "noscript", "template", "svg", "head")


@dataclass(frozen=True, slots=True)
class Converted:
    text: str
    title: str = ""


def convert(path: Path, name: str) -> Converted:
    """`name` is the path as users see it. Raises BadInputError naming the file and the reason."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInputError("不是能学的文件", file=name, hint=f"能读：{'、'.join(sorted(SUFFIXES))}。")
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInputError("没有这个文件", file=name, hint="检查路径。") from error
    except OSError as error:
        raise BadInputError(
            f"读不了：{error.strerror}", file=name, hint="检查路径和权限，文件是不是还在别处开着。"
        ) from error
    if len(data) > MAX_BYTES:
        raise BadInputError("超过 20 MB", file=name, hint="拆小了再学。")
    if suffix == ".docx":
        return _from_docx(path, name)
    text = _decode(data, name)
    return _from_page(text) if suffix in PAGES else Converted(text)


def _decode(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        raise BadInputError("认不出文字编码", file=name, hint="用 UTF-8 另存后重试。")
    return str(best)


def _from_docx(path: Path, name: str) -> Converted:
    from zipfile import is_zipfile

    from markitdown import MarkItDown, MarkItDownException

    try:
        # The converter takes a broken document for plain text; a real one is always a zip archive.
        if not is_zipfile(path):
            raise ValueError("no zip archive")
        return Converted(MarkItDown(enable_plugins=False).convert_local(path).text_content)
    except (MarkItDownException, ValueError, KeyError, OSError) as error:
        raise BadInputError(
            "打不开，可能不是真的 Word 文档", file=name, hint="用 Word 或 WPS 另存为 .docx 后重试。"
        ) from error


def _from_page(html: str) -> Converted:
    """A saved page, mp.weixin.qq.com ones first: the article's body only, one block a line."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    title = soup.select_one("#activity-name") or soup.select_one("h1") or soup.title
    told = title.get_text(" ", strip=True) if title else ""
    body = next((found for place in _BODIES if (found := soup.select_one(place))), soup)
    for tag in body.find_all(list(_NO_TEXT)):
        tag.decompose()
    for tag in body.find_all("br"):
        tag.replace_with("\n")
    for tag in body.find_all(list(_BLOCKS)):
        _break_around(tag)
    lines = (" ".join(line.split()) for line in body.get_text().split("\n"))
    return Converted("\n".join(line for line in lines if line and line != told), told)


def _break_around(tag: Tag) -> None:
    mark = "\n## " if tag.name[0] == "h" and tag.name[1:].isdigit() else "\n"
    if tag.get_text(strip=True):
        tag.insert(0, mark)
    tag.append("\n")
