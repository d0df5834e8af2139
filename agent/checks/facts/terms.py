"""Finds words of goods.yaml - materials, processes, places - in one pass over a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

GOODS_FILE = Path(__file__).with_name("goods.yaml")
Kind = Literal["technical", "plain", "process", "place"]
_KINDS: dict[str, Kind] = {"technical": "technical", "plain": "plain", "process": "process", "places": "place"}


@dataclass(frozen=True, slots=True)
class Term:
    start: int
    end: int
    """Code-point span."""
    word: str
    """As written."""
    kind: Kind
    key: str
    """The one name of a thing with several: 玻尿酸 for 透明质酸."""


@dataclass(frozen=True, slots=True)
class _Lexicon:
    automaton: Any
    same: dict[str, str]


def terms(text: str) -> Iterator[Term]:
    """Longest words first come, none overlap. Latin words count only when no letter or digit touches them."""
    lexicon = _lexicon()
    for last, (word, kind) in lexicon.automaton.iter_long(text):
        end = last + 1
        start = end - len(word)
        if word[0].isascii() and start and text[start - 1].isascii() and text[start - 1].isalnum():
            continue
        if word[-1].isascii() and end < len(text) and text[end].isascii() and text[end].isalnum():
            continue
        yield Term(start, end, word, kind, lexicon.same.get(word, word))


def canonical(word: str) -> str:
    """The one name of a thing with several."""
    return _lexicon().same.get(word, word)


@cache
def _lexicon() -> _Lexicon:
    import ahocorasick
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: dict[str, dict[str, str]] = yaml.load(GOODS_FILE.read_text(encoding="utf-8"), Loader=loader)
    automaton = ahocorasick.Automaton()
    for name, kind in _KINDS.items():
        for group in data[name].values():
            for word in group.split():
                automaton.add_word(word, (word, kind))
    automaton.make_automaton()
    pairs = (pair.split("=") for group in data["same"].values() for pair in group.split())
    return _Lexicon(automaton, {alias: name for alias, name in pairs})
