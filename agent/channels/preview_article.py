"""A typeset article as the preview shows it: harmless, its pictures embedded or boxed, what was found in it marked.

What is shown is a copy: what goes to the clipboard carries neither marks nor boxes.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from turbohtml import Element, Node, Text

from agent.channels.lint.fates import attribute_stays, link_stays, tag_fate
from agent.channels.lint.page import comments, elements, is_html, is_svg, read_page, set_style, style_of, texts
from agent.channels.lint.styles import kept
from agent.channels.segments import Mark, runs
from agent.channels.typeset.escape import safe_image

EMBED_BYTES = 2_000_000
"""Larger pictures are boxed: the page must open at once."""
_MAGIC = {b"\x89PNG\r\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp", b"BM": "bmp"}
_ACTIVE = re.compile(r"url\s*\(|javascript:|vbscript:|expression\s*\(|@import", re.IGNORECASE)
_SILENT = re.compile(r"[\s*_~=`#>|\\\[\]()!+<\-]+")
"""What Markdown's marks are made of, and blanks: left out on both sides where words are looked for."""

Part = tuple[str, tuple[Mark, ...]]
"""A field's text as it was written, and what is to be marked in it."""


def harmless(html: str) -> str:
    """What WeChat's editor would leave of a page, pictures apart, and of that only what can neither run nor load.

    Pictures keep their addresses: those are for the clipboard.
    """
    page = read_page(html)
    for comment in comments(page.root):
        comment.extract()
    for element in elements(page.root):
        if element.parent is not None:
            _clean(element)
    return page.root.inner_html


def _clean(element: Element) -> None:
    match tag_fate(element):
        case "drop":
            element.decompose()
            return
        case "unwrap":
            element.unwrap()
            return
        case "section" | "span" as tag:
            element.tag = tag
    if element.tag == "a" and not link_stays(element):
        element.unwrap()
        return
    for name in list(element.attrs):
        address = name.lower() in ("src", "data-src", "href")
        loads = name.lower() in ("href", "xlink:href") and element.tag != "a"
        value = element.attr(name) or ""
        active = not safe_image(value) if address and element.tag != "a" else not address and _ACTIVE.search(value)
        if name.lower() != "style" and (loads or active or not attribute_stays(element, name)):
            del element.attrs[name]
    style = kept(style_of(element))
    set_style(element, "" if _ACTIVE.search(style) else style)


def shown(html: str, parts: Sequence[Part] = (), folder: Path | None = None) -> str:
    """`html`, which must be harmless, with marks and with pictures that need no request.

    Pictures are embedded when they are data already or lie in `folder`; the rest become boxes with their words.
    """
    root = read_page(html).root
    for element in elements(root):
        if is_html(element) and element.tag == "img":
            source = element.attr("src") or element.attr("data-src") or ""
            element.attrs["src"] = _embedded(source, folder) or _box(element.attr("alt") or "", source)
            if "data-src" in element.attrs:
                del element.attrs["data-src"]
        elif element.tag == "image" and is_svg(element):
            element.decompose()
        elif element.tag == "a":
            element.attrs["rel"] = "noreferrer"
    _mark(root, parts)
    return root.inner_html


def visible(html: str) -> str:
    """The words of an article, a line a block: what plain-text editors take."""
    root = read_page(re.sub(r"(<br>|</(?:p|section|h[1-6]|tr|blockquote|pre|table)>)", "\\1\n", html)).root
    lines = (" ".join(line.split()) for line in "".join(node.data for node in texts(root)).split("\n"))
    return "\n\n".join(line for line in lines if line)


def _embedded(source: str, folder: Path | None) -> str:
    if source[:11].lower() == "data:image/" and "svg" not in source[:20].lower():
        return source
    if folder is None or urlsplit(source).scheme or source.startswith(("/", "\\")):
        return ""
    path = (folder / unquote(source)).resolve()
    try:
        if not path.is_relative_to(folder.resolve()) or not path.is_file() or path.stat().st_size > EMBED_BYTES:
            return ""
        data = path.read_bytes()
    except (OSError, ValueError):
        return ""
    kind = next((name for magic, name in _MAGIC.items() if data.startswith(magic)), "")
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}" if kind else ""


