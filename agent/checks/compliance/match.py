"""Finds where rules match a skeleton: one pass of the automaton, patterns tried only around their anchor words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.checks.compliance.gather import Gathering
from agent.checks.compliance.sentence import Sentences, inside_word, regex
from knowledge_base.rules.law_model import GROUP, Rule, RuleBook

_BEHIND = 16
"""More than any look-behind of a pattern reaches before a sentence."""
_WORD = re.compile(r"[a-z0-9]")
Span = tuple[int, int]


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


def matches(text: str, book: RuleBook) -> Iterator[Match]:
    """Every match of every rule whose own conditions hold; the same place may be given by several rules."""
    told: dict[str, bool] = {}
    sentences = Sentences(text)
    gathering, written = Gathering(text, book, sentences), _Written(text, book)
    for last, (length, leads) in book.matcher.iter(text):
        start, end = last + 1 - length, last + 1
        for number, lead in leads:
            if lead <= GROUP:
                span = gathering.add(number, GROUP - lead, start, end)
                window = sentences.around(*span, past_questions=True) if span else None
            else:
                window = sentences.around(start, end, past_questions=book.rules[number].past_questions)
                span = written.add(number, lead, (start, end), window)
            if span and window:
                match = Match(book.rules[number], *span, *window, text, told)
                if _applies(match):
                    yield match


class _Written:
    """Terms and patterns met in one text: each place is given once, and no pattern is tried twice on the same words."""

    def __init__(self, text: str, book: RuleBook) -> None:
        self._text = text
        self._rules = book.rules
        self._seen: set[tuple[int, int, int]] = set()
        self._reached: dict[tuple[int, int], int] = {}
        """Where the last match of a pattern ends: anchors inside it lead nowhere new."""
        self._tried: dict[tuple[int, int, str, int, int, int], Span | None] = {}
        """What a pattern gave around an anchor in the same words: a word repeated without end is looked at once."""

    def add(self, number: int, pattern: int, word: Span, window: Span) -> Span | None:
        """The stretch that a rule's term (-1) or pattern takes up around its word, unless it was given before."""
        start, end = word
        if pattern < 0:
            found = None if _cuts_word(self._text, start, end) else word
        elif start < self._reached.get((number, pattern), 0):
            return None
        else:
            found = self._search(number, pattern, word, window)
        if found is None or (number, *found) in self._seen:
            return None
        self._seen.add((number, *found))
        if pattern >= 0:
            self._reached[number, pattern] = found[1]
        return found

    def _search(self, number: int, pattern: int, word: Span, window: Span) -> Span | None:
        (start, end), (low, high) = word, window
        around = self._text[max(0, low - _BEHIND) : high]
        place = (number, pattern, around, min(low, _BEHIND), start - low, end - start)
        if place not in self._tried:
            self._tried[place] = _span(self._rules[number].patterns[pattern], self._text, start, end, low, high)
        offsets = self._tried[place]
        return (start + offsets[0], start + offsets[1]) if offsets else None


def whole(rule: Rule, text: str, start: int, end: int) -> Match:
    """A match that something other than the rule's words has found."""
    low, high = Sentences(text).around(start, end, past_questions=True)
    return Match(rule, start, end, low, high, text, {})


def _span(pattern: str, text: str, start: int, end: int, low: int, high: int) -> Span | None:
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


def _applies(match: Match) -> bool:
    rule = match.rule
    if rule.not_words and inside_word(match.text, match.start, match.end, rule.not_words):
        return False
    if rule.when and not regex(rule.when).search(match.sentence):
        return False
    if rule.when_text and not match.holds(rule.when_text):
        return False
    return not (rule.missing and match.holds(rule.missing))
