"""Text to search terms without a dictionary: single characters and pairs of neighbours, words of other scripts whole.

Pairs of characters find Chinese words without having to know them; single characters catch what pairs miss when the
words differ (泛红 and 发红). On the validation questions of InsuranceQA-zh the two together reach nDCG@10 .222, pairs
alone .199 and triples .173 (`python -m bench.retrieval`).
"""

from __future__ import annotations

import re
import unicodedata

# Chinese, Japanese and Korean scripts write without (reliable) spaces; all other letters and digits come as words.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
_RUNS = re.compile(rf"([{_CJK}]+)|[^\W_{_CJK}]+")
MAX_WORD = 64
"""Longer words (addresses, base64) are cut."""


def terms(text: str) -> tuple[list[str], list[str]]:
    """(single characters, pairs), each with the whole words of other scripts; NFKC, lower case, repeats kept."""
    ones: list[str] = []
    pairs: list[str] = []
    for match in _RUNS.finditer(unicodedata.normalize("NFKC", text).lower()):
        run = match.group()
        if match.group(1) is None:
            ones.append(run[:MAX_WORD])
            pairs.append(run[:MAX_WORD])
        else:
            ones.extend(run)
            pairs.extend([run[i : i + 2] for i in range(len(run) - 1)] or [run])
    return ones, pairs
