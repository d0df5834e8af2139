"""Finds where rules match a skeleton: one pass of the automaton, patterns tried only around their anchor words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from knowledge_base.rules.law_model import Rule, RuleBook

BEFORE, AFTER = 40, 48
"""How far around an anchor a pattern may reach, and how much of a sentence conditions see."""
_BEHIND = 16
"""More than any look-behind of a pattern reaches before a sentence."""
_STOP = re.compile(r"[。！？\n]")
_WORD = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Match:
    """One rule at one place, with its sentence. All offsets are in the skeleton."""

    rule: Rule
    start: int
    end: int
    low: int
    """Where the sentence begins, at most BEFORE characters back."""
    high: int
    text: str
    """The whole skeleton."""
    told: dict[str, bool]
    """Whether the whole text holds a pattern, remembered for all its matches: one look each keeps time linear."""

    def holds(self, pattern: str) -> bool:
        """Whether the whole text matches."""
        if pattern not in self.told:
            self.told[pattern] = bool(regex(pattern).search(self.text))
        return self.told[pattern]

    @property
    def word(self) -> str:
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        return self.text[self.low : self.start]

    @property
    def after(self) -> str:
        return self.text[self.end : self.high]

    @property
    def sentence(self) -> str:
        return self.text[self.low : self.high]


@cache
def regex(pattern: str) -> re.Pattern[str]:
    """Rules are many and texts few at a time: a pattern is compiled when it is first needed."""
    return re.compile(pattern)


def matches(text: str, book: RuleBook) -> Iterator[Match]:
    """Every match of every rule whose own conditions hold; the same place may be given by several rules."""
    seen: set[tuple[int, int, int]] = set()
    told: dict[str, bool] = {}
    reached: dict[tuple[int, int], int] = {}
    """Where the last match of a pattern ends: anchors inside it lead nowhere new."""
    tried: dict[tuple[int, int, str, int, int, int], tuple[int, int] | None] = {}
    """What a pattern gave around an anchor in the same words: a word repeated without end is looked at once."""
    for last, (length, leads) in book.matcher.iter(text):
        start, end = last + 1 - length, last + 1
        low = high = -1
        for number, pattern in leads:
            if low < 0:
                low, high = _sentence(text, start, end)
            if pattern >= 0 and start < reached.get((number, pattern), 0):
                continue
            rule = book.rules[number]
            if pattern < 0:
                found = None if _cuts_word(text, start, end) else (0, length)
            else:
                place = (number, pattern, text[max(0, low - _BEHIND) : high], min(low, _BEHIND), start - low, length)
                if place not in tried:
                    tried[place] = _span(rule.patterns[pattern], text, start, end, low, high)
                found = tried[place]
            if found is None:
                continue
            s, e = start + found[0], start + found[1]
            if (number, s, e) in seen:
                continue
            seen.add((number, s, e))
            if pattern >= 0:
                reached[number, pattern] = e
            match = Match(rule, s, e, low, high, text, told)
            if _applies(match):
                yield match


def _span(pattern: str, text: str, start: int, end: int, low: int, high: int) -> tuple[int, int] | None:
    """The pattern's match in text[low:high] that holds text[start:end], as offsets from `start`."""
    for m in regex(pattern).finditer(text, low, high):
        if m.start() > start:
            return None
        if m.end() >= end and m.end() > m.start():
            return m.start() - start, m.end() - start
    return None


def _cuts_word(text: str, start: int, end: int) -> bool:
    """Whether Latin letters or digits go on beyond a word that begins or ends with one."""
    if _WORD.match(text[start]) and start and _WORD.match(text[start - 1]):
        return True
    return bool(_WORD.match(text[end - 1]) and end < len(text) and _WORD.match(text[end]))


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    low = max(0, start - BEFORE)
    for m in _STOP.finditer(text, low, start):
        low = m.end()
    stop = _STOP.search(text, end, min(len(text), end + AFTER))
    # The mark itself belongs to the sentence: a question mark decides.
    return low, stop.end() if stop else min(len(text), end + AFTER)


def _applies(match: Match) -> bool:
    rule = match.rule
    if rule.not_words and _inside_word(match, rule.not_words):
        return False
    if rule.when and not regex(rule.when).search(match.sentence):
        return False
    if rule.when_text and not match.holds(rule.when_text):
        return False
    return not (rule.missing and match.holds(rule.missing))


def _inside_word(match: Match, words: tuple[str, ...]) -> bool:
    """Whether the match lies within, or overlaps the head of, a longer ordinary word."""
    for word in words:
        at = match.text.find(word, max(0, match.start - len(word) + 1), match.end + len(word) - 1)
        while at >= 0:
            if at < match.end and at + len(word) > match.start:
                return True
            at = match.text.find(word, at + 1, match.end + len(word) - 1)
    return False
