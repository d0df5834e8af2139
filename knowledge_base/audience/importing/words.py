"""columns.yaml and values.yaml as look-up tables."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from knowledge_base.audience.schemas import TABLES, Action, Table
from knowledge_base.ingest.synonyms import header_key

HERE = Path(__file__).resolve().parent


def word_key(text: str) -> str:
    """How values are compared: half-width, lower case, no spaces round it, no separators within."""
    return unicodedata.normalize("NFKC", text).strip().lower().replace(" ", "_").replace("-", "_")


@cache
def fields(kind: Table) -> dict[str, tuple[str, int]]:
    """Header key -> (field, rank); the least rank wins where columns compete for a field."""
    found: dict[str, tuple[str, int]] = {}
    for field, names in _data("columns.yaml")[kind].items():
        for rank, name in enumerate([field, *names.split()]):
            found.setdefault(header_key(name), (field, rank))
    return found


@cache
def required(kind: Table) -> tuple[tuple[str, ...], ...]:
    """Groups of fields of which one must be there."""
    return tuple(tuple(group.split("|")) for group in _data("columns.yaml")["required"][kind])


@cache
def file_words(kind: Table) -> tuple[str, ...]:
    """Words in a file's name that speak for a kind."""
    return tuple(_data("columns.yaml")["names"][kind].split())


@cache
def personal_headers() -> frozenset[str]:
    """Header keys of columns that hold personal data nobody needs here."""
    return frozenset(header_key(name) for name in _data("columns.yaml")["personal"].split())


@cache
def actions() -> dict[str, Action]:
    """Word key -> action."""
    return cast("dict[str, Action]", _lookup(_data("values.yaml")["actions"]))


@cache
def genders() -> dict[str, str]:
    """Word key -> 女 or 男."""
    return _lookup(_data("values.yaml")["genders"])


@cache
def roles() -> dict[str, str]:
    """Word key -> customer or staff."""
    return _lookup(_data("values.yaml")["roles"])


@cache
def answers() -> dict[str, bool]:
    """Word key -> whether it says yes."""
    data = _data("values.yaml")
    return {word_key(word): name == "agree" for name in ("agree", "refuse") for word in data[name].split()}


@cache
def purposes() -> tuple[tuple[str, ...], frozenset[str]]:
    """Purposes that a column's name can speak of, and the words for every purpose."""
    data = _data("values.yaml")
    return tuple(data["purposes"]), frozenset(word_key(word) for word in data["every_purpose"])


@cache
def blanks() -> tuple[str, ...]:
    """Cells that say nothing, in every case they come in."""
    words = _data("values.yaml")["blank"]
    return tuple(dict.fromkeys(form for word in words for form in (word, word.upper(), word.capitalize())))


@cache
def all_headers() -> frozenset[str]:
    """Every header key that means something, to tell a header from data."""
    return frozenset(key for kind in TABLES for key in fields(kind)) | personal_headers()


def _lookup(groups: dict[str, str]) -> dict[str, Any]:
    return {word_key(word): name for name, words in groups.items() for word in [name, *words.split()]}


@cache
def _data(name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((HERE / name).read_text(encoding="utf-8"), Loader=loader)
