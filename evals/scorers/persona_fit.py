"""Is the copy written for this persona and no other: nearness to its own card against the brand's other cards."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from evals.records import Case, Sampled, Score, Tier
from evals.scorers.persona_card import Cards
from evals.scorers.port import Key, key_of
from evals.scorers.view import Span, View, unreadable, view
from evals.text_metrics import grams, letters
from knowledge_base.records import Persona

if TYPE_CHECKING:
    from evals.suite import SuiteCase

_SILENCE = 0.15
"""Keeps copy that speaks to nobody near 0 rather than at chance."""
_PIECE = 3
"""Letters in a row that must be shared to be shown as evidence."""
_SHOWN = 4


class PersonaFit:
    """Other personas come with the rows, by brand; those given here (a brand's whole list) are added to them."""

    name = "persona"
    tier: Tier = "quality"

    def __init__(self, personas: Sequence[Persona] = ()) -> None:
        self._given = tuple(personas)

    def among(self, case: Case | SuiteCase) -> None:
        """The brand is that of the persona, which the case alone need not name."""

    def together(self, sampled: Sampled) -> str | None:
        """Rows of one brand, unless its personas were given: then each row stands alone."""
        brand = _brand(sampled)
        return None if any(persona.brand == brand for persona in self._given) else brand

    def score_group(self, rows: Sequence[Sampled]) -> Mapping[Key, tuple[Score, ...]]:
        """`persona.fit` in [0, 1], above .5 when nearer to its own persona than to any other, near 0 for copy that
        speaks to nobody; `persona.margin` own nearness less the best other's; `persona.avoid` how many of the words
        this persona dislikes stand in it. None without another persona to compare with."""
        cards = self._cards(rows)
        return {key_of(row): self._score(row, cards) for row in rows if row.context.persona is not None}

    def _cards(self, rows: Sequence[Sampled]) -> dict[str, Cards]:
        by_brand: dict[str, dict[str, Persona]] = defaultdict(dict)
        for persona in self._given:
            by_brand[persona.brand].setdefault(persona.id, persona)
        for row in rows:
            if row.context.persona is not None:
                by_brand[_brand(row)].setdefault(row.context.persona.id, row.context.persona)
        return {brand: _cards_of(_Personas(tuple(found.values()))) for brand, found in by_brand.items()}

    def _score(self, row: Sampled, cards: Mapping[str, Cards]) -> tuple[Score, ...]:
        seen, persona = view(row), row.context.persona
        if seen is None or persona is None:
            return unreadable("persona.fit", row)
        avoided = _avoided(seen, persona)
        card = cards[_brand(row)]
        if len(card.personas) < 2:
            why = "没有别的人设可比：同一品牌至少写给两种人"
            return Score("persona.fit", None, explanation=why), Score("persona.margin", None, explanation=why), avoided
        mine = next(i for i, one in enumerate(card.personas) if one.id == persona.id)
        # 把人设名字遮住，读者仍应猜得出写给谁.
        said = grams(letters(seen.text.replace(persona.name, " ")), 2) if persona.name in seen.text else seen.pairs
        near = card.nearness(said, row.context.products)
        own = near[mine]
        best = max((i for i in range(len(near)) if i != mine), key=lambda i: near[i].value)
        other = near[best]
        fit = own.value / (own.value + other.value + _SILENCE)
        why = f"最近的是自己的“{own.phrase}”" if own.phrase else "没写到这个人的需要、痛点和场景"
        if other.value > max(own.value, _SILENCE):
            why = f"更像写给{card.personas[best].name}的（“{other.phrase}”）"
        evidence = _evidence(seen, card.own_pairs(mine)) if own.phrase else ()
        margin = own.value - other.value
        return (
            Score("persona.fit", fit, margin > 0, why, evidence),
            Score("persona.margin", margin, None, f"离自己 {own.value:.2f}，离最近的别人 {other.value:.2f}"),
            avoided,
        )


def _brand(sampled: Sampled) -> str:
    persona = sampled.context.persona
    return sampled.draft.brief.brand or (persona.brand if persona else "")


def _avoided(seen: View, persona: Persona) -> Score:
    found = [(word, span) for word in persona.avoid if (span := seen.find(word)) is not None]
    why = f"这个人反感的话：{'、'.join(word for word, _ in found)}" if found else "没有这个人反感的话"
    return Score("persona.avoid", float(len(found)), not found, why, tuple(span for _, span in found))


def _evidence(seen: View, own: frozenset[str]) -> tuple[Span, ...]:
    """Runs of letters whose every pair is the persona's own, in the original; the longest few."""
    runs: list[tuple[int, Span]] = []
    for name, text in seen.fields.items():
        for m in re.finditer(r"[^\W_]+", text):
            word, start = m.group().lower(), 0
            for i in range(1, len(word) + 1):
                if i == len(word) or word[i - 1 : i + 1] not in own:
                    if i - start >= _PIECE:
                        runs.append((i - start, (name, m.start() + start, m.start() + i)))
                    start = i
        if len(runs) > 1000:
            break
    runs.sort(key=lambda run: -run[0])
    return tuple(span for _, span in runs[:_SHOWN])


class _Personas:
    """Personas as a cache key by identity; hashing whole cards would cost more than comparing them."""

    __slots__ = ("values",)

    def __init__(self, values: tuple[Persona, ...]) -> None:
        self.values = values

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.values)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Personas) and tuple(map(id, self.values)) == tuple(map(id, other.values))


@lru_cache(maxsize=32)
def _cards_of(personas: _Personas) -> Cards:
    return Cards(sorted(personas.values, key=lambda persona: persona.id))
