"""Room between Chinese and Latin letters or digits, and less room between two full-width punctuation marks.

The first is a text transform and adds plain spaces only; the second is a style and changes no character. After the
W3C's Requirements for Chinese Text Layout (clreq), sections on mixed text and on punctuation width.
"""

from __future__ import annotations

import re

HAN = (
    "\u3005\u3007\u2e80-\u2fdf\u3040-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
_LETTER = "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u04ff"
_OPENS = _LETTER + "$¥€£"
_CLOSES = _LETTER + "%‰°+"
_GAP = re.compile(rf"(?<=[{HAN}])(?=[{_OPENS}])|(?<=[{_CLOSES}])(?=[{HAN}])")
_WIDE = re.compile(rf"[{HAN}\u2014\u2018-\u201d\u2026\u3000-\u303f\uff01-\uff60]\Z")

_CLOSING = "。，、；：！？）］｝》〉」』】〕〗”’"
_OPENING = "（［｛《〈「『【〔〖“‘"
_SQUEEZE = re.compile(rf"[{_CLOSING}]+(?=[{_CLOSING}{_OPENING}])|(?<=[{_OPENING}])[{_OPENING}]+")
_FIRST = re.compile(rf"\A[{_OPENING}]+|{_SQUEEZE.pattern}")
SQUEEZED = "font-feature-settings:'halt'"
"""The font's own half-width form. Negative letter-spacing would squeeze twice where browsers do it by themselves
(Chromium since 123, `text-spacing-trim`), and marks would overlap; this never does, and is not missed when lost."""


def space(text: str) -> str:
    """`text` with a space wherever Chinese and Latin touch. Idempotent; without its spaces the text is what it was."""
    return _GAP.sub(" ", text)


def needs_space(before: str, after: str) -> bool:
    """Whether Chinese and Latin touch where `after` follows `before`."""
    return bool(before) and bool(after) and _GAP.search(before[-1] + after[0]) is not None


def squeeze(escaped: str, *, first: bool = False) -> str:
    """HTML text with the blank half of a punctuation mark taken away where another mark follows.

    `first`: the text begins a paragraph, where an opening mark would look like an indent of its own.
    """
    return (_FIRST if first else _SQUEEZE).sub(rf'<span style="{SQUEEZED}">\g<0></span>', escaped)


def joint(before: str, after: str) -> str:
    """What a line break inside a paragraph becomes: nothing beside Chinese, else a space."""
    if not before or not after:
        return ""
    return "" if _WIDE.match(before[-1]) or _WIDE.match(after[0]) else " "
