"""What is remembered of one person: timers that run, looks that count, hits that were. Never an original id."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Pending(NamedTuple):
    """A hit that comes true at `due` unless something cancels it."""

    due: int
    order: int
    """Of its rule, so that ties are settled the same way every time."""
    rule: str
    item: str
    since: int
    text: str = ""


class Past(NamedTuple):
    """A hit that was."""

    at: int
    rule: str
    item: str
    since: int
    id: str


@dataclass(slots=True)
class Person:
    last: int = 0
    """Last sign of life, microseconds; 0 when none was seen."""
    item: str = ""
    """The last article of which something was done."""
    pending: list[Pending] = field(default_factory=list)
    looks: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """Rule -> article -> times that count, ascending."""
    wants: dict[str, int] = field(default_factory=dict)
    """Article -> when it was last wanted."""
    hits: list[Past] = field(default_factory=list)
    """Ascending by time."""

    @property
    def empty(self) -> bool:
        """Nothing left that could change what happens."""
        return not (self.pending or self.looks or self.wants or self.hits)

    def dump(self) -> str:
        """Compact JSON."""
        return json.dumps(
            [self.last, self.item, self.pending, self.looks, self.wants, self.hits],
            ensure_ascii=False,
            separators=(",", ":"),
        )


def load(text: str) -> Person:
    """What `dump` wrote."""
    values: list[Any] = json.loads(text)
    last, item, pending, looks, wants, hits = values
    return Person(last, item, [Pending(*one) for one in pending], looks, wants, [Past(*one) for one in hits])
