"""Words of a title that a line break should not tear: named ones, and those that the dictionary of rjieba knows."""

from __future__ import annotations

from collections.abc import Iterable


def words_of(title: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """`names` found in `title`, and its words of at least two characters, each once."""
    import rjieba

    named = (name for name in names if len(name) > 1 and name in title)
    return tuple(dict.fromkeys((*named, *(word for word in rjieba.cut(title) if len(word.strip()) > 1))))
