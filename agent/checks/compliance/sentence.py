"""Windows on a skeleton: where a sentence begins and ends, and whether a word is only part of a longer one."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache

BEFORE, AFTER = 40, 48
"""How far around an anchor a pattern may reach, and how much of a sentence conditions see."""
_STOP = re.compile(r"[。！？\n]")


@cache
def regex(pattern: str) -> re.Pattern[str]:
    """Rules are many and texts few at a time: a pattern is compiled when it is first needed."""
    return re.compile(pattern)


class Sentences:
    """Where the sentences of one text lie."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        marks = [(m.start(), m.group()) for m in _STOP.finditer(text)]
        self._soft = [at for at, _ in marks]
        self._hard = [at for at, mark in marks if mark != "？"]

    def around(self, start: int, end: int, *, past_questions: bool) -> tuple[int, int]:
        """The sentence around text[start:end], at most BEFORE characters back and AFTER on.

        The mark itself belongs to the sentence: a question mark decides.
        """
        stops = self._hard if past_questions else self._soft
        low, high = max(0, start - BEFORE), min(self._length, end + AFTER)
        before = bisect_left(stops, start)
        if before and stops[before - 1] >= low:
            low = stops[before - 1] + 1
        after = bisect_left(stops, end)
        if after < len(stops) and stops[after] < high:
            high = stops[after] + 1
        return low, high

    def broken(self, start: int, end: int) -> bool:
        """Whether a sentence ends in text[start:end], questions apart."""
        at = bisect_left(self._hard, start)
        return at < len(self._hard) and self._hard[at] < end


def inside_word(text: str, start: int, end: int, words: tuple[str, ...]) -> bool:
    """Whether text[start:end] lies within, or overlaps the head of, a longer ordinary word."""
    for word in words:
        at = text.find(word, max(0, start - len(word) + 1), end + len(word) - 1)
        while at >= 0:
            if at < end and at + len(word) > start:
                return True
            at = text.find(word, at + 1, end + len(word) - 1)
    return False
