"""Inline styles: their declarations, and which of them WeChat's editor would take away. Adapter of tinycss2."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import tinycss2  # type: ignore[import-untyped]

from knowledge_base.rules.editor import Refusal, editor_rules

UNKNOWN = Refusal("info", "不在已知会保留的样式里")
BROKEN = Refusal("info", "不是合格的样式声明")


@lru_cache(maxsize=4096)
def declarations(style: str) -> tuple[tuple[str, str, str], ...]:
    """(property in lower case, value, declaration as text) in order; the property is empty where there is none."""
    found = []
    for node in tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            important = "!important" if node.important else ""
            value = tinycss2.serialize(node.value).strip()
            found.append(
                (node.name if node.name.startswith("--") else node.lower_name, value, f"{node.name}:{value}{important}")
            )
        else:
            text = node.serialize() if node.type != "error" else ""
            found.append(("", "", text.strip()))
    return tuple(found)


@lru_cache(maxsize=4096)
def refused(style: str) -> tuple[tuple[str, Refusal], ...]:
    """The declarations that would go, each with the reason; empty when all stay."""
    return tuple((text, why) for name, value, text in declarations(style) if (why := refusal(name, value)) is not None)


@lru_cache(maxsize=4096)
def kept(style: str) -> str:
    """The style without what would go; the same text when all stays."""
    if not refused(style):
        return style
    return ";".join(text for name, value, text in declarations(style) if refusal(name, value) is None)


@lru_cache(maxsize=8192)
def refusal(name: str, value: str) -> Refusal | None:
    """Why a declaration would go; None when it stays."""
    rules = editor_rules()
    if not name:
        return BROKEN
    for key, reason in rules.css_refused.items():
        if name == key or (key.endswith("*") and name.startswith(key[:-1])):
            return reason
    lowered = value.lower()
    for rule in rules.css_values:
        if rule.property in ("*", name) and rule.pattern.search(lowered):
            return rule.refusal
    return None if name in rules.css else UNKNOWN


def merged(style: str, added: Mapping[str, str]) -> str:
    """The style with declarations put in front of it: its own, coming later, win."""
    front = ";".join(f"{name}:{value}" for name, value in added.items())
    return ";".join(part for part in (front, style.strip()) if part)
