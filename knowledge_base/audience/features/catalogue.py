"""What each feature means: catalogue.yaml as values, with `{x}` filled in from the data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from knowledge_base.errors import UnknownIdError

PATH = Path(__file__).with_name("catalogue.yaml")
OPEN = "{x}"


@dataclass(frozen=True, slots=True)
class Feature:
    name: str
    meaning: str
    """Chinese, for people who read a report."""
    unit: str
    window: int
    """Days before the cut-off that are looked at; 0: all."""
    leaks_after: bool
    """Whether its value may come from after the cut-off: models must not train on it."""


@cache
def catalogue() -> tuple[Feature, ...]:
    """Every feature; families such as `category:{x}` once."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rows = yaml.load(PATH.read_text(encoding="utf-8"), Loader=loader)
    return tuple(Feature(**row) for row in rows)


def describe(name: str) -> Feature:
    """The feature of a column, families filled in: `category:食品`. Raises UnknownIdError."""
    exact = _by_name().get(name)
    if exact is not None:
        return exact
    family, sign, value = name.partition(":")
    pattern = _by_name().get(f"{family}:{OPEN}") if sign else None
    if pattern is None:
        from difflib import get_close_matches

        raise UnknownIdError("特征", name, tuple(get_close_matches(name, _by_name(), n=3)))
    return replace(pattern, name=name, meaning=pattern.meaning.replace(OPEN, value))


@cache
def _by_name() -> dict[str, Feature]:
    return {feature.name: feature for feature in catalogue()}
