"""Records to plain dicts and back, fast and without pydantic, plus the three texts derived from a record.

The plain form holds only strings, numbers, booleans, lists and dicts; fields at their default are left out; `Decimal`
is written without exponent or trailing zeros and dates as ISO days, so equal records always have equal plain forms.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, cast, get_args, get_origin, get_type_hints

from knowledge_base.records import (
    RECORD_TYPES,
    Asset,
    Brand,
    Coupon,
    Exemplar,
    Kind,
    Passage,
    Persona,
    Policy,
    Product,
    Record,
)

Convert = Callable[[Any], Any]
NAME_CHARS = 24
"""Longest stand-in name, in 字, cut from a text that has no name of its own."""


def dump_record(record: Record) -> dict[str, Any]:
    """The plain form: `kind` first, then every field that differs from its default, `source` last."""
    return {"kind": record.kind, **_dump(record)}


def load_record(kind: Kind, data: Mapping[str, Any]) -> Record:
    """The record that a trusted plain form stands for. Checks nothing: anything from outside goes to `parse_record`."""
    return cast(Record, _load(RECORD_TYPES[kind], data))


def content_hash(record: Record) -> str:
    """SHA-256 (hex) of the canonical content: kind, id and fields, but not the source."""
    plain = dump_record(record)
    plain.pop("source", None)
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def record_name(record: Record) -> str:
    """What to call the record in a table or message; never empty."""
    match record:
        case Policy():
            name = record.question
        case Exemplar():
            name = record.title or record.text
        case Passage():
            name = record.title or record.text
        case Asset():
            name = record.alt or record.path
        case _:
            return record.name or record.id
    line = " ".join(name.split())
    return (line if len(line) <= NAME_CHARS or record.kind == "passage" else line[:NAME_CHARS] + "…") or record.id


def search_text(record: Record) -> str:
    """What is embedded and indexed: the words people search by, most telling first, one item a line."""
    return "\n".join(part for part in _search_parts(record) if part)


def _search_parts(record: Record) -> tuple[str, ...]:
    match record:
        case Product():
            proof = tuple(f"{one.name} {one.text}".strip() for one in record.evidence)
            specs = tuple(f"{one.name} {one.value}" for one in record.specs)
            offers = tuple(f"{one.name} {one.text}".strip() for one in record.promotions)
            head = (record.name, *record.aliases, record.brand, record.category)
            body = (*record.selling_points, *record.scenes, *record.ingredients, *specs, *proof, *offers)
            return (*head, *body, *record.faq, record.note)
        case Persona():
            body = (*record.needs, *record.pains, *record.scenes, *record.objections, *record.language)
            return (record.name, record.who, *body, *record.evidence)
        case Brand():
            return (record.name, *record.voice, *record.words_use, record.story, record.sign_off)
        case Policy():
            return (record.question, record.answer, record.category, *record.keywords)
        case Coupon():
            return (record.name, record.code, *record.segments, *record.products)
        case Asset():
            return (record.alt, record.path, record.product)
        case Exemplar() | Passage():
            return (record.title, record.text)


def _dump(value: Any) -> dict[str, Any]:
    plain = {}
    for name, default, encode in _encoders(value.__class__):
        item = getattr(value, name)
        if item != default:
            plain[name] = encode(item) if encode else item
    return plain


def _load(cls: Any, data: Mapping[str, Any]) -> Any:
    decoders = _decoders(cls)
    values = {}
    for name, item in data.items():
        if name in decoders:
            decode = decoders[name]
            values[name] = decode(item) if decode else item
    return cls(**values)


@cache
def _encoders(cls: Any) -> tuple[tuple[str, Any, Convert | None], ...]:
    hints = get_type_hints(cls)
    return tuple((one.name, _default(one), _encoder(hints[one.name])) for one in fields(cls))


@cache
def _decoders(cls: Any) -> dict[str, Convert | None]:
    hints = get_type_hints(cls)
    return {one.name: _decoder(hints[one.name]) for one in fields(cls)}


def _default(one: Any) -> Any:
    # MISSING equals no value, so fields without a default are always written.
    return one.default if one.default is not MISSING else MISSING


def _encoder(hint: Any) -> Convert | None:
    kind = _plain_type(hint)
    if kind is tuple:
        inner = _encoder(get_args(hint)[0])
        return (lambda items: [inner(item) for item in items]) if inner else list
    if kind is Decimal:
        return plain_number
    if kind is date:
        return date.isoformat
    return _dump if is_dataclass(kind) else None


def _decoder(hint: Any) -> Convert | None:
    kind = _plain_type(hint)
    if kind is tuple:
        inner = _decoder(get_args(hint)[0])
        return (lambda items: tuple([inner(item) for item in items])) if inner else tuple
    if kind is Decimal:
        return Decimal
    if kind is date:
        return date.fromisoformat
    return (lambda item: _load(kind, item)) if is_dataclass(kind) else None


def _plain_type(hint: Any) -> Any:
    """`Decimal | None` -> Decimal, `tuple[str, ...]` -> tuple, anything else as it is."""
    options = [one for one in get_args(hint) if one is not type(None)]
    if get_origin(hint) is tuple:
        return tuple
    return options[0] if type(None) in get_args(hint) else hint


def plain_number(value: Decimal) -> str:
    """`69.00` -> `69`, `1E+2` -> `100`, `-0` -> `0`: one spelling for equal amounts."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
