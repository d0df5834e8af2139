"""Words hidden behind their sound: zui好, 国佳级, quan网第一 become the words that rules know.

Every Chinese character stands for its usual reading, Latin runs that spell pinyin for theirs; an automaton over
readings finds the terms. What it finds counts only when the spelling betrays a disguise: Latin letters, a rare
character, or one odd character in a term the book lists among its homophones, three syllables and more. A term of two
syllables in common characters is left alone (嘴好, 醉美).
"""

from __future__ import annotations

import re

from agent.checks.compliance.fold import Folded
from knowledge_base.rules.law_model import RuleBook

_LATIN = re.compile(r"[a-z]{2,12}(?: [a-z]{1,6})*")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LONGEST_SYLLABLE = 6
_LEVEL_ONE_END = 0xD7F9


def restore(folded: Folded, book: RuleBook, *, sound: bool = True) -> Folded:
    """The skeleton with disguised terms in their plain spelling."""
    edits = []
    for last, (length, true) in book.disguise_matcher.iter(folded.text):
        if true:
            edits.append((last + 1 - length, last + 1, true))
    if edits:
        folded = folded.replaced(_apart(edits))
    if not sound:
        return folded
    read, starts, ends = _reading(folded.text, book)
    edits = []
    for last, (length, terms) in book.sound_matcher.iter(read):
        first = last + 1 - length
        start, end = (first, last + 1) if starts is None or ends is None else (starts[first], ends[last])
        spelled = folded.text[start:end]
        if spelled in terms:
            continue
        meant = [term for term in terms if _is_disguise(spelled, term, book.homophones)]
        if meant:
            # zui好 sounds like 最好 and 最豪: the one that keeps more of what is written.
            edits.append((start, end, max(meant, key=lambda term: sum(c in spelled for c in term))))
    return folded.replaced(_apart(edits)) if edits else folded


def _apart(edits: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Longest first where they overlap, in order."""
    kept: list[tuple[int, int, str]] = []
    taken = -1
    for edit in sorted(edits, key=lambda e: (e[0], e[0] - e[1])):
        if edit[0] >= taken:
            kept.append(edit)
            taken = edit[1]
    return kept


def _reading(text: str, book: RuleBook) -> tuple[str, list[int] | None, list[int] | None]:
    """One code a syllable; with the skeleton span of each where Latin syllables change the length."""
    read = text.translate(book.sounds)
    runs = [(m.start(), m.end()) for m in _LATIN.finditer(text)]
    spelled = [(start, end, syllables) for start, end in runs if (syllables := _syllables(text[start:end], book))]
    if not spelled:
        return read, None, None
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end, syllables in spelled:
        pieces.append(read[at:start])
        starts += range(at, start)
        ends += range(at + 1, start + 1)
        for offset, length, code in syllables:
            pieces.append(code)
            starts.append(start + offset)
            ends.append(start + offset + length)
        at = end
    pieces.append(read[at:])
    starts += range(at, len(text))
    ends += range(at + 1, len(text) + 1)
    return "".join(pieces), starts, ends


def _syllables(run: str, book: RuleBook) -> list[tuple[int, int, str]]:
    """The run as pinyin syllables (offset, length, code), fewest first; empty when it does not spell any."""
    best: list[list[tuple[int, int, str]] | None] = [None] * (len(run) + 1)
    best[len(run)] = []
    for at in range(len(run) - 1, -1, -1):
        if run[at] == " ":
            best[at] = best[at + 1]
            continue
        for length in range(min(_LONGEST_SYLLABLE, len(run) - at), 0, -1):
            code = book.syllables.get(run[at : at + length])
            rest = best[at + length]
            if code is None or rest is None:
                continue
            current = best[at]
            if current is None or len(rest) + 1 < len(current):
                best[at] = [(at, length, code), *rest]
    return best[0] or []


def _is_disguise(spelled: str, term: str, homophones: frozenset[str]) -> bool:
    if len(spelled) != len(term):  # Latin syllables
        han = [c for c in spelled if _HAN.match(c)]
        return any(c in term for c in han) or len(term) > 2 or term.startswith(("最", "第一"))
    odd = [a for a, b in zip(spelled, term, strict=True) if a != b]
    if any(c.isascii() for c in odd):
        return len(odd) < len(term)
    same = len(term) - len(odd)
    if all(_is_rare(c) for c in odd):
        return same >= 1
    return term in homophones and same >= 1 and len(odd) <= len(term) // 2


def _is_rare(character: str) -> bool:
    """Outside the 3,755 characters of GB 2312's first level."""
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return int.from_bytes(code, "big") > _LEVEL_ONE_END
