"""Words the brand's own texts never use, out of those that make copy sound like a machine or a billboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge_base.brand_learn.texts import PastText, sentence_chars

FILE = Path(__file__).with_name("avoid.yaml")
MIN_CHARS = 1000
"""Never using a word proves nothing in texts of fewer 字 than this."""
MIN_USES = 4
"""Uses of one side of a pair, in at least two texts, before the other side counts as avoided."""


@dataclass(frozen=True, slots=True)
class Avoided:
    word: str
    instead: str = ""
    """The side of the pair that the brand does use; empty for words without one."""
    uses: int = 0
    """How often it uses that side."""


@dataclass(frozen=True, slots=True)
class Avoidance:
    avoided: tuple[Avoided, ...] = ()
    still_used: tuple[tuple[str, int], ...] = ()
    """Words of the list that the brand does use, with their counts: it may, so they are not proposed."""
    enough: bool = True
    """False when there is too little text to conclude anything."""


def avoidance(texts: Sequence[PastText]) -> Avoidance:
    """What the brand never says. Pairs come first, since they tell what to say instead."""
    plain = [text.plain + "\n" + text.title for text in texts]
    if sum(sentence_chars(text) for text in plain) < MIN_CHARS:
        return Avoidance(enough=False)
    words, pairs = _lists()
    avoided: dict[str, Avoided] = {}
    for one, other in pairs:
        for used, unused in ((one, other), (other, one)):
            uses = [text.replace(unused, "").count(used) for text in plain]
            common = sum(uses) >= MIN_USES and sum(map(bool, uses)) >= 2
            if common and not any(unused in text for text in plain):
                avoided[unused] = Avoided(unused, used, sum(uses))
    counts = {word: sum(text.count(word) for text in plain) for word in words}
    avoided |= {word: Avoided(word) for word, count in counts.items() if not count and word not in avoided}
    return Avoidance(tuple(avoided.values()), tuple((word, count) for word, count in counts.items() if count))


@cache
def _lists() -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    import yaml

    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(data["ai_words"]), tuple((one, other) for one, other in data["pairs"])
