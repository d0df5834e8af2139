"""The edge where untrusted mappings become records: strict, and with reasons in Chinese.

`parse_record` is the only way in for data from files, forms or the wire. The other record verbs (`dump_record`,
`load_record`, `content_hash`, `search_text`, `record_name`) live in `codec.py` and are offered here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from knowledge_base.codec import content_hash, dump_record, load_record, record_name, search_text
from knowledge_base.errors import BadInputError
from knowledge_base.labels import FIELD_LABELS, KIND_LABELS, field_label
from knowledge_base.records import (
    RECORD_TYPES,
    Asset,
    Coupon,
    Exemplar,
    Kind,
    Passage,
    Policy,
    Product,
    Promotion,
    Record,
    Source,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

__all__ = [
    "content_hash",
    "dump_record",
    "json_schema",
    "load_record",
    "parse_record",
    "record_name",
    "search_text",
]

MAX_ID_CHARS = 200

_REASONS = {
    "missing": "必填，但没有值",
    "unexpected_keyword_argument": "没有这个字段",
    "extra_forbidden": "没有这个字段",
    "string_type": "应当是文字",
    "string_unicode": "含有无法显示的字符",
    "decimal_parsing": "不是数",
    "decimal_type": "不是数",
    "finite_number": "不是有限的数",
    "int_parsing": "不是整数",
    "int_type": "不是整数",
    "int_from_float": "不是整数",
    "float_parsing": "不是数",
    "bool_parsing": "应当是 是/否",
    "bool_type": "应当是 是/否",
    "date_parsing": "不是日期，写成 2026-11-01",
    "date_type": "不是日期，写成 2026-11-01",
    "date_from_datetime_parsing": "不是日期，写成 2026-11-01",
    "date_from_datetime_inexact": "应当只有日期，不带时刻",
    "tuple_type": "应当是列表",
    "dataclass_type": "应当是一组字段",
    "literal_error": "只能是 {expected}",
    "invalid_key": "字段名应当是文字",
}


def parse_record(kind: Kind, data: Mapping[str, Any], source: Source) -> Record:
    """The record that `data` (record field names -> values) describes, with `source.sha256` filled in.

    Values may be spelled loosely where that is unambiguous ("69" for a Decimal, ISO text for a date, 48 for text);
    keys must be fields of the kind; `kind` and `source` keys are dropped and None means absent.
    Raises BadInputError naming file, row, the first bad field and the reason of each.
    """
    from pydantic import ValidationError

    values = {key: value for key, value in data.items() if value is not None and key not in ("kind", "source")}
    try:
        record = _adapter(kind).validate_python((values,))[0]
    except ValidationError as error:
        raise _explain(kind, error, source) from error
    problem = _implausible(record)
    if problem:
        field, reason = problem
        raise BadInputError(reason, file=source.file, row=source.row, field=field_label(field))
    return replace(record, source=Source(source.file, source.row, content_hash(record)))


def json_schema(kind: Kind) -> dict[str, Any]:
    """JSON Schema of the mapping that `parse_record` takes (without `source`)."""
    whole = _adapter(kind).json_schema()
    definitions = dict(whole["$defs"])
    own = dict(definitions.pop(RECORD_TYPES[kind].__name__))
    own["properties"] = {"kind": {"const": kind}} | {
        name: {"description": FIELD_LABELS[name], **shape}
        for name, shape in own["properties"].items()
        if name != "source"
    }
    definitions.pop("Source", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **own, "$defs": definitions}


@cache
def _adapter(kind: Kind) -> TypeAdapter[tuple[Record]]:
    from pydantic import ConfigDict, TypeAdapter

    # A one-tuple, because pydantic takes a config for containers but not for a plain dataclass, which inherits it.
    config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, str_strip_whitespace=True)
    shape: Any = tuple.__class_getitem__(RECORD_TYPES[kind])
    return TypeAdapter(shape, config=config)


def _implausible(record: Record) -> tuple[str, str] | None:
    """(field, reason) of what fits the types but cannot be meant."""
    if not record.id:
        return "id", "不能为空"
    if len(record.id) > MAX_ID_CHARS or not record.id.isprintable():
        return "id", f"最多 {MAX_ID_CHARS} 个字，不能有换行等不可见字符"
    for field in _needed(record):
        if not getattr(record, field):
            return field, "不能为空"
    match record:
        case Product():
            if record.price is not None and record.price < 0:
                return "price", "不能小于 0"
            if any(_backwards(one) for one in record.promotions):
                return "promotions", "有一项优惠的开始日期晚于结束日期"
        case Coupon():
            for field in ("threshold", "amount", "stock"):
                if (getattr(record, field) or 0) < 0:
                    return field, "不能小于 0"
    if isinstance(record, (Policy, Coupon)) and _backwards(record):
        return "start", "开始日期晚于结束日期"
    return None


def _needed(record: Record) -> tuple[str, ...]:
    match record:
        case Policy():
            return ("question", "answer")
        case Asset():
            return ("path",)
        case Exemplar() | Passage():
            return ("text",)
        case _:
            return ("name",)


def _backwards(dated: Promotion | Policy | Coupon) -> bool:
    return dated.start is not None and dated.end is not None and dated.start > dated.end


def _explain(kind: Kind, error: ValidationError, source: Source) -> BadInputError:
    reasons, first = [], ""
    for one in error.errors(include_url=False):
        place = [str(part) for part in one["loc"][1:] if part != RECORD_TYPES[kind].__name__]
        field = place[0] if place else KIND_LABELS[kind]
        reason = _REASONS.get(one["type"], one["msg"]).format(**one.get("ctx", {}))
        reason = reason.replace("', '", "'、'").replace("' or '", "'、'")
        if one["type"] not in ("missing", "extra_forbidden", "unexpected_keyword_argument"):
            reason += f"（现在是 {_short(one['input'])}）"
        where = ".".join(place[1:])
        reason = f"{where} {reason}" if where else reason
        first = first or field
        reasons.append(reason if field == first else f"{field_label(field)} {reason}")
    unknown = any(one["type"] in ("extra_forbidden", "unexpected_keyword_argument") for one in error.errors())
    hint = f"{KIND_LABELS[kind]}的字段有：{'、'.join(json_schema(kind)['properties'])}。" if unknown else ""
    return BadInputError("；".join(reasons), file=source.file, row=source.row, field=field_label(first), hint=hint)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 30 else text[:30] + "…"
