"""Typos in category names: rare names that sound or look like a frequent one."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

RARE = 0.02
"""A typo is at most this much as frequent as what was meant."""
ALIKE = 0.75
"""Least similarity (rapidfuzz ratio, 0-1) of names of four characters or more."""
LONG = 4
MOST = 5_000
"""More different names than this are ids or free text, in which nothing can be called a typo."""


@dataclass(frozen=True, slots=True)
class Names:
    fixed: Mapping[str, str]
    """Name as written -> name to use."""
    doubtful: Mapping[str, str]
    """Rare name -> a frequent one that differs by one character: 男装 and 女装 do, too, so a person must say."""


def tidy(name: str) -> str:
    """Half-width, without spaces round it."""
    return unicodedata.normalize("NFKC", name).strip()


def check_names(counts: Mapping[str, int]) -> Names:
    """Names that differ only by width or spaces come together; a rare one follows the only frequent one like it.

    Names with digits are never typos of each other.
    """
    fixed = {name: tidy(name) for name in counts if tidy(name) != name}
    totals: dict[str, int] = {}
    for name, count in counts.items():
        totals[tidy(name)] = totals.get(tidy(name), 0) + count
    if len(totals) > MOST:
        return Names(fixed, {})
    doubtful: dict[str, str] = {}
    frequent = sorted(totals, key=lambda name: -totals[name])
    for wrong in frequent[1:]:
        above = [name for name in frequent if totals[wrong] <= RARE * totals[name]]
        if not wrong or _numbered(wrong) or not above:
            continue
        near = [name for name in above if not _numbered(name) and _same_word(wrong, name)]
        if len(near) == 1:
            fixed |= {name: near[0] for name in counts if tidy(name) == wrong}
        elif not near and (close := [name for name in above if not _numbered(name) and _one_off(wrong, name)]):
            doubtful[wrong] = close[0]
    return Names(fixed, doubtful)


def _numbered(name: str) -> bool:
    return any(char.isdigit() for char in name)


def _same_word(wrong: str, right: str) -> bool:
    """Long names that are nearly the same; short ones only when they sound the same or stammer."""
    from rapidfuzz.fuzz import ratio

    if min(len(wrong), len(right)) >= LONG:
        return ratio(wrong, right) / 100 >= ALIKE
    return _unstammered(wrong) == _unstammered(right) or (len(wrong) == len(right) and _sound(wrong) == _sound(right))


def _one_off(wrong: str, right: str) -> bool:
    from rapidfuzz.distance import DamerauLevenshtein

    return min(len(wrong), len(right)) > 1 and DamerauLevenshtein.distance(wrong, right) == 1


def _unstammered(name: str) -> str:
    return "".join(char for char, _ in groupby(name))


def _sound(name: str) -> list[str]:
    from pypinyin import lazy_pinyin

    return list(lazy_pinyin(name))
