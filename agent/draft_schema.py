"""JSON Schema of `--format json` and `wenan log export --format jsonl`, made from the types themselves.

`python -m agent.draft_schema` rewrites docs/schemas/drafts.schema.json; a test fails while the two differ.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from agent.codec import COPY_TYPES, RECORDS
from agent.copies import Copy
from agent.draft import Draft
from agent.label.implicit import KEYS
from knowledge_base.rules.ai_labels import Place, metadata_rule

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "docs" / "schemas" / "drafts.schema.json"
_LEAVES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    Decimal: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
}


def drafts_schema() -> dict[str, Any]:
    """The schema of an object whose `drafts` lists drafts; `#/$defs/Draft` describes one."""
    definitions: dict[str, Any] = {}
    draft = _of(Draft, definitions)
    definitions["Draft"]["properties"]["label"] = {"$ref": "#/$defs/Label"}
    definitions["Label"] = _label()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wenan drafts",
        "description": "What `--format json` prints. Numbers with decimals and money are strings.",
        "type": "object",
        "additionalProperties": False,
        "required": ["drafts"],
        "properties": {"drafts": {"type": "array", "items": draft}},
        "$defs": dict(sorted(definitions.items())),
    }


def _label() -> dict[str, Any]:
    """The AI label beside an exported draft; see agent.present.labelled_dict."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["text", "place", metadata_rule().key],
        "properties": {
            "text": {"type": "string"},
            "place": {"enum": list(get_args(Place))},
            metadata_rule().key: {
                "type": "object",
                "additionalProperties": False,
                "required": list(KEYS),
                "properties": {key: {"type": "string"} for key in KEYS},
            },
        },
    }


def _of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if hint in _LEAVES:
        return dict(_LEAVES[hint])
    if hint == Copy:
        return {"oneOf": [_of(kind, definitions) for kind in COPY_TYPES.values()]}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _of(get_args(hint)[0], definitions)}
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if is_dataclass(hint):
        return _object(hint, definitions)
    options = tuple(option for option in get_args(hint) if option is not NoneType)
    inner = _of(Copy if len(options) > 1 else options[0], definitions)
    return {"anyOf": [inner, {"type": "null"}]}


def _object(cls: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    name = cls.__name__
    if name not in definitions:
        definitions[name] = {}
        hints = get_type_hints(cls)
        own = fields(cls)
        # Records, and what only records hold, leave their empty fields out; see agent.codec.
        sparse = cls in RECORDS or cls.__module__ == "knowledge_base.records"
        needed = [f.name for f in own if not sparse or (f.default is MISSING and f.default_factory is MISSING)]
        properties = {one.name: _of(hints[one.name], definitions) for one in own}
        tag = _tag(cls)
        definitions[name] = {
            "type": "object",
            "additionalProperties": False,
            "required": [*tag, *needed],
            "properties": {**{key: {"const": value} for key, value in tag.items()}, **properties},
        }
    return {"$ref": f"#/$defs/{name}"}


def _tag(cls: Any) -> dict[str, str]:
    """The key that tells kinds of copies and records apart."""
    if cls in RECORDS:
        return {"kind": cls.kind}
    named = next((name for name, kind in COPY_TYPES.items() if kind is cls), "")
    return {"type": named} if named else {}


def as_text() -> str:
    """The file's content."""
    return json.dumps(drafts_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(as_text(), encoding="utf-8", newline="\n")
