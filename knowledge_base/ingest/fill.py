"""One cell -> its place in the data of a record: a `Fill` per target, chosen once per column.

`fill_for(kind, target, column)` returns a function `(data, value) -> None` that coerces the value and adds it to the
mapping that `schema.parse_record` will check. Fills raise `CellError`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from knowledge_base.ingest import coerce
from knowledge_base.ingest.coerce import CellError
from knowledge_base.ingest.kinds import channel_of
from knowledge_base.records import RECORD_TYPES, Evidence, Kind, Promotion, Spec

Fill = Callable[[dict[str, Any], Any], None]
Coerce = Callable[[Any], Any]

_SHORT = (
    "aliases ingredients do_not_say keywords products segments channels words_use words_avoid voice colours emoji "
    "favourite_words"
)
SHORT_LISTS = frozenset(_SHORT.split())
"""List fields whose items are words or short phrases, so that 、 and commas separate them."""
EXACT = frozenset({"id", "code", "number"})
"""Text that must be right to the last character."""
_EMPTY_TEXT = coerce.BLANKS - {"无", "没有", "暂无", "/", "\\"}
_PAIR = re.compile(r"\s*(?P<name>[^：:]{1,20}?)\s*[：:]\s*(?P<value>.+)", re.S)
_UNIT = re.compile(r"^(?P<name>.+?)\s*[（(](?P<unit>[^（()）]{1,4})[)）]$")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_OFFER = re.compile(r"满\s*(?P<least>\d+(?:\.\d+)?)\s*元?\s*(?:减|-)\s*(?P<off>\d+(?:\.\d+)?)")
_OFF = re.compile(r"(?:无门槛|立减|直减|减|抵)\s*(?P<off>\d+(?:\.\d+)?)\s*元?")
_LEAST = re.compile(r"满?\s*(?P<least>\d+(?:\.\d+)?)\s*元?\s*(?:可用|起用|使用|可使用)?")


def fill_for(kind: Kind, target: str, column: str) -> Fill:
    """The function that puts a cell of `column` where `target` says. See `synonyms` for the targets' spelling."""
    field, _, part = target.partition(".")
    if target == "period":
        return _fill_period
    if target == "offer":
        return _fill_offer
    if field == "specs":
        return _spec_named(part, column) if part else _listed("specs", _spec, Spec)
    if field == "evidence" and kind == "product":
        return _evidence_named(part) if part else _listed("evidence", lambda text: {"name": text}, Evidence)
    if field == "promotions":
        return _part(field, part) if part else _listed(field, lambda t: {"name": t[:20], "text": t}, Promotion)
    if field == "link":
        return _part(field, part) if part else _fill_link
    convert = _coerce_for(get_type_hints(RECORD_TYPES[kind])[field], field)
    if field == "threshold":
        convert = _threshold
    if convert is coerce.items or field in SHORT_LISTS:
        return lambda data, value: data.setdefault(field, []).extend(convert(value))
    return lambda data, value: _put(data, field, convert(value))


def text(value: Any) -> Any:
    """Text as written and trimmed; numbers and days spelled out; None when blank. Lists and flags stay as they are."""
    if isinstance(value, str):
        shown = coerce.printable(value)
        return None if shown.lower() in _EMPTY_TEXT else shown
    if isinstance(value, date):
        return value.isoformat()[:10]
    return value


def exact(value: Any) -> Any:
    """Text that identifies something."""
    found = text(value)
    if isinstance(found, str) and coerce.scientific(found):
        raise CellError(f"「{found}」是 Excel 的科学计数法，原来的数字已经丢失；请把这一列设成“文本”格式，再重新导出")
    return found


def _put(data: dict[str, Any], field: str, value: Any) -> None:
    if value is not None:
        data[field] = value


@cache
def _coerce_for(hint: Any, field: str) -> Coerce:
    options = [one for one in get_args(hint) if one is not type(None)]
    plain = options[0] if type(None) in get_args(hint) else hint
    if get_origin(hint) is tuple:
        if is_dataclass(options[0]):
            return lambda value: [_nested(options[0], item) for item in _json(value, list)]
        return (lambda value: coerce.items(value, short=True)) if field in SHORT_LISTS else coerce.items
    if field == "channel":
        return _channel
    if field in EXACT:
        return exact
    by_type: dict[Any, Coerce] = {Decimal: coerce.money, date: coerce.day, int: coerce.whole, bool: coerce.flag}
    return by_type.get(plain, text)


