"""One text, many spellings: folds a text into the skeleton that rules are matched against, and maps spans back.

Full-width and circled forms, traditional characters, invisible characters, blanks and symbols strewn between Chinese
characters, split characters: all come down to one plain spelling. Marks are kept in one form (，。！？：；（）).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

_MARKS = dict(zip(",!?:;()[]", "，！？：；（）【】", strict=True)) | {"⼀": "一", "〇": "零"}
_MARKS |= dict.fromkeys("\u2028\u2029\x0b\x0c\x85", "\n")
# Rare or variant characters that copy uses in place of a common one; none stands in an ordinary word.
_VARIANTS = dict.fromkeys("蕞朂冣㝡嶵晬", "最") | {
    "苐": "第",
    "㐧": "第",
    "囯": "国",
    "囻": "国",
    "㊣": "正",
    "癒": "愈",
}
_VARIANTS |= {"壹": "一", "Ⅰ": "1", "ⅰ": "1", "❶": "1", "➀": "1", "➊": "1", "㊀": "一", "①": "1", "⑴": "1", "⒈": "1"}
_HAN_CLASS = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff"
_HAN = re.compile(f"[{_HAN_CLASS}]")
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_SYMBOLS = (
    "·•‧・｡.*_~\\-|/\\\\^+=#@`'\"&$<>丨¥£€¤§°●○◆◇■□▲△★☆♥♡→←↑↓※✓✔✨\u2500-\u27bf\u2900-\u2bff\U0001f000-\U0001faff"
)
_BLANKS = " \\t\\r\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000"
_NOISE = re.compile(
    f"[{_INVISIBLE}{_BLANKS}\u0300-\u036f\u20d0-\u20ff]|[{_HAN_CLASS}][{_SYMBOLS}]|[{_SYMBOLS}][{_HAN_CLASS}]"
    f"|[（【「『《<{{〔][{_HAN_CLASS}][）】」』》>}}〕]"
)
_RUN = re.compile(f"[{_INVISIBLE}{_BLANKS}{_SYMBOLS}\u0300-\u036f\u20d0-\u20ff]+")
_VISIBLE_SYMBOL = re.compile(f"[{_SYMBOLS}]")
_BLANK = re.compile(f"[{_BLANKS}]")
_LONE = re.compile(f"[（【「『《<{{〔]([{_HAN_CLASS}])[）】」』》>}}〕]")
_LETTER = re.compile("[a-z]")
_FIRST = re.compile(r"第1(?![\d.、%])")
# 薇❤, V♥: a heart (心) after a character that sounds like 微 spells 微信 and must be read before symbols are dropped.
_HEARTS = "♥❤❣💗💖💕💓💞💘💝💙💚💛🧡💜🖤🤍🤎"
_WEIXIN = re.compile(f"[微薇威维徽v]\\ufe0f?[{_HEARTS}](?:\ufe0f|\u200d|[{_HEARTS}])*")


@dataclass(frozen=True, slots=True)
class Folded:
    """The skeleton with, for each of its characters, where it starts and ends in the original."""

    text: str
    starts: list[int] | range
    ends: list[int] | range

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original span of skeleton[start:end]; start < end."""
        return self.starts[start], self.ends[end - 1]

    def replaced(self, edits: list[tuple[int, int, str]]) -> Folded:
        """With spans replaced by other words, in order and apart; each new character stands for its whole span."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, word in edits:
            pieces += (self.text[at:start], word)
            starts += self.starts[at:start]
            ends += self.ends[at:start]
            first, last = self.span(start, end)
            if len(word) == end - start:
                starts += self.starts[start:end]
                ends += self.ends[start:end]
            else:
                starts += [first] * len(word)
                ends += [last] * len(word)
            at = end
        pieces.append(self.text[at:])
        starts += self.starts[at:]
        ends += self.ends[at:]
        return Folded("".join(pieces), starts, ends)


def fold(text: str) -> Folded:
    """The skeleton of any text. Time is linear in its length."""
    plain = text.translate(_TABLE)
    same = len(plain) == len(text)
    folded = Folded(plain, range(len(text)), range(1, len(text) + 1)) if same else _stretched(text)
    if _NOISE.search(folded.text):
        if hearts := [(m.start(), m.end(), "微信") for m in _WEIXIN.finditer(folded.text)]:
            folded = folded.replaced(hearts)
        folded = _without_noise(folded)
    if "第1" in folded.text:
        folded = Folded(_FIRST.sub("第一", folded.text), folded.starts, folded.ends)
    return folded


def _stretched(text: str) -> Folded:
    """Some characters (№, ㎏) spell more than one."""
    spelled = [_TABLE[ord(c)] for c in text]
    starts = [i for i, word in enumerate(spelled) for _ in word]
    return Folded("".join(spelled), starts, [i + 1 for i in starts])


def _without_noise(folded: Folded) -> Folded:
    edits: list[tuple[int, int, str]] = []
    text = folded.text
    for m in _RUN.finditer(text):
        kept = _kept(text, m)
        if kept != m.group():
            edits.append((m.start(), m.end(), kept))
    if edits:
        folded = folded.replaced(edits)
    if lone := [
        e for m in _LONE.finditer(folded.text) for e in ((m.start(), m.start() + 1, ""), (m.end() - 1, m.end(), ""))
    ]:
        folded = folded.replaced(lone)
    return folded


def _kept(text: str, run: re.Match[str]) -> str:
    """What remains of a run of blanks, symbols and invisible characters."""
    before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
    sides = bool(_HAN.match(before)) + bool(_HAN.match(after))
    symbols = "".join(_VISIBLE_SYMBOL.findall(run.group()))
    if sides == 2 or (sides and _LETTER.search(before + after)):
        return ""  # 最·好, and zui·好
    if symbols:
        return symbols
    return " " if not sides and before and after and _BLANK.search(run.group()) else ""


class _Table(dict[int, str]):
    """For `str.translate`: looks a character up the first time it is met."""

    def __missing__(self, code: int) -> str:
        found = _plain(chr(code))
        self[code] = found
        return found


def _plain(character: str) -> str:
    if character in _VARIANTS:
        return _VARIANTS[character]
    if character in _MARKS:
        return _MARKS[character]
    if "\u4e00" <= character <= "\u9fff":
        return character if _is_simplified(character) else _simplify(character)
    wide = unicodedata.normalize("NFKC", character).casefold()
    if len(wide) == 1:
        if wide in _MARKS:
            return _MARKS[wide]
        if _HAN.match(wide):
            return _simplify(wide)
        base = unicodedata.normalize("NFD", wide)[0]
        return base if base.isascii() else wide
    # A ligature of letters or a squared unit spells itself out; anything else stays as it is.
    return wide if wide and len(wide) <= 4 and not unicodedata.combining(wide[0]) else character


def _is_simplified(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _simplify(character: str) -> str:
    simple = str(_converter().convert(character))
    return simple if len(simple) == 1 else character


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


_TABLE = _Table()
