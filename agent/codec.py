"""Drafts to plain JSON values and back, without loss; and the JSON Schema of that form.

Every field is written, so that readers of `--format json` need no defaults; only knowledge base records leave their
empty fields out (see `knowledge_base.codec`). Decimals and dates are strings; a copy carries its `type`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from agent.copies import ArticleCopy, Copy, MomentsCopy, ReplyCopy
from agent.draft import Draft
from knowledge_base.codec import dump_record, load_record
from knowledge_base.records import RECORD_TYPES

Convert = Callable[[Any], Any]
COPY_TYPES: dict[str, type[Copy]] = {"article": ArticleCopy, "moments": MomentsCopy, "reply": ReplyCopy}
RECORDS = frozenset(RECORD_TYPES.values())
T = TypeVar("T")
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def draft_to_dict(draft: Draft) -> dict[str, Any]:
    """A draft as dicts, lists, strings, numbers, booleans and None."""
    plain: dict[str, Any] = to_plain(draft)
    return plain


def draft_from_dict(data: Mapping[str, Any]) -> Draft:
    """The draft that `draft_to_dict` wrote. Unknown keys are ignored; a missing needed key raises TypeError."""
    return from_plain(Draft, data)


def to_plain(value: Any) -> Any:
    """The plain form of any value a draft is made of."""
    if value is None:
        return None
    cls: Any = type(value)
    return _encoder(cls)(value)


def from_plain(cls: type[T], data: Any) -> T:
    """The value of type `cls` whose plain form is `data`."""
    hint: Any = cls
    loaded: T = _decoder(hint)(data)
    return loaded


def dumps(plain: Any) -> str:
    """Compact JSON text. A lone surrogate, which UTF-8 cannot hold, makes the whole text ASCII-escaped."""
    text = _COMPACT.encode(plain)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(plain, separators=(",", ":"))
    return text


@cache
def _encoder(cls: Any) -> Convert:
    if cls in RECORDS:
        return dump_record
    if is_dataclass(cls):
        names = tuple(one.name for one in fields(cls))
        tag = next((name for name, kind in COPY_TYPES.items() if kind is cls), None)
        head = {"type": tag} if tag else {}
        return lambda value: head | {name: to_plain(getattr(value, name)) for name in names}
    if cls is tuple:
        return lambda items: [to_plain(item) for item in items]
    if issubclass(cls, Decimal):
        return str
    if issubclass(cls, date):
        return lambda day: day.isoformat()
    return lambda value: value


@cache
def _decoder(hint: Any) -> Convert:
    if hint == Copy:
        return lambda data: from_plain(COPY_TYPES[data["type"]], data)
    options = [one for one in get_args(hint) if one is not NoneType]
    if NoneType in get_args(hint):
        inner = _decoder(Copy if len(options) > 1 else options[0])
        return lambda data: None if data is None else inner(data)
    if get_origin(hint) is tuple:
        item = _decoder(options[0])
        return lambda data: tuple([item(one) for one in data])
    if hint in RECORDS:
        return lambda data: load_record(hint.kind, {k: v for k, v in data.items() if k != "kind"})
    if is_dataclass(hint):
        hints, build = get_type_hints(hint), cast(Callable[..., Any], hint)
        decoders = {one.name: _decoder(hints[one.name]) for one in fields(hint)}
        return lambda data: build(**{name: decode(data[name]) for name, decode in decoders.items() if name in data})
    if hint is datetime or hint is date:
        parse: Convert = hint.fromisoformat
        return parse
    return Decimal if hint is Decimal else (lambda data: data)
