"""Who else keeps something about a person: rooms register what they erase, and `audience forget` calls all of them.

from knowledge_base.audience.privacy import erasers
erasers.register("稿件", forget_in_journal)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge_base.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Person:
    pseudonym: str
    original: str
    """The id in the shop's exports; empty when only the pseudonym was given."""

    @property
    def names(self) -> tuple[str, ...]:
        """What texts are searched for."""
        return tuple(word for word in (self.pseudonym, self.original) if len(word) >= LEAST_SEARCHED)


LEAST_SEARCHED = 5
"""Characters of an id from which texts are searched for it; shorter ones (1, 42) stand everywhere for other reasons."""

Eraser = Callable[["Workspace", Person], int]
"""Removes a person from one place and returns how many things it removed. Called again it removes nothing."""

Blind = Callable[["Workspace"], Sequence[str]]
"""What of one place cannot be searched for a person: sentences in Chinese with file, rows and the next step."""

_REGISTERED: dict[str, Eraser] = {}
_BLIND: dict[str, Blind] = {}


def register(name: str, eraser: Eraser, blind: Blind | None = None) -> None:
    """Adds a place under a Chinese name; the same name again replaces it. `blind`: what the eraser cannot search."""
    _REGISTERED[name] = eraser
    if blind is not None:
        _BLIND[name] = blind


def unsearched(workspace: Workspace) -> tuple[str, ...]:
    """What nobody can search for a person, of all places."""
    return tuple(sentence for blind in _BLIND.values() for sentence in blind(workspace))


def registered() -> Mapping[str, Eraser]:
    """All places, in the order they were registered."""
    return MappingProxyType(_REGISTERED)
