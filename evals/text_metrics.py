"""How alike two Chinese texts are: foldings, character n-grams, ROUGE-L, chrF, BLEU and self-BLEU. Pure functions.

All of them count characters, since splitting Chinese at blanks makes one word of a sentence and every score 0 or 1.
Texts are compared folded: NFKC, full and half width alike, lower case, simplified characters, without blanks.
Libraries load on first use: rapidfuzz for ROUGE-L, sacrebleu for chrF and BLEU, OpenCC for traditional characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

MAX_CHARS = 20_000
"""Reference metrics read this much of a text, an article's limit: the longest common subsequence takes n x m steps."""
CHRF_ORDER = 4
"""Longest character n-gram of chrF. The metric's usual 6 was chosen for letters; six Chinese characters are a clause,
and one changed character of 20 would then cost 21 % (Popović 2015, https://aclanthology.org/W15-3049, names 6)."""
NEIGHBOURS = 16
"""Self-BLEU compares a text with this many of its nearest companions. BLEU takes the best match of each n-gram over all
references, so farther ones hardly change it."""
OPENING = 6
"""Letters in which two openings must agree to read as the same."""

_PIECE = 1024
# GB 2312 holds the simplified characters, and these few that OpenCC still calls traditional.
_BOTH = frozenset("乾菸薹拚捱摺吒後徵夥榘於袷麴醣麽")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")
_SENTENCE = re.compile(r"[^。！？!?；;…\n]+")


def fold(text: str) -> str:
    """The text as it is compared, marks kept, blanks dropped. Linear in its length; lone surrogates stay."""
    return _normal(text).translate(_CHARACTERS)


def letters(text: str) -> str:
    """`fold` without marks, symbols and emoji: letters, digits and Chinese characters alone."""
    return _normal(text).translate(_LETTERS)


def locate(text: str, wanted: str) -> tuple[int, int] | None:
    """Where the letters of `wanted` first stand in `text`: its span in code points of `text`; None for nowhere.

    Blanks, marks and widths may differ: ３ 秒 is found in 只要3秒.
    """
    needle = wanted.translate(_LETTERS)
    if not needle:
        return None
    if (at := text.find(wanted)) >= 0 and wanted[0].isalnum() and wanted[-1].isalnum():
        return at, at + len(wanted)
    spelled = [(i, part) for i, c in enumerate(text) if (part := _LETTERS[ord(c)])]
    at = "".join(part for _, part in spelled).find(needle)
    if at < 0:
        return None
    places = [i for i, part in spelled for _ in part]
    return places[at], places[at + len(needle) - 1] + 1


def ngrams(text: str, n: int) -> frozenset[str]:
    """Character n-grams of a text's letters."""
    return grams(letters(text), n)


def grams(plain: str, n: int) -> frozenset[str]:
    """Character n-grams of a text folded already."""
    return frozenset(plain[i : i + n] for i in range(len(plain) - n + 1))


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard index of two sets in [0, 1]; 0 when both are empty."""
    union = len(a | b)
    return len(a & b) / union if union else 0.0


def containment(part: frozenset[str], whole: frozenset[str]) -> float:
    """Share of `part` that stands in `whole`, in [0, 1]; 0 for an empty part."""
    return len(part & whole) / len(part) if part else 0.0


def jaccard(a: str, b: str, n: int = 2) -> float:
    """Jaccard index of the character n-grams of two texts, in [0, 1]; symmetric; 1 for texts alike when folded."""
    left, right = letters(a), letters(b)
    return 1.0 if left == right else overlap(grams(left, n), grams(right, n))


def rouge_l(candidate: str, reference: str) -> float:
    """F1 of the longest common subsequence of characters, in [0, 1]; symmetric (Lin 2004, aclanthology.org/W04-1013).

    1 for texts alike when folded, two empty ones included. Reads `MAX_CHARS` of each.
    """
    left, right = _short(candidate), _short(reference)
    if left == right:
        return 1.0
    if not left or not right:
        return 0.0
    from rapidfuzz.distance import LCSseq

    return 2 * LCSseq.similarity(left, right) / (len(left) + len(right))


def chrf(candidate: str, reference: str) -> float:
    """sacrebleu's chrF2 on folded characters up to `CHRF_ORDER`, in [0, 1]; 1 for texts alike when folded."""
    left, right = _short(candidate), _short(reference)
    if left == right:
        return 1.0
    return _share(_chrf().sentence_score(_spelled(left), [_spelled(right)]).score) if left and right else 0.0


