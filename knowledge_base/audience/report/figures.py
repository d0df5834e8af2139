"""Numbers as the page writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

NONE = "—"
NOTE = re.compile(r"（[^）]*）$")
"""What a meaning adds in brackets at its end."""


def whole(value: float | None) -> str:
    """Counts; null is a count too small to be shown."""
    return NONE if value is None else f"{value:,.0f}"


def share(value: float | None, digits: int = 0) -> str:
    """0..1 as per cent; small shares keep one decimal, so that they do not read as nothing."""
    if value is None or value != value:
        return NONE
    return f"{value:.{1 if 0 < abs(value) < 0.095 and not digits else digits}%}"


def number(value: float | None, digits: int = 2) -> str:
    """A plain number."""
    return NONE if value is None or value != value else f"{value:.{digits}f}"


def amount(value: float | None) -> str:
    """Of any size, three digits that matter."""
    if value is None or value != value:
        return NONE
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def interval(one: Mapping[str, Any] | None, digits: int = 2) -> str:
    """An estimate with its 95 % interval."""
    if not one or one.get("value") is None:
        return NONE
    low, high = one.get("low"), one.get("high")
    ends = "" if low is None or high is None else f"（{low:.{digits}f}～{high:.{digits}f}）"
    return f"{one['value']:.{digits}f}{ends}"


def day(text: str | None) -> str:
    """The local date of an ISO time."""
    if not text:
        return NONE
    moment = datetime.fromisoformat(text)
    return f"{moment.astimezone() if moment.tzinfo else moment:%Y-%m-%d}"


def meaning(feature: str) -> str:
    """What a feature is called in the catalogue, without what follows the semicolon; itself when it is no feature."""
    from knowledge_base.audience.fairness import PROTECTED
    from knowledge_base.audience.features.catalogue import describe
    from knowledge_base.errors import UnknownIdError

    if feature in PROTECTED:
        return PROTECTED[feature]
    try:
        return NOTE.sub("", describe(feature).meaning.partition("；")[0])
    except UnknownIdError:
        return feature


def unit(feature: str) -> str:
    """The catalogue's unit where it says something."""
    from knowledge_base.audience.features.catalogue import describe
    from knowledge_base.errors import UnknownIdError

    try:
        found = describe(feature).unit
    except UnknownIdError:
        return ""
    return found if found in ("天", "次", "元", "个") else ""


def feature_value(feature: str, value: float) -> str:
    """A value with the feature's unit; shares as per cent."""
    from knowledge_base.audience.features.catalogue import describe
    from knowledge_base.errors import UnknownIdError

    try:
        shares = describe(feature).unit == "0 到 1"
    except UnknownIdError:
        shares = False
    return share(value) if shares else f"{amount(value)}{unit(feature)}"
