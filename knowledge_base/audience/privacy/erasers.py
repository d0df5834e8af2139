"""Who else keeps something about a person: rooms register what they erase, and `audience forget` calls all of them.

from knowledge_base.audience.privacy import erasers
erasers.register("稿件", forget_in_journal)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

_REGISTERED: dict[str, Eraser] = {}


def register(name: str, eraser: Eraser) -> None:
    """Adds a place under a Chinese name; the same name again replaces it."""
    _REGISTERED[name] = eraser


def registered() -> Mapping[str, Eraser]:
    """All places, in the order they were registered."""
    return MappingProxyType(_REGISTERED)