def bleu(candidate: str, references: Sequence[str]) -> float:
    """sacrebleu's BLEU-4 on folded characters, in [0, 1]; 1 when alike to a reference. Short texts use the n-grams
    they have (effective order). 0 without references."""
    left, others = _short(candidate), [_short(one) for one in references]
    if left in others:
        return 1.0
    others = [_spelled(one) for one in others if one]
    return _share(_bleu().sentence_score(_spelled(left), others).score) if left and others else 0.0


def self_bleu(texts: Sequence[str]) -> tuple[float, ...]:
    """BLEU of each text against the others, in [0, 1]: 1 is a copy of another (Zhu et al. 2018, arXiv:1802.01886).

    Of many others only the `NEIGHBOURS` nearest by character pairs are used. A text alone gets 0.
    """
    sets = [ngrams(text, 2) for text in texts]
    found = []
    for i, text in enumerate(texts):
        others = sorted((j for j in range(len(texts)) if j != i), key=lambda j: (-overlap(sets[i], sets[j]), j))
        found.append(bleu(text, [texts[j] for j in others[:NEIGHBOURS]]))
    return tuple(found)


def opening(text: str) -> str:
    """The first `OPENING` letters, by which repeated openings are told."""
    return letters(text[: OPENING * 8])[:OPENING]


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of the sentences, without their end marks and blanks round them; empty ones left out."""
    return tuple(_trimmed(text, m.start(), m.end()) for m in _SENTENCE.finditer(text) if not m.group().isspace())


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """Cosine of two vectors in [-1, 1]; 0 when one of them is zero."""
    norm = (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5
    return max(-1.0, min(1.0, sum(x * y for x, y in zip(a, b, strict=True)) / norm)) if norm else 0.0


def mean(values: Iterable[float]) -> float:
    """Arithmetic mean; 0 for nothing."""
    kept = tuple(values)
    return sum(kept) / len(kept) if kept else 0.0


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _normal(text: str) -> str:
    # Canonical ordering is quadratic in a run of combining marks, so a long text is taken piece by piece.
    if len(text) <= _PIECE:
        return unicodedata.normalize("NFKC", text)
    return "".join(unicodedata.normalize("NFKC", text[i : i + _PIECE]) for i in range(0, len(text), _PIECE))


@lru_cache(maxsize=256)
def _short(text: str) -> str:
    return fold(text[:MAX_CHARS])


def _spelled(text: str) -> str:
    """sacrebleu hashes and encodes its input, which a lone surrogate would break."""
    return text.encode("utf-8", "replace").decode()


def _share(percent: float) -> float:
    return min(1.0, max(0.0, percent / 100))


@cache
def _chrf() -> Any:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF(char_order=CHRF_ORDER)


@cache
def _bleu() -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize="char", effective_order=True)


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def _simple(character: str) -> str:
    if character not in _BOTH:
        try:
            character.encode("gb2312")
        except UnicodeEncodeError:
            pass
        else:
            return character
    return str(_converter().convert(character))


class _Folding(dict[int, str]):
    """For `str.translate`: spells a character when it is first met."""

    def __init__(self, *, marks: bool) -> None:
        super().__init__()
        self._marks = marks

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code)).casefold()
        spelled = "".join(_simple(c) if _HAN.match(c) else c for c in plain)
        kept = "".join(c for c in spelled if not c.isspace() and (self._marks or c.isalnum()))
        self[code] = kept
        return kept


_CHARACTERS = _Folding(marks=True)
_LETTERS = _Folding(marks=False)