def _box(alt: str, source: str) -> str:
    """A picture that says which picture belongs there."""
    words = re.sub(r"[^\w\s，。、·%-]", "", alt)[:24] or "图片"
    name = "" if source[:5].lower() == "data:" else re.sub(r"[^\w.-]", "", source.rpartition("/")[2])[:32]
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360" viewBox="0 0 640 360">'
        '<rect width="640" height="360" fill="#ececea"/><g fill="none" stroke="#c2c0bb" stroke-width="3">'
        '<rect x="290" y="116" width="60" height="48" rx="6"/><path d="M294 156l16-16 12 12 9-8 15 14"/></g>'
        '<g fill="#8b8983" text-anchor="middle" font-family="system-ui,sans-serif">'
        f'<text x="320" y="212" font-size="26">{words}</text>'
        f'<text x="320" y="246" font-size="18">{name}</text></g></svg>'
    )
    return "data:image/svg+xml," + quote(svg)


@dataclass(frozen=True, slots=True)
class _Letter:
    node: int
    at: int


def _mark(root: Element, parts: Sequence[Part]) -> None:
    """Puts spans round marked words, wherever typesetting has put them; words that it has not kept stay unmarked."""
    nodes = [node for node in texts(root) if not _in_svg(node)]
    letters = [
        _Letter(i, j) for i, node in enumerate(nodes) for j, char in enumerate(node.data) if not _SILENT.match(char)
    ]
    flat = "".join(nodes[letter.node].data[letter.at] for letter in letters)
    local: dict[int, list[Mark]] = {}
    for start, end, mark in _found(flat, parts):
        for number in range(letters[start].node, letters[end - 1].node + 1):
            first = letters[start].at if number == letters[start].node else 0
            last = letters[end - 1].at + 1 if number == letters[end - 1].node else len(nodes[number].data)
            local.setdefault(number, []).append(Mark(first, last, mark.kind, mark.note, mark.ref))
    for number, marks in local.items():
        _wrap(nodes[number], marks)


def _found(flat: str, parts: Sequence[Part]) -> Iterator[tuple[int, int, Mark]]:
    """Marks as spans of `flat`. A word that stands twice in its field is told by which of the two it is."""
    begin = 0
    for text, marks in parts:
        words = _SILENT.sub("", text)
        head = flat.find(words[:12], begin)
        begin = max(begin, head)
        for mark in marks:
            needle = _SILENT.sub("", text[mark.start : mark.end])
            before = len(_SILENT.sub("", text[: mark.start]))
            nth = sum(at < before for at in _places(words, needle))
            places = [at for at in _places(flat, needle, begin, begin + len(words) + 200)]
            if nth < len(places):
                yield places[nth], places[nth] + len(needle), mark
        tail = flat.find(words[-12:], begin) if words else -1
        begin = tail + len(words[-12:]) if tail >= 0 else begin


def _places(text: str, needle: str, begin: int = 0, end: int | None = None) -> Iterator[int]:
    at = text.find(needle, begin, end) if needle else -1
    while at >= 0:
        yield at
        at = text.find(needle, at + 1, end)


def _wrap(node: Text, marks: Sequence[Mark]) -> None:
    after: Node = node
    for run in runs(node.data, marks):
        new: Node = Text(run.text)
        if run.kinds:
            attrs = {
                "class": f"mk {' '.join(run.kinds)}",
                "tabindex": "0",
                "data-tip": run.notes,
                "data-refs": " ".join(run.refs),
            }
            new = Element("span", attrs, [new])
        after.insert_after(new)
        after = new
    node.extract()


def _in_svg(node: Text) -> bool:
    return isinstance(node.parent, Element) and is_svg(node.parent)
