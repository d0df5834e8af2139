"""Whether a JSON Schema is one that structured output accepts everywhere.

Source of the rules: OpenAI's structured output guide (strict mode): the root is an object, every object forbids
additional properties and requires all of its own; other vendors accept a superset of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_TYPES = frozenset({"object", "array", "string", "boolean", "number", "integer", "null"})
_KEYWORDS = frozenset(
    {
        "type",
        "title",
        "description",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "anyOf",
        "$defs",
    }
    | {"$ref", "const"}
)
ROOT = "答案"


def schema_problems(schema: Mapping[str, Any]) -> list[str]:
    """Everything that strict mode would refuse, each with the place it is about. Empty when fine."""
    problems = [] if schema.get("type") == "object" else [f"{ROOT}最外层要是 object"]
    return problems + list(_problems(schema, ROOT))


def _problems(node: Any, at: str) -> Iterator[str]:
    if not isinstance(node, Mapping):
        yield f"{at} 要写成对象"
        return
    if unknown := sorted(node.keys() - _KEYWORDS):
        yield f"{at} 用了严格模式不支持的 {'、'.join(unknown)}"
    types = node.get("type")
    for name in types if isinstance(types, list) else [types] if types is not None else []:
        if name not in _TYPES:
            yield f"{at} 的类型「{name}」不存在"
    if types is None and not node.keys() & {"enum", "anyOf", "$ref", "const"}:
        yield f"{at} 没有写 type"
    if types == "object":
        yield from _object(node, at)
    if types == "array":
        if "items" in node:
            yield from _problems(node["items"], f"{at}[]")
        else:
            yield f"{at} 没有写 items"
    for i, option in enumerate(node.get("anyOf", ())):
        yield from _problems(option, f"{at} 的第 {i + 1} 种")
    for name, definition in node.get("$defs", {}).items():
        yield from _problems(definition, f"$defs.{name}")


def _object(node: Mapping[str, Any], at: str) -> Iterator[str]:
    properties = node.get("properties", {})
    if node.get("additionalProperties") is not False:
        yield f"{at} 要写 additionalProperties: false"
    if missing := [name for name in properties if name not in node.get("required", ())]:
        yield f"{at} 的 required 缺少 {'、'.join(missing)}（严格模式要求全部必填，可以允许空值）"
    if extra := [name for name in node.get("required", ()) if name not in properties]:
        yield f"{at} 的 required 里有 properties 没有的 {'、'.join(extra)}"
    for name, inner in properties.items():
        yield from _problems(inner, f"{at}.{name}")
