"""Source markers `[[record-id]]`: taken out of the copy, kept as citations."""

from __future__ import annotations

import re

from agent.copies import Citation

ID_CHARS = 200
"""Longest marker; anything longer is text."""
_MARKER = re.compile(r"(?:\[\[|［［)([^\[\]［］\n]{1,200})(?:\]\]|］］)")
_PARTIAL = re.compile(r"(?:(?:\[\[|［［)[^\[\]［］\n]{0,200}[\]］]?|[\[［])\Z")
_SEPARATORS = re.compile(r"[,，、;；|｜]")
_BROKEN = re.compile(r"\[\[|\]\]|［［|］］")


def strip_markers(field: str, text: str) -> tuple[str, tuple[Citation, ...]]:
    """`text` without its markers and without the blanks right before them; all other characters stay as they are.

    A citation's `end` is the offset in the stripped text. `[[a、b]]` counts as two markers.
    """
    kept: list[str] = []
    citations: list[Citation] = []
    length = at = 0
    for match in _MARKER.finditer(text):
        piece = text[at : match.start()].rstrip(" \t\u3000")
        kept.append(piece)
        length += len(piece)
        at = match.end()
        citations += [Citation(field, length, ident) for ident in marker_ids(match[1])]
    kept.append(text[at:])
    return "".join(kept), tuple(citations)


def marker_ids(inside: str) -> list[str]:
    """Record ids inside one marker; models like to put two into one."""
    return [ident for part in _SEPARATORS.split(inside) if (ident := part.strip())]


def take(field: str, raw: str) -> tuple[str, tuple[Citation, ...]]:
    """A whole field: markers out, blank ends off, offsets still right."""
    text, citations = strip_markers(field, raw)
    lead = len(text) - len(text.lstrip())
    clean = text.strip()
    return clean, tuple(Citation(field, min(max(c.end - lead, 0), len(clean)), c.id) for c in citations)


def broken_marker(text: str) -> re.Match[str] | None:
    """The first half marker left in stripped text: it would be published as it stands."""
    return _BROKEN.search(text)


def settled(text: str) -> int:
    """How much of a growing text is final: what follows may be blanks to drop or the beginning of a marker."""
    partial = _PARTIAL.search(text, max(0, len(text) - ID_CHARS - 4))
    end = partial.start() if partial else len(text)
    return len(text[:end].rstrip())
