"""How near two short lines are: shared character bigrams, common characters weighing little, plus shared concepts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from agent.models.offline.concepts import concepts

# The commonest characters of running Chinese: a bigram holding one says little, one of two of them nothing.
_COMMON = frozenset(
    "的了是在不有一也就都要会能个这那我你他她它们和与或把被到从得着过上下里外很太还又再才没啊吗呢吧么什怎样可以点人时多少"
)
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_MARKER = re.compile(r"\[\[[^\[\]]*\]\]")
CONCEPT_WEIGHT = 0.8
HALF_WEIGHT = 0.3
SAMENESS = 0.22
"""What one earlier pick of the same kind costs the next."""
# Eating and drinking are in every food's every question: alone they say nothing of what is asked.
_ASKING = re.compile(
    "能不能|可不可以|能[吃喝用]吗|可以吗|怎么办|有没有|会不会|是不是|多少钱|吗|呢|请问|你们|我的|这个|你家|一下"
)
_FAINT = frozenset({"#eat", "#drink"})


@lru_cache(maxsize=16384)
def features(text: str) -> frozenset[str]:
    """Weighted features of a line: telling bigrams, and `#tag` for each concept."""
    grams = {run[i : i + 2] for run in _HAN.findall(text) for i in range(len(run) - 1)}
    kept = {gram for gram in grams if gram[0] not in _COMMON or gram[1] not in _COMMON}
    return frozenset(kept | {"#" + tag for tag in concepts(text)})


@lru_cache(maxsize=65536)
def kinship(a: str, b: str) -> float:
    """How much two lines speak of the same thing; 0 for strangers, about 1 a shared telling word or concept."""
    return sum(_weight(feature) for feature in features(a) & features(b))


@lru_cache(maxsize=16384)
def same_question(a: str, b: str) -> float:
    """Like `kinship`, for questions: 能吃吗 and 能喝吗 alone make no two questions the same."""
    common = sum(HALF_WEIGHT if feature in _FAINT else _weight(feature) for feature in features(a) & features(b))
    run = _longest_run(_ASKING.sub("", a), _ASKING.sub("", b))
    return common + (0.3 * run if run >= 3 else 0.0)


def _longest_run(a: str, b: str) -> int:
    """Length of the longest run of Chinese characters that both texts hold."""
    best, row = 0, [0] * (len(b) + 1)
    for char in a:
        new = [0] * (len(b) + 1)
        if "\u4e00" <= char <= "\u9fff":
            for j, other in enumerate(b):
                if char == other:
                    new[j + 1] = row[j] + 1
                    best = max(best, new[j + 1])
        row = new
    return best


@lru_cache(maxsize=16384)
def shared_words(a: str, b: str) -> float:
    """Like `kinship`, from the characters alone."""
    return weight_of(features(a) & features(b))


def weight_of(shared: frozenset[str]) -> float:
    """What shared features weigh, from the characters alone."""
    return sum(_weight(feature) for feature in shared if feature[0] != "#")


def _weight(feature: str) -> float:
    if feature[0] == "#":
        return CONCEPT_WEIGHT
    return HALF_WEIGHT if feature[0] in _COMMON or feature[1] in _COMMON else 1.0


def bare(text: str) -> str:
    """Text without source markers."""
    return _MARKER.sub("", text) if "[[" in text else text


_PLACES = 1021
_POWERS = tuple(1 << i for i in range(_PLACES))


def bigram_mask(text: str) -> int:
    """The text's character bigrams, white space apart, as bits: fast Jaccard among a pool of texts.

    Each bigram has one of `_PLACES` places. Two may share one, so likeness is over-stated now and then, never by much.
    """
    codes = list(map(ord, "".join(text.split())))
    powers, mask = _POWERS, 0
    for a, b in pairwise(codes):
        mask |= powers[(a * 131 + b) % 1021]
    return mask


def spread(
    masks: Sequence[int],
    values: Sequence[float],
    kinds: Sequence[tuple[str, ...]],
    *,
    most: int,
    near: float,
    allowed: Callable[[int], bool],
) -> list[int]:
    """Indexes of up to `most` items, best first, that are mutually at most `near` alike.

    Each pick maximises its value less its likeness to the earlier picks and less how often its kinds were picked.
    """
    left = list(range(len(masks)))
    sharing: dict[str, list[int]] = {}
    for i, kind in enumerate(kinds):
        for each in kind:
            sharing.setdefault(each, []).append(i)
    closest, height = [0.0] * len(masks), list(values)
    picked: list[int] = []
    while left and len(picked) < most:
        best = max(left, key=height.__getitem__)
        left.remove(best)
        if not allowed(best):
            continue
        picked.append(best)
        cost = SAMENESS / len(kinds[best])
        for each in kinds[best]:
            for i in sharing[each]:
                height[i] -= cost
        mask, keep = masks[best], []
        for i in left:
            other = masks[i]
            alike = (mask & other).bit_count() / ((mask | other).bit_count() or 1)
            if alike > closest[i]:
                height[i] -= alike - closest[i]
                closest[i] = alike
            if closest[i] <= near:
                keep.append(i)
        left = keep
    return picked
