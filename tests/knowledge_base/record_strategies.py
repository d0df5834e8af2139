"""Hypothesis strategies for records of every kind, as files may bring them: trimmed, printable, nothing blank."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from knowledge_base.errors import BadInputError
from knowledge_base.ingest.coerce import BLANKS, printable
from knowledge_base.records import CHANNELS, KINDS, RECORD_TYPES, Kind, Record, Source
from knowledge_base.schema import parse_record

_CHARS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co"), exclude_characters="\u200b")
_PIECES = st.sampled_from(
    [
        "冷水 3 秒化开",
        "0蔗糖",
        "，",
        "；",
        "、",
        "\n",
        "|",
        '"',
        "'",
        ": ",
        "#",
        "- ",
        "1. ",
        "[",
        "{",
        "007",
        "满 99",
        "😀",
    ]
)
TEXT = (
    st.lists(st.one_of(_PIECES, st.text(_CHARS, max_size=4)), min_size=1, max_size=6)
    .map(lambda parts: printable("".join(parts)))
    .filter(lambda text: text.lower() not in BLANKS and text == text.strip())
)
IDS = st.text(st.characters(categories=("L", "N"), codec="utf-8"), min_size=1, max_size=12).filter(
    lambda text: text.lower() not in BLANKS
)
MONEY = st.decimals(min_value=0, max_value=10**7, places=2).map(lambda number: abs(number))
DAYS = st.dates(min_value=date(1000, 1, 1))


def values(hint: Any, name: str) -> st.SearchStrategy[Any]:
    """For one field, by its type."""
    options = [one for one in get_args(hint) if one is not type(None)]
    plain = options[0] if type(None) in get_args(hint) else hint
    if name in ("channel",):
        return st.sampled_from(CHANNELS)
    if get_origin(hint) is tuple:
        inner = parts(options[0]) if is_dataclass(options[0]) else TEXT
        return st.lists(inner, max_size=3)
    if is_dataclass(plain):
        return parts(plain)
    by_type: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXT,
        Decimal: MONEY,
        date: DAYS,
        int: st.integers(0, 10**6),
        float: st.floats(0, 100, allow_nan=False),
        bool: st.booleans(),
    }
    return by_type[plain]


def parts(cls: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with all required and some of the other fields."""
    hints = get_type_hints(cls)
    needed = {one.name for one in fields(cls) if one.default is MISSING}
    every = {one.name: values(hints[one.name], one.name) for one in fields(cls) if one.name != "source"}
    return st.fixed_dictionaries(
        {name: every[name] for name in every if name in needed},
        optional={name: every[name] for name in every if name not in needed},
    )


@st.composite
def records(draw: st.DrawFn, kind: Kind | None = None) -> Record:
    """Any record that passes `parse_record`."""
    kinds: tuple[Kind, ...] = (kind,) if kind else KINDS
    chosen = draw(st.sampled_from(kinds))
    data = draw(parts(RECORD_TYPES[chosen]))
    data["id"] = draw(IDS)
    for dated in (data, *data.get("promotions", ())):
        if isinstance(dated.get("start"), date) and isinstance(dated.get("end"), date):
            dated["start"], dated["end"] = sorted((dated["start"], dated["end"]))
    try:
        return parse_record(chosen, data, Source("x.jsonl", 1))
    except BadInputError as error:
        raise AssertionError(f"{data}: {error}") from error
