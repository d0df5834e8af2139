"""Sentences of the brand's own that show its voice: typical in length, made of its words, free of facts."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from knowledge_base.brand_learn.texts import SENTENCE_END, PastText, Sentence, bigram_likeness, sentence_chars

MIN_CHARS, MAX_CHARS = 7, 36
MAX_ALIKE = 0.3
_FACT = re.compile(r"[0-9０-９A-Za-z%％¥￥@/]|元|[二三四五六七八九十百千两]")


def choose_quotes(
    texts: Sequence[PastText], favourites: Sequence[str], median: int, taken: Collection[str], *, count: int = 4
) -> tuple[str, ...]:
    """Up to `count` quotes, each with its `（file:line）`, from different files where possible.

    `taken` are lines already proposed as openings or closings. Sentences with numbers or Latin letters are left out:
    a quote lends its tone, and must not lend a fact about another product.
    """
    ranked = sorted(
        (sentence for text in texts for sentence in text.sentences() if _quotable(sentence.text, taken)),
        key=lambda sentence: _score(sentence.text, favourites, median),
        reverse=True,
    )
    chosen: list[Sentence] = []
    for once_a_file in (True, False):
        for sentence in ranked:
            fresh = all(bigram_likeness(sentence.text, other.text) <= MAX_ALIKE for other in chosen)
            new_file = all(sentence.file != other.file for other in chosen)
            if len(chosen) < count and fresh and (new_file or not once_a_file):
                chosen.append(sentence)
    return tuple(f"{sentence.text}（{sentence.place}）" for sentence in chosen)


def _quotable(sentence: str, taken: Collection[str]) -> bool:
    whole = sentence.rstrip("”’」』）)\"'")[-1:] in tuple(SENTENCE_END)
    balanced = sentence.count("“") == sentence.count("”") and sentence.count("（") == sentence.count("）")
    told = any(sentence in line or line in sentence for line in taken)
    fits = MIN_CHARS <= sentence_chars(sentence) <= MAX_CHARS
    return whole and balanced and fits and not told and not _FACT.search(sentence)


def _score(sentence: str, favourites: Sequence[str], median: int) -> float:
    words = sum(word in sentence for word in favourites)
    distance = abs(sentence_chars(sentence) - median) / max(median, 1)
    return words - min(distance, 1.0)