def _nested(cls: Any, value: Any) -> Any:
    """The parts of a nested value, each coerced by its type; anything but a mapping goes on to be refused."""
    if not isinstance(value, dict):
        return value
    hints = get_type_hints(cls)
    parts = {name: _coerce_for(hints[name], name)(one) if name in hints else one for name, one in value.items()}
    return {name: one for name, one in parts.items() if one is not None}


def _json(value: Any, wanted: type) -> Any:
    if isinstance(value, wanted):
        return value
    try:
        found = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if not isinstance(found, wanted):
        raise CellError("这一格要写成 JSON；多层内容更适合放在 yaml 或 json 文件里")
    return found


def _listed(field: str, of_text: Callable[[str], dict[str, Any]], cls: Any) -> Fill:
    """Items written as plain text, as a JSON array in a cell, or as a list of mappings."""

    def fill(data: dict[str, Any], value: Any) -> None:
        if isinstance(value, str) and value.lstrip().startswith("[{"):
            value = _json(value, list)
        if isinstance(value, dict):
            value = (
                [value] if cls is not Spec or "name" in value else [{"name": k, "value": v} for k, v in value.items()]
            )
        if not isinstance(value, list):
            value = coerce.items(text(value) or "")
        found = [of_text(one) if isinstance(one, str) else _nested(cls, one) for one in value]
        data.setdefault(field, []).extend(found)

    return fill


def _spec(written: str) -> dict[str, Any]:
    pair = _PAIR.fullmatch(written)
    return {"name": pair["name"], "value": pair["value"].strip()} if pair else {"name": "规格", "value": written}


def _spec_named(name: str, column: str) -> Fill:
    """`净含量（克）` = 48 becomes 净含量 = 48克, so that the unit is part of the fact."""
    unit = _UNIT.match(name)

    def fill(data: dict[str, Any], value: Any) -> None:
        found = text(value)
        if found is None:
            return
        spec = {"name": name, "value": found}
        if unit and _NUMBER.fullmatch(str(found)):
            spec = {"name": unit["name"], "value": f"{found}{unit['unit']}"}
        data.setdefault("specs", []).append(spec)

    return fill


def _evidence_named(name: str) -> Fill:
    def fill(data: dict[str, Any], value: Any) -> None:
        number = exact(value)
        if number is not None and not coerce.is_blank(number):
            data.setdefault("evidence", []).append({"name": name, "number": number})

    return fill


def _part(field: str, part: str) -> Fill:
    """Parts of one nested value that stand in columns of their own; `finish` puts them together."""
    convert: Coerce = {"start": coerce.day, "end": coerce.day, "price": coerce.money}.get(part, text)

    def fill(data: dict[str, Any], value: Any) -> None:
        found = convert(value)
        if found is not None:
            data.setdefault(f"{field}.", {})[part] = found

    return fill


def finish(data: dict[str, Any]) -> None:
    """Puts parts collected from several columns into their nested value."""
    link = data.pop("link.", None)
    if link:
        data["link"] = {**data.get("link", {}), **link}
    promotion = data.pop("promotions.", None)
    if promotion:
        listed = data.setdefault("promotions", [])
        if listed and isinstance(listed[0], dict):
            listed[0] = {**listed[0], **promotion}
        elif set(promotion) - {"start", "end"}:
            listed.append({"name": "活动价", "text": f"活动价 {promotion.get('price', '')} 元", **promotion})


def _fill_link(data: dict[str, Any], value: Any) -> None:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _json(value, dict)
    if isinstance(value, dict):
        data["link"] = {name: one for name, one in value.items() if one is not None}
    elif (url := text(value)) is not None:
        data["link"] = {"url": url}


def _fill_period(data: dict[str, Any], value: Any) -> None:
    start, end = coerce.period(value)
    data.update({name: one for name, one in (("start", start), ("end", end)) if one})


def _fill_offer(data: dict[str, Any], value: Any) -> None:
    written = coerce.plain(value)
    if found := _OFFER.search(written):
        data["threshold"], data["amount"] = Decimal(found["least"]), Decimal(found["off"])
    elif found := _OFF.search(written):
        data["amount"] = Decimal(found["off"])
    elif not coerce.is_blank(written):
        raise CellError(f"「{written}」看不出满多少减多少；写成 满99减20，或分成 threshold 和 amount 两列")


def _threshold(value: Any) -> Decimal | None:
    written = coerce.plain(value)
    if written in ("无门槛", "不限"):
        return Decimal(0)
    found = _LEAST.fullmatch(written)
    return Decimal(found["least"]) if found else coerce.money(value)


def _channel(value: Any) -> Any:
    return channel_of([str(value)]) or value
