"""How WeChat counts: one 字 for each character a reader sees, emoji apart.

The platforms document their limits in 字 without saying how a half-width letter counts; the ad platform's own name
fields count two half-width letters as one. We count every visible character as one, Chinese, letter, digit, mark, space
or line break alike, so a text that passes here is never longer by their count. Emoji (Unicode ones by grapheme, and
WeChat's bracket codes such as [微笑]) count apart where a format gives them an allowance of their own, else one each.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import emoji

FACES_FILE = Path(__file__).with_name("faces.txt")
"""Names of WeChat's built-in faces as typed in brackets, one a line. Other bracketed words are text."""

# Most copy holds no character that could be an emoji; one fast scan spares it the table look-up.
_MAY_BE_EMOJI = re.compile(
    r"[\u203c\u2049\u2139\u2194-\u21aa\u2300-\u27bf\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff]"
)
_INVISIBLE = re.compile(r"[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u20d0-\u20ff\ufe00-\ufe0f\ufeff]")
_MARKS = frozenset("©®™")
"""Listed as emoji by Unicode, but plain marks unless a variation selector follows."""


class EmojiSpan(NamedTuple):
    start: int
    end: int
    text: str


def find_emoji(text: str) -> tuple[EmojiSpan, ...]:
    """Every emoji and WeChat face code with its code-point span, in order."""
    spans = [EmojiSpan(m.start(), m.end(), m.group()) for m in _face().finditer(text)] if "[" in text else []
    if _MAY_BE_EMOJI.search(text):
        spans += [EmojiSpan(e["match_start"], e["match_end"], e["emoji"]) for e in emoji.emoji_list(text)]
        spans = [span for span in spans if span.text not in _MARKS]
        spans.sort()
    return tuple(spans)


def wechat_length(text: str, *, emoji_apart: bool = False) -> int:
    """Length in 字. With `emoji_apart`, emoji are left out (count them with `len(find_emoji(text))`)."""
    found = find_emoji(text)
    if not found:
        return _visible(text)
    kept, position = 0, 0
    for span in found:
        kept += _visible(text[position : span.start])
        position = span.end
    kept += _visible(text[position:])
    return kept if emoji_apart else kept + len(found)


def utf8_length(text: str) -> int:
    """Length in UTF-8 bytes, as message limits count. A lone surrogate, which no message can carry, counts three."""
    return len(text.encode("utf-8", "surrogatepass"))


def _visible(text: str) -> int:
    """Characters that take up room: combining marks count with their letter, zero-width ones and CR before LF not."""
    return len(text) - len(_INVISIBLE.findall(text)) - text.count("\r\n")


@cache
def _face() -> re.Pattern[str]:
    names = FACES_FILE.read_text(encoding="utf-8").split()
    return re.compile(r"\[(?:" + "|".join(map(re.escape, sorted(names, key=len, reverse=True))) + r")\]")
