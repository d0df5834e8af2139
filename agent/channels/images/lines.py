"""Titles in lines: Chinese breaks almost anywhere, but not before a full stop, not within a word, and not lopsidedly.

A title is cut into pieces that never break. Every way to put them on a given number of lines is priced (dynamic
programming): uneven lines, torn words, a line that begins with 的. The cheapest wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

# After GB/T 15834 (标点符号用法): these never begin a line, those never end one.
NEVER_FIRST = frozenset("，。、；：？！）》」』】〉〕”’…—～·,.;:?!)]}%％‰℃°″′／/")
NEVER_LAST = frozenset("（《「『【〈〔“‘([{￥¥$#＃@")
_BINDS_BACK = frozenset("的了吗呢吧着过们么地得啊呀嘛里上下中内外后前边时")
"""Particles and postpositions that belong to the word before them."""
_BINDS_FORWARD = frozenset("不没也都就再又很太更最第每各被把让给从向往和与跟或")
"""Words that lean on what follows."""
_UNITS = (
    "条支袋盒杯块片颗粒瓶罐包箱件套双张本次天年月日号点分秒钟元角克升斤米里个只款种位人岁小时毫公千厘卡折倍度页步招"
)
_NUMERALS = frozenset("零一二两三四五六七八九十百千万半几第")
_LATIN = r"[A-Za-z0-9À-ɏ][A-Za-z0-9À-ɏ.,:%+\-/'’&@#_]*(?:(?<=[A-Za-z0-9%])|(?<=\+))"
_PIECE = re.compile(
    rf"(?P<number>[0-9][0-9.,:/\-]*[0-9%]?|[0-9])(?P<gap> ?)(?P<unit>[{_UNITS}]{{1,2}})?"
    rf"|(?P<latin>{_LATIN})|(?P<space>\s+)|(?P<one>.)",
    re.DOTALL,
)
_TORN, _PARTICLE, _LEAN, _GOOD, _PASSED = 4.0, 1.5, 0.8, 0.7, 1.2
"""Prices of a torn word, a particle or leaning word at a break; off for a break at a pause; a pause within a line."""
_PAUSES = frozenset("，。；：！？—…")

Measure = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Broken:
    lines: tuple[str, ...]
    price: float
    """0 is perfect; comparable between titles set in the same width."""


def break_lines(text: str, width: float, count: int, measure: Measure, words: Iterable[str] = ()) -> Broken | None:
    """`text` on exactly `count` lines none of which is wider than `width`; None when that cannot be.

    `measure` gives the width of a string; `words` are not torn if it can be helped (product and brand names).
    """
    pieces = pieces_of(text)
    torn = _torn_at(pieces, words)

    def line(start: int, end: int) -> str:
        return "".join(pieces[start:end]).strip()

    @cache
    def span(start: int, end: int) -> float:
        return measure(line(start, end))

    even = min(width, span(0, len(pieces)) / count)
    # best[k][i]: price and last break of the cheapest way to put the first i pieces on k lines.
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for _ in range(count):
        row: dict[int, tuple[float, int]] = {}
        for start, (price, _) in best[-1].items():
            for end in range(start + 1, len(pieces) + 1):
                if span(start, end) > width:
                    break
                passed = _PASSED * sum(piece[-1] in _PAUSES for piece in pieces[start : end - 1])
                cost = price + _unevenness(span(start, end), even) + _break_price(pieces, end, torn) + passed
                if end not in row or cost < row[end][0]:
                    row[end] = (cost, start)
        best.append(row)
    if len(pieces) not in best[count]:
        return None
    stops = [len(pieces)]
    for k in range(count, 0, -1):
        stops.append(best[k][stops[-1]][1])
    stops.reverse()
    lines = tuple(line(start, end) for start, end in pairwise(stops))
    return Broken(lines, best[count][len(pieces)][0])


def pieces_of(text: str) -> tuple[str, ...]:
    """Cuts `text` where a line may end. Joined again they are `text` with its white space made single."""
    raw: list[str] = []
    for match in _PIECE.finditer(" ".join(text.split())):
        raw.append(match[0])
    pieces: list[str] = []
    for piece in raw:
        glued = pieces and (piece[0] in NEVER_FIRST or pieces[-1].rstrip()[-1:] in NEVER_LAST or piece.isspace())
        if glued:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return tuple(pieces)


def _unevenness(width: float, even: float) -> float:
    """A line that is half too short costs 2.5."""
    return ((width - even) / max(even, 1e-9)) ** 2 * 10


def _break_price(pieces: Sequence[str], end: int, torn: frozenset[int]) -> float:
    if end == len(pieces):
        return 0.0
    before, after = pieces[end - 1], pieces[end]
    if before.rstrip()[-1] in _PAUSES:
        return -_GOOD
    counted = before[-1] in _NUMERALS and (after[0] in _UNITS or after[0] in _NUMERALS)
    price = _TORN if end in torn or counted else 0.0
    price += _PARTICLE if after[0] in _BINDS_BACK else 0.0
    return price + (_LEAN if before[-1] in _BINDS_FORWARD else 0.0)


def _torn_at(pieces: Sequence[str], words: Iterable[str]) -> frozenset[int]:
    """Numbers of the pieces before which a break would tear a word."""
    whole, starts, at = "".join(pieces), dict[int, int](), 0
    for number, piece in enumerate(pieces):
        starts[at] = number
        at += len(piece)
    torn: set[int] = set()
    for word in {word for word in words if len(word) > 1}:
        at = whole.find(word)
        while at >= 0:
            torn |= {starts[i] for i in range(at + 1, at + len(word)) if i in starts}
            at = whole.find(word, at + 1)
    return frozenset(torn)
