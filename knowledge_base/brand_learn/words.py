"""Favourite words: phrases of 2-4 字 that hold together, recur across texts and stand out from everyday Chinese.

Word discovery without a dictionary: a phrase holds together when its parts meet far more often than chance
(pointwise mutual information over every cut) and when many different characters surround it (branching entropy);
both are standard measures of unsupervised Chinese word finding. It is the brand's own when its rate in the texts is far
above its background probability.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from knowledge_base.brand_learn.background import log2_probability, stop_words
from knowledge_base.brand_learn.texts import PastText, unquoted

SIZES = (2, 3, 4)
MIN_COUNT = 3
MIN_PMI = 3.0
"""Bits. Below it, the parts meet about as often as their own frequency explains."""
MIN_ENTROPY = 1.0
"""Bits. Below it, the phrase is a piece of a longer one."""
MIN_KEYNESS = 5.0
"""Bits by which the phrase is more frequent than in everyday Chinese (32 times)."""
MAX_KEYNESS = 12.0
"""Bits beyond which rarity adds nothing to a phrase's rank: rarer is not more telling."""
MIN_SHARE = 0.3
"""Least share of texts that use the phrase."""
MAX_BESIDE_DIGITS = 0.3
"""Largest share of uses next to digits or Latin letters: above it the phrase is a unit or a label."""

_RUN = re.compile(r"[\u4e00-\u9fff]+")
_PARTICLE_HEAD = frozenset("的了着过吗呢吧啊呀哦得地们和与或就也都还又再很一二三四五六七八九十两半几")
_PARTICLE_TAIL = frozenset("的了着过和与或就也都还又再很把被在向对给让从这那一个不没有是")
_LOOSE = frozenset("我你您他她它们的了着吗呢吧就也都还又再很不没是在和与把被给让从这那")
"""Characters that a word meets without being part of one: each meeting counts as a neighbour of its own."""


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str
    count: int
    texts: frozenset[int]
    """Indices of the texts that use it."""
    keyness: float
    """Bits above the background."""


@dataclass(slots=True)
class _Company:
    """What stands around the uses of one phrase."""

    beside_digits: int = 0
    texts: set[int] = field(default_factory=set)
    left: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Run:
    """An unbroken stretch of Chinese characters."""

    text: str
    index: int
    """Of the past text it stands in."""
    digit_before: bool
    digit_after: bool


def distinctive_phrases(texts: Sequence[PastText]) -> tuple[Phrase, ...]:
    """The brand's own phrases, the most widespread and telling first; empty when there is too little text."""
    runs = [run for index, text in enumerate(texts) for run in _runs(text, index)]
    counts = Counter(run.text[i : i + size] for run in runs for size in (1, *SIZES) for i in range(_windows(run, size)))
    total = sum(len(run.text) for run in runs)
    frequent = {gram for gram, count in counts.items() if count >= MIN_COUNT and len(gram) > 1 and _word_like(gram)}
    least_texts = max(2, math.ceil(MIN_SHARE * len(texts)))
    found = []
    for gram, company in _companies(runs, frequent).items():
        if len(company.texts) < least_texts or company.beside_digits > MAX_BESIDE_DIGITS * counts[gram]:
            continue
        if min(_entropy(company.left), _entropy(company.right)) < MIN_ENTROPY:
            continue
        if _cohesion(gram, counts, total) < MIN_PMI:
            continue
        keyness = math.log2(counts[gram] / total) - log2_probability(gram)
        if keyness >= MIN_KEYNESS:
            found.append(Phrase(gram, counts[gram], frozenset(company.texts), round(keyness, 2)))
    found.sort(key=lambda phrase: (-len(phrase.texts) * min(phrase.keyness, MAX_KEYNESS), -phrase.count, phrase.text))
    return _without_overlaps(found)


def _runs(text: PastText, index: int) -> Iterator[_Run]:
    for line in text.lines:
        spoken = unquoted(line.text)
        for run in _RUN.finditer(spoken):
            before, after = spoken[: run.start()].rstrip()[-1:], spoken[run.end() :].lstrip()[:1]
            yield _Run(run.group(), index, before.isalnum(), after.isalnum())


def _windows(run: _Run, size: int) -> int:
    return max(len(run.text) - size + 1, 0)


def _companies(runs: Sequence[_Run], wanted: Collection[str]) -> dict[str, _Company]:
    """Looks at wanted phrases only: most n-grams occur once, and keeping company for all would cost gigabytes."""
    companies: dict[str, _Company] = defaultdict(_Company)
    for use, run in enumerate(runs):
        for size in SIZES:
            for start in range(_windows(run, size)):
                end = start + size
                if (gram := run.text[start:end]) not in wanted:
                    continue
                company = companies[gram]
                company.texts.add(run.index)
                company.beside_digits += (run.digit_before and start <= 1) or (run.digit_after and end == len(run.text))
                company.left[_neighbour(run.text[start - 1 : start], use)] += 1
                company.right[_neighbour(run.text[end : end + 1], use)] += 1
    return companies


def _neighbour(char: str, use: int) -> str:
    # An edge or a function word says nothing against the phrase, so it is a new neighbour every time.
    return char if char and char not in _LOOSE else f"{char}{use}"


def _word_like(gram: str) -> bool:
    return gram not in stop_words() and gram[0] not in _PARTICLE_HEAD and gram[-1] not in _PARTICLE_TAIL


def _entropy(neighbours: Counter[str]) -> float:
    total = sum(neighbours.values())
    return -sum(count / total * math.log2(count / total) for count in neighbours.values())


def _cohesion(gram: str, counts: Mapping[str, int], total: int) -> float:
    """The weakest PMI over all ways to cut the phrase in two, in bits."""
    cuts = range(1, len(gram))
    return min(math.log2(counts[gram] * total / (counts[gram[:cut]] * counts[gram[cut:]])) for cut in cuts)


def _without_overlaps(phrases: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """Of phrases that contain one another, the longer one, unless the shorter one is used much more often."""
    kept: list[Phrase] = []
    for phrase in phrases:
        longer = [p for p in phrases if phrase.text in p.text and p.text != phrase.text]
        if not any(p.count * 1.5 >= phrase.count for p in longer):
            kept.append(phrase)
    return tuple(kept)
