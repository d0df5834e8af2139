"""Three versions of the persona cards into one: a person's edit is never lost, what they left alone follows the data.

base    what was generated last time
ours    what is generated now
mine    what the file says
Where a person and the data both changed something, the person wins and the other version is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

ALIKE = 50.0
"""rapidfuzz ratio, 0..100, from which a sentence counts as an edited version of another, not as a new one."""


@dataclass(frozen=True, slots=True)
class Item:
    """One sentence of a generated list; `key` recognises its next version."""

    key: str
    text: str


Generated = Mapping[str, str | tuple[Item, ...]]
"""Field -> text or sentences."""
Card = dict[str, Any]
"""Field -> text or list of texts, as in the file; other values are the person's own and stay."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that the person and the data changed both. The person's version stands."""

    persona: str
    field: str
    """Empty: the whole card."""
    mine: str
    """Empty: the person took it out."""
    ours: str
    """Empty: the data no longer say it."""


def merge_card(
    id: str, base: Generated | None, ours: Generated, mine: Mapping[str, Any]
) -> tuple[Card, tuple[Conflict, ...]]:
    """The fields of one card, those of `mine` first and in its order."""
    merged: Card = {}
    conflicts: list[Conflict] = []
    base = base or {}
    for field in dict.fromkeys((*mine, *ours)):
        old, new = base.get(field), ours.get(field)
        if field in mine and (plain(mine[field]) is None or (old is None and new is None)):
            merged[field] = mine[field]
        elif isinstance(new if new is not None else old, tuple):
            texts, clashes = merge_list(_items(old), _items(new), _texts(mine.get(field), field in mine, old))
            merged[field] = texts
            conflicts += [Conflict(id, field, *clash) for clash in clashes]
        else:
            text, clash = _merge_text(_text(old), _text(new), _said(mine, field))
            if text is not None:
                merged[field] = text
            conflicts += [Conflict(id, field, *clash)] if clash else []
    return {name: value for name, value in merged.items() if value != [] or name in mine}, tuple(conflicts)


def merge_list(
    base: Sequence[Item], ours: Sequence[Item], mine: Sequence[str]
) -> tuple[list[str], list[tuple[str, str]]]:
    """The sentences, and (mine, ours) of each conflict.

    mine == base gives ours; ours == base gives mine; every sentence of `mine` that is not in `base` is in the result,
    and no sentence that the person took out comes back.
    """
    if list(mine) == [one.text for one in base]:
        return [one.text for one in ours], []
    now = {one.key: one.text for one in ours}
    origin = _aligned([one.text for one in base], mine)
    removed = [one for place, one in enumerate(base) if place not in origin.values()]
    # What a person took out or reworded does not come back for another reason either.
    gone = {one.text for one in base} - set(mine)
    result: list[tuple[str | None, str]] = []
    conflicts: list[tuple[str, str]] = []
    for place, text in enumerate(mine):
        found = origin.get(place)
        if found is None:
            result.append((None, text))
            continue
        item, new = base[found], now.get(base[found].key)
        if text == item.text:
            if new == text or (new is not None and new not in mine and new not in gone):
                result.append((item.key, new))
            continue
        result.append((item.key, text))
        if new != item.text and new != text:
            conflicts.append((text, new or ""))
    kept = {key for key, _ in result if key}
    for one in removed:
        if (new := now.get(one.key)) not in (None, one.text) and new not in mine:
            conflicts.append(("", str(new)))
    barred = {one.key for one in removed} | kept
    _insert_new(result, ours, barred, gone)
    return [text for _, text in result], conflicts


def _insert_new(
    result: list[tuple[str | None, str]], ours: Sequence[Item], barred: Iterable[str], removed: set[str]
) -> None:
    """New sentences go behind the one they follow in the new build."""
    barred = set(barred)
    for place, one in enumerate(ours):
        if one.key in barred or one.text in removed or any(text == one.text for _, text in result):
            continue
        before = {earlier.key for earlier in ours[:place]}
        at = max(
            (n + 1 for n, (key, _) in enumerate(result) if key in before), default=0 if place == 0 else len(result)
        )
        result.insert(at, (one.key, one.text))


def _aligned(base: Sequence[str], mine: Sequence[str]) -> dict[int, int]:
    """Place in `mine` -> place in `base` it comes from: equal sentences first, then alike ones, most alike first."""
    origin: dict[int, int] = {}
    free = list(range(len(base)))
    for place, text in enumerate(mine):
        found = next((one for one in free if base[one] == text), None)
        if found is not None:
            origin[place] = found
            free.remove(found)
    pairs = sorted(
        (
            (-fuzz.ratio(base[old], text), old, place)
            for place, text in enumerate(mine)
            if place not in origin
            for old in free
        )
    )
    for worth, old, place in pairs:
        if -worth >= ALIKE and old in free and place not in origin:
            origin[place] = old
            free.remove(old)
    return origin


def _merge_text(base: str | None, ours: str | None, mine: str | None) -> tuple[str | None, tuple[str, str] | None]:
    """None: absent."""
    if mine == base:
        return ours, None
    if mine is None:
        return None, ("", ours) if ours not in (None, base) else None
    return mine, (mine, ours or "") if ours not in (base, mine) else None


def plain(value: Any) -> str | list[str] | None:
    """A value of the file as text or texts; None when it is neither, and nothing we could merge."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return None if any(isinstance(one, (list, dict)) for one in value) else [str(one) for one in value]
    return None if isinstance(value, dict) else str(value)


def _said(mine: Mapping[str, Any], field: str) -> str | None:
    if field not in mine:
        return None
    found = plain(mine[field])
    return "、".join(found) if isinstance(found, list) else found


def _texts(value: Any, present: bool, base: Any) -> list[str]:
    """A field that is not in the file though it was generated was taken out; one that was not is simply new."""
    found = plain(value) if present else ""
    if isinstance(found, list):
        return found
    return [found] if found else []


def _items(value: Any) -> tuple[Item, ...]:
    return value if isinstance(value, tuple) else ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
