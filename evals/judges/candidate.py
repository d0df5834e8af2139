"""A copy as a judge sees it: part by part, without hidden characters and words to the judge; and quotes found in it.

A quote counts when it stands in one part word for word; only white space may differ, because line breaks and indents in
a prompt are the template's.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from agent.channels.preview_view import field_label
from agent.copies import Copy, fields
from evals.judges.planted import Planted, planted

MAX_CHARS = 8000
"""Code points of a copy shown to a judge; an article has 1,500."""
HIDDEN = "［这里略去一句写给评委的话］"
NOWHERE = -1
MIN_QUOTE = 2
# Hangul fillers and the blank Braille cell look like nothing and are no format characters.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u180b\u180c\u180d\u180f")
_FENCES = {"⟦": "[", "⟧": "]"}


@dataclass(frozen=True)
class Part:
    """One field of the copy as shown."""

    field: str
    name: str
    """Chinese, e.g. 标题."""
    text: str
    origin: tuple[int, ...]
    """For each character its code point offset in the field; NOWHERE for what we put in."""

    @cached_property
    def dense(self) -> tuple[str, tuple[int, ...]]:
        """The text without white space, and the origin of what is left."""
        kept = [(char, at) for char, at in zip(self.text, self.origin, strict=True) if not char.isspace()]
        return "".join(char for char, _ in kept), tuple(at for _, at in kept)


@dataclass(frozen=True)
class Candidate:
    parts: tuple[Part, ...]
    planted: tuple[tuple[str, Planted], ...]
    """(field, sentence) addressed to the judge; not shown to it."""
    cut: bool
    """Only the first MAX_CHARS are shown."""
    sha256: str
    """Of the copy itself, hidden characters and all."""

    @property
    def chars(self) -> int:
        """Length as shown, white space left out: what a length bias would look at."""
        return sum(len(part.dense[0]) for part in self.parts)

    def find(self, quote: str) -> tuple[str, int, int] | None:
        """(field, start, end) of a verbatim quote in code points of the original field; None when it is not there.

        A quote of what was put in place of a planted sentence is not one.
        """
        wanted = "".join(visible(quote).split())
        if len(wanted) < min(MIN_QUOTE, max(1, self.chars)):
            return None
        for part in self.parts:
            text, origin = part.dense
            at = text.find(wanted)
            while at >= 0:
                span = origin[at : at + len(wanted)]
                if NOWHERE not in span:
                    return part.field, span[0], span[-1] + 1
                at = text.find(wanted, at + 1)
        return None


def copy_sha256(copy: Copy) -> str:
    """Identifies a copy by every word a reader sees."""
    canonical = json.dumps(fields(copy), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def candidate(copy: Copy) -> Candidate:
    """The copy ready to be shown. Empty fields are left out; `parts` is empty when nothing can be read in it."""
    parts: list[Part] = []
    found: list[tuple[str, Planted]] = []
    left = MAX_CHARS
    cut = False
    for field, text in fields(copy).items():
        hits = planted(text)
        found += [(field, one) for one in hits]
        shown, origin = _shown(text, hits, left)
        cut = cut or len(text) > left
        left = max(0, left - len(shown))
        if shown.strip():
            parts.append(Part(field, field_label(field) or "正文", shown, origin))
    return Candidate(tuple(parts), tuple(found), cut, copy_sha256(copy))


def visible(text: str) -> str:
    """Without characters that people cannot see, fence characters as brackets."""
    return "".join(_FENCES.get(char, char) for char in text if not _hidden(char))


def _shown(text: str, hits: tuple[Planted, ...], limit: int) -> tuple[str, tuple[int, ...]]:
    chars: list[str] = []
    origin: list[int] = []
    at = 0
    for hit in (*hits, Planted(len(text), len(text), "")):
        for i in range(at, hit.start):
            if len(chars) >= limit:
                return "".join(chars), tuple(origin)
            if not _hidden(text[i]):
                chars.append(_FENCES.get(text[i], text[i]))
                origin.append(i)
        if hit.text:
            chars += HIDDEN
            origin += [NOWHERE] * len(HIDDEN)
        at = hit.end
    return "".join(chars), tuple(origin)


def _hidden(char: str) -> bool:
    if char in "\n\t" or " " <= char <= "~":
        return False
    # Format, control, surrogate, private-use and unassigned characters; variation selectors are marks (Mn).
    return (
        unicodedata.category(char) in ("Cf", "Cc", "Cs", "Co", "Cn")
        or char in _BLANK
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )
