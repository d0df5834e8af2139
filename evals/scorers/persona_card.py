"""What the personas of a brand share and what each has alone: character pairs weighted by how few cards hold them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from math import fsum, log, sqrt
from typing import NamedTuple

from agent.same import cached_by_identity
from evals.text_metrics import ngrams
from knowledge_base.records import Persona, Product

SHARED = 0.3
"""Weight of words that stand in the product's own record: whoever it is for, its copy says them."""
_LEAST = 3.0
"""Weight below which a phrase is too short to be covered by chance."""
_BEST = 3
"""Phrases of a card that count: one good scene says more than a word from each."""


class Nearness(NamedTuple):
    value: float
    """From 0 up: nothing in common."""
    phrase: str
    """The phrase of the card that the copy comes nearest to; empty for none."""


class Cards:
    """The persona cards of one brand, as they differ from each other."""

    def __init__(self, personas: Sequence[Persona]) -> None:
        self.personas = tuple(personas)
        phrases = [phrases_of(persona) for persona in personas]
        pairs = [frozenset().union(*map(phrase_pairs, texts)) for texts in phrases]
        held = Counter(pair for card in pairs for pair in card)
        self._weight = {pair: log((len(pairs) + 1) / count) for pair, count in held.items()}
        self._norm = [sqrt(fsum(self._weight[pair] ** 2 for pair in card)) or 1.0 for card in pairs]
        self._phrases = phrases
        self._full = [
            [max(_LEAST, fsum(self._weight[pair] for pair in phrase_pairs(text))) for text in texts]
            for texts in phrases
        ]
        self._places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for i, texts in enumerate(phrases):
            for j, text in enumerate(texts):
                for pair in phrase_pairs(text):
                    self._places[pair].append((i, j))

    def nearness(self, said: frozenset[str], products: Sequence[Product]) -> tuple[Nearness, ...]:
        """How near copy with these character pairs is to each persona, in the order of `personas`.

        The tf-idf overlap with the card plus the squared coverage of its three best-covered phrases, since one whole
        scene told is worth more than scattered words. Product names count nothing.
        """
        names = frozenset().union(*(_names(product) for product in products))
        record = frozenset().union(*(_record(product) for product in products))
        sums = [0.0] * len(self.personas)
        covered: list[dict[int, float]] = [defaultdict(float) for _ in self.personas]
        # In order, so that sums come out the same in every process.
        for pair in sorted((said & self._weight.keys()) - names):
            weight = self._weight[pair] * (SHARED if pair in record else 1.0)
            seen = set()
            for i, j in self._places[pair]:
                covered[i][j] += weight
                if i not in seen:
                    seen.add(i)
                    sums[i] += weight
        return tuple(self._nearness(i, sums[i], covered[i], len(said)) for i in range(len(self.personas)))

    def own_pairs(self, index: int) -> frozenset[str]:
        return frozenset().union(*map(phrase_pairs, self._phrases[index]))

    def _nearness(self, i: int, total: float, covered: dict[int, float], size: int) -> Nearness:
        shares = sorted(((weight / self._full[i][j], j) for j, weight in covered.items()), reverse=True)
        value = total / self._norm[i] / sqrt(max(size, 1)) + sum(share**2 for share, _ in shares[:_BEST])
        return Nearness(value, self._phrases[i][shares[0][1]] if shares else "")


def phrases_of(persona: Persona) -> tuple[str, ...]:
    """What copy for this persona would be about, in the card's own words."""
    return (*persona.scenes, *persona.pains, *persona.needs, *persona.objections, *persona.language)


@lru_cache(maxsize=4096)
def phrase_pairs(text: str) -> frozenset[str]:
    return ngrams(text, 2)


@cached_by_identity(256)
def _names(product: Product) -> frozenset[str]:
    return frozenset().union(*(phrase_pairs(name) for name in (product.name, *product.aliases)))


@cached_by_identity(256)
def _record(product: Product) -> frozenset[str]:
    """What the record says of the product itself. Its scenes are left out: they belong to the people in them."""
    texts = (
        *product.selling_points, *product.ingredients, *product.faq, *(spec.value for spec in product.specs),
        *(f"{proof.name}，{proof.text}" for proof in product.evidence),
    )  # fmt: skip
    return frozenset().union(*map(phrase_pairs, texts))
