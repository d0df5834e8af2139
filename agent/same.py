"""A cache by identity: records are frozen and long-lived, and hashing all their fields costs more than reading them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class _Same(Generic[K]):
    """Equal to itself only. Holds its value, so that no other can take the same id while the cache knows it."""

    __slots__ = ("value",)

    def __init__(self, value: K) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value


def cached_by_identity(maxsize: int) -> Callable[[Callable[[K], V]], Callable[[K], V]]:
    """Decorator for functions of one record: the result is kept for the `maxsize` records used last."""

    def decorate(function: Callable[[K], V]) -> Callable[[K], V]:
        kept = lru_cache(maxsize=maxsize)(lambda key: function(key.value))

        @wraps(function)
        def look(value: K) -> V:
            return kept(_Same(value))

        return look

    return decorate
