"""How much a stretch of text reads like copy that breaks the law, where no rule knows its words.

A linear model over single characters and pairs of neighbours, learned from our own reviewed examples (`learn`): each
known one adds its weight, the sum is divided by the root of their number, and what exceeds the threshold is a finding
of the area that its characters speak of. Nothing is downloaded, the answer is always the same, and the finding shows
the words that weigh most.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import fsum, log, sqrt
from typing import NamedTuple

from knowledge_base.rules.law_model import Likeness

_ENDS = re.compile(r"[。！？\n]+")
_WORD = re.compile(r"[\u4e00-\u9fffa-z%]")
_BLANK = {"|", "||"}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LEAST, _FEW = 9, 16
"""Chinese characters: fewer than the first tell too little, fewer than the second must say it more clearly."""
_CLEARER = 0.2
_SHORT, _LONG = 24, 80
"""Sentences are judged together until they are this long, as the examples are."""
_FIRST_AREA = ord("a")
_SMOOTH, _SMOOTH_ALL = 0.1, 100.0
_FEW_FAMILIAR, _FAMILIAR, _FAMILIAR_OF_FEW = 3, 1 / 8, 1 / 5
"""Least share of neighbouring Chinese characters that the examples know as a pair, higher where fewer than three are.
Characters drawn at random reach .11, 99 of 100 sentences that people wrote are above .14; below it the sum only adds up
accidents."""
_PER_DOUBLING = 0.35
"""Long texts hold more stretches that could be misread: each doubling of their number asks for this much more."""


class Stretch(NamedTuple):
    start: int
    end: int


class Alike(NamedTuple):
    """A stretch that reads like a violation; `start` and `end` hold the words that say so most."""

    area: str
    start: int
    end: int
    score: float


def alike(text: str, model: Likeness, taken: Sequence[Stretch], *, among: int = 0) -> Iterator[Alike]:
    """Stretches of a skeleton that read like violations; those that touch `taken`, in order, are left out.

    `among` is the number of stretches in all that is judged together, when the text is only one field of a draft.
    """
    parts = list(stretches(text))
    threshold = model.threshold + _PER_DOUBLING * log(max(1, len(parts), among), 2)
    waiting, plain = deque(taken), text.translate(_PLAIN)
    for part in parts:
        while waiting and waiting[0].end <= part.start:
            waiting.popleft()
        if waiting and waiting[0].start < part.end:
            continue
        grams = _grams(plain[part.start : part.end])
        score = model.bias + _sum(grams, model)
        if score <= threshold or not _says_enough(text, part, score - threshold) or _strange(text, part, model):
            continue
        if area := _area(grams, model):
            yield Alike(area, *_heaviest(text, part, model), score)


def _says_enough(text: str, part: Stretch, above: float) -> bool:
    count = len(_HAN.findall(text, *part))
    return count >= _FEW or (count >= _LEAST and above > _CLEARER)


def _strange(text: str, part: Stretch, model: Likeness) -> bool:
    """Whether the text is unlike anything learned from."""
    said = text[part.start : part.end]
    pairs = [a + b for a, b in pairwise(said) if _HAN.match(a) and _HAN.match(b)]
    known = sum(pair in model.weights for pair in pairs)
    return known < (_FAMILIAR if known >= _FEW_FAMILIAR else _FAMILIAR_OF_FEW) * len(pairs)


def stretches(text: str) -> Iterator[Stretch]:
    """Sentences, short ones and questions joined with what follows. Together they cover the text."""
    start = 0
    for m in _ENDS.finditer(text):
        asks = m.group().startswith("？") and m.end() - start < _LONG
        if m.end() - start >= _SHORT and not asks:
            yield Stretch(start, m.end())
            start = m.end()
    if text[start:].strip():
        yield Stretch(start, len(text))


def features(text: str) -> frozenset[str]:
    """Characters and neighbouring pairs; every digit counts as 0, anything between words as |."""
    return _grams(text.translate(_PLAIN))


def _grams(plain: str) -> frozenset[str]:
    framed = f"|{plain}|"
    return frozenset(framed).union(map("".join, pairwise(framed))) - _BLANK


class _Plain(dict[int, str]):
    """For `str.translate`: looks a character up the first time it is met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = "0" if character.isdigit() else character if _WORD.match(character) else "|"
        self[code] = kept
        return kept


_PLAIN = _Plain()


def _sum(grams: frozenset[str], model: Likeness) -> float:
    known = model.weights.keys() & grams
    # An exact sum: the order of a set must not decide.
    return fsum(map(model.weights.__getitem__, known)) / sqrt(max(1, len(known)))


def _area(grams: frozenset[str], model: Likeness) -> str:
    """The area whose violations hold these characters and pairs most (naive Bayes, every area as likely as another)."""
    codes = [code for gram in grams if (code := model.counts.get(gram))]
    # What an area has never seen counts alike for every character, so that only what it has seen is looked at.
    scores = [-len(codes) * log(size + _SMOOTH_ALL) for size in model.areas.values()]
    for code in codes:
        for i in range(0, len(code), 2):
            scores[ord(code[i]) - _FIRST_AREA] += log(int(code[i + 1]) / _SMOOTH + 1)
    return list(model.areas)[scores.index(max(scores))] if codes else ""


def _heaviest(text: str, part: Stretch, model: Likeness) -> Stretch:
    """The run of characters with the greatest sum of weights (Kadane), ends trimmed to Chinese characters."""
    best, at, run = 0.0, part.start, 0.0
    span = part
    for i in range(part.start, part.end):
        pair = text[i : i + 2]
        run += model.weights.get(pair[:1], 0.0) + (model.weights.get(pair, 0.0) if i + 1 < part.end else 0.0)
        if run <= 0.0:
            run, at = 0.0, i + 1
        elif run > best:
            best, span = run, Stretch(at, min(part.end, i + 2))
    start, end = span
    while start < end - 1 and not _WORD.match(text[start]):
        start += 1
    while end > start + 1 and not _WORD.match(text[end - 1]):
        end -= 1
    return Stretch(start, end)
