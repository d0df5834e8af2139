"""The parts of a copy by the names people use: title, digest, cta, h2, s2, p3, text, link_text.

`pN` is the N-th paragraph of an article's body, counted through all sections, or the N-th line of a shorter copy;
`sN` the whole text of a section, `hN` its heading; `pN` and `sN` also count from the end as `p-1`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from agent.copies import ArticleCopy, Citation, Copy, MomentsCopy, fields
from knowledge_base.errors import UsageError

_PARAGRAPH = re.compile(r"[^\n](?:[^\n]|\n(?!\s*\n))*")
_LINE = re.compile(r"[^\n]+")
_NUMBERED = re.compile(r"([psh])(-?\d+)\Z")
_PLAIN_LABELS = {"title": "标题", "digest": "摘要", "cta": "结尾的行动", "text": "正文", "link_text": "链接文案"}
_NUMBER_LABELS = {"p": "第 {} 段", "s": "第 {} 节", "h": "第 {} 个小标题"}


@dataclass(frozen=True, slots=True)
class Part:
    """A span of one field: what a revision may change. Everything outside it must stay byte for byte."""

    name: str
    field: str
    start: int
    end: int

    @property
    def label(self) -> str:
        """What to call it in Chinese."""
        numbered = _NUMBERED.match(self.name)
        return _NUMBER_LABELS[numbered[1]].format(numbered[2]) if numbered else _PLAIN_LABELS[self.name]


def all_parts(copy: Copy) -> dict[str, Part]:
    """Every part there is, by name, in reading order; the finest first where parts overlap."""
    named = fields(copy)
    parts = [Part(name, name, 0, len(named[name])) for name in _PLAIN_LABELS if name in named and name != "text"]
    if not isinstance(copy, ArticleCopy):
        lines = [Part(f"p{i}", "text", *m.span()) for i, m in enumerate(_LINE.finditer(copy.text), 1)]
        return {part.name: part for part in (*lines, Part("text", "text", 0, len(copy.text)), *parts)}
    paragraphs = 0
    for i, section in enumerate(copy.sections):
        parts.append(Part(f"h{i + 1}", f"sections[{i}].heading", 0, len(section.heading)))
        for match in _PARAGRAPH.finditer(section.text):
            paragraphs += 1
            parts.append(Part(f"p{paragraphs}", f"sections[{i}].text", *match.span()))
        parts.append(Part(f"s{i + 1}", f"sections[{i}].text", 0, len(section.text)))
    return {part.name: part for part in parts}


def locate(copy: Copy, name: str) -> tuple[Part, ...]:
    """The parts that `name` means: one, or for `body` the whole text, for `all` every field.

    Raises UsageError listing the parts of this copy when it has none of that name.
    """
    parts = all_parts(copy)
    wanted = name.strip().lower()
    if wanted in ("body", "text") and isinstance(copy, ArticleCopy):
        return tuple(part for part in parts.values() if part.name.startswith("s"))
    if wanted in ("body", "正文"):
        return (parts["text"],)
    if wanted == "all":
        return tuple(part for part in parts.values() if not part.name.startswith("p") and part.end > part.start)
    numbered = _NUMBERED.match(wanted)
    if numbered and int(numbered[2]) < 0:
        same = [part for part in parts.values() if part.name.startswith(numbered[1])]
        if len(same) >= -int(numbered[2]):
            return (same[int(numbered[2])],)
    if wanted in parts:
        return (parts[wanted],)
    raise UsageError(f"这篇稿子没有「{name}」这一部分", hint=f"可选：{'、'.join(parts)}。")


def read(copy: Copy, part: Part) -> str:
    """The part's present text."""
    return fields(copy)[part.field][part.start : part.end]


def write(copy: Copy, part: Part, text: str) -> Copy:
    """`copy` with this part replaced. Sources cited inside the part go with it; those behind it move along.

    A new title also takes the place of the old one among the candidates, since it stands for the chosen one.
    """
    whole = fields(copy)[part.field]
    changed = whole[: part.start] + text + whole[part.end :]
    copy = replace(copy, citations=_moved(copy.citations, part, len(text)))
    if not isinstance(copy, ArticleCopy):
        if part.field == "link_text" and isinstance(copy, MomentsCopy):
            return replace(copy, link_text=changed)
        return replace(copy, text=changed)
    if part.field == "title":
        known = any(candidate.text == changed for candidate in copy.titles)
        titles = tuple(replace(c, text=changed) if c.text == copy.title and not known else c for c in copy.titles)
        return replace(copy, title=changed, titles=titles)
    if part.field == "digest":
        return replace(copy, digest=changed)
    if part.field == "cta":
        return replace(copy, cta=changed)
    index, _, inner = part.field.removeprefix("sections[").partition("].")
    sections = list(copy.sections)
    sections[int(index)] = replace(sections[int(index)], **{inner: changed})
    return replace(copy, sections=tuple(sections))


def with_gap(copy: Copy, part: Part) -> Part:
    """The part and the line breaks that its removal would leave doubled."""
    whole = fields(copy)[part.field]
    behind = len(whole) - len(whole[part.end :].lstrip("\n")) if part.end < len(whole) else part.end
    before = len(whole[: part.start].rstrip("\n")) if part.end == len(whole) else part.start
    return replace(part, start=before, end=behind)


def _moved(citations: tuple[Citation, ...], part: Part, length: int) -> tuple[Citation, ...]:
    shift = length - (part.end - part.start)
    kept = []
    for one in citations:
        if one.field != part.field or one.end <= part.start:
            kept.append(one)
        elif one.end > part.end:
            kept.append(replace(one, end=one.end + shift))
    return tuple(kept)
