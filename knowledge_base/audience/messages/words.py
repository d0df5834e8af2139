"""Chinese text as words that say something: segmented, without stop-words, numbers and placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

PLACEHOLDER = re.compile(r"〔[^〕]*〕")
WORD = re.compile(r"[\u4e00-\u9fffA-Za-z]{2,}")


@cache
def stop_words() -> frozenset[str]:
    """Chinese and English stop-words of the package stopwordsiso."""
    from stopwordsiso import stopwords

    return frozenset(stopwords(["zh", "en"]))


def words(text: str) -> list[str]:
    """In order, with repeats."""
    import rjieba

    found: Iterable[str] = rjieba.cut(PLACEHOLDER.sub(" ", text))
    stops = stop_words()
    return [word.lower() for word in found if WORD.fullmatch(word) and word.lower() not in stops]
