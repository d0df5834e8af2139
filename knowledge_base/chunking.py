"""Long documents into passages: along Markdown headings, then at Chinese sentence ends by LangChain's splitter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SIZE = 300
"""Code points a chunk at most: what one screen shows, and about what the default embedder still sums up well."""
OVERLAP = 40
"""Code points that neighbours may share: whole clauses only, for context. Never across headings."""
SEPARATORS = ("\n\n", "\n", "。", "！", "？", "!", "?", "；", ";", "…", "，", "、", ", ", ". ", " ", "")
"""Coarse to fine; a full stop needs its space, so that 3.5 stays whole."""
PATH_SEPARATOR = " > "

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_CLAUSE_END = re.compile(r"[\n。！？!?；;…]")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class _Section:
    start: int
    path: tuple[str, ...]
    text: str


def split(text: str, title: str = "", *, size: int = SIZE, overlap: int = OVERLAP) -> list[tuple[int, str, str]]:
    """(start, title path, chunk) in reading order: `text[start : start + len(chunk)] == chunk`, chunks have no outer
    blanks and at most `size` code points, and every visible character outside heading lines is in at least one.

    The title path is `title > heading > sub-heading`; a heading line itself is in no chunk.
    """
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        separators=list(SEPARATORS),
        is_separator_regex=False,
        keep_separator="end",
        chunk_size=size - overlap,
        chunk_overlap=0,
        strip_whitespace=False,
    )
    found = []
    for section in _sections(text):
        path = PATH_SEPARATOR.join(part for part in (title.strip(), *section.path) if part)
        for begin, end in _spans(section.text, splitter.split_text(section.text), overlap):
            found.append((section.start + begin, path, section.text[begin:end]))
    return found


def _spans(text: str, pieces: list[str], overlap: int) -> Iterator[tuple[int, int]]:
    """Of the chunks without outer blanks. The pieces laid end to end are the text, so places need no searching (which
    goes wrong where a text repeats itself); the overlap is added here, from the first clause that starts within it.
    """
    end = 0
    for piece in pieces:
        begin, end = end, end + len(piece)
        if not piece.strip():
            continue
        clause = _CLAUSE_END.search(text, max(0, begin - overlap - 1), begin)
        first = clause.end() if clause else begin
        chunk = text[first:end]
        yield first + len(chunk) - len(chunk.lstrip()), end - len(chunk) + len(chunk.rstrip())


def _sections(text: str) -> Iterator[_Section]:
    """The text between headings with the headings above it; headings inside code fences are not headings."""
    path: list[tuple[int, str]] = []
    begin = place = 0
    fence = ""
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        heading = None if fence or mark else _HEADING.match(line.rstrip("\r\n"))
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        if heading:
            yield _Section(begin, tuple(name for _, name in path), text[begin:place])
            level = len(heading[1])
            path = [(depth, name) for depth, name in path if depth < level] + [(level, heading[2].strip())]
            begin = place + len(line)
        place += len(line)
    yield _Section(begin, tuple(name for _, name in path), text[begin:])
