"""What WeChat's article editor keeps and what it does not, as values from editor.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from knowledge_base.errors import BadInputError

EDITOR_FILE = Path(__file__).with_name("editor.yaml")
Severity = Literal["block", "warn", "info"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something does not survive, and how much that matters."""

    severity: Severity
    why: str


@dataclass(frozen=True, slots=True)
class ValueRule:
    """A property that is kept in general but not with such a value."""

    property: str
    """Lower case; * for any."""
    pattern: re.Pattern[str]
    refusal: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorRules:
    """All names in lower case, except those of svg, which have their own case."""

    content_chars: int
    """Content must be shorter than this, tags included."""
    content_bytes: int
    """Content in UTF-8 must be smaller than this."""
    container: Mapping[str, str]
    """Declarations of the editor's container."""
    explicit: Mapping[str, str]
    """Declarations to write out instead, so that the container's do not apply."""
    heading_sizes: Mapping[str, str]
    keep_tags: frozenset[str]
    own_tags: frozenset[str]
    section_tags: frozenset[str]
    span_tags: frozenset[str]
    drop_tags: frozenset[str]
    list_tags: frozenset[str]
    bullets: tuple[str, ...]
    svg_tags: frozenset[str]
    svg_attributes: frozenset[str]
    svg_animated: frozenset[str]
    svg_transforms: frozenset[str]
    attributes: Mapping[str, frozenset[str]]
    """By tag; "" holds those that any tag keeps."""
    attribute_severity: Mapping[str, Severity]
    """Of attributes that go; a name ending in * stands for all that begin so."""
    css: frozenset[str]
    css_refused: Mapping[str, Refusal]
    css_values: tuple[ValueRule, ...]
    link_hosts: frozenset[str]
    image_hosts: frozenset[str]


def parse_editor(text: str, file: str = "editor.yaml") -> EditorRules:
    """Raises BadInputError naming the key that is wrong."""
    import yaml

    try:
        data: Any = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise BadInputError("不是合法的 YAML", file=file, hint=str(error)) from error
    try:
        return _build(data)
    except (KeyError, TypeError, AttributeError, re.error) as error:
        raise BadInputError(f"缺少或写错了：{error}", file=file, hint="对照文件里的注释改。") from error


def _build(data: Any) -> EditorRules:
    for part in ("container", "tags", "lists", "svg", "attributes", "css", "links", "images"):
        data["sources"][data[part]["source"]]
    tags, svg, css, attributes = data["tags"], data["svg"], data["css"], data["attributes"]
    by_tag = {tag: frozenset(names.split()) for tag, names in attributes["by_tag"].items()}
    return EditorRules(
        content_chars=int(data["limits"]["content_chars"]["value"]),
        content_bytes=int(data["limits"]["content_bytes"]["value"]),
        container=MappingProxyType(data["container"]["styles"]),
        explicit=MappingProxyType(data["container"]["explicit"]),
        heading_sizes=MappingProxyType(data["container"]["heading_sizes"]),
        keep_tags=frozenset(tags["keep"].split()),
        own_tags=frozenset(tags["own"].split()),
        section_tags=frozenset(tags["section"].split()),
        span_tags=frozenset(tags["span"].split()),
        drop_tags=frozenset(tags["drop"].split()),
        list_tags=frozenset(data["lists"]["tags"].split()),
        bullets=tuple(data["lists"]["bullets"]),
        svg_tags=frozenset(svg["tags"].split()),
        svg_attributes=frozenset(svg["attributes"].split()),
        svg_animated=frozenset(svg["animated"].split()),
        svg_transforms=frozenset(svg["transforms"].split()),
        attributes=MappingProxyType({"": frozenset(attributes["everywhere"].split()), **by_tag}),
        attribute_severity=MappingProxyType(attributes["severity"]),
        css=frozenset(css["keep"].split()),
        css_refused=MappingProxyType({name: Refusal(**one) for name, one in css["refuse"].items()}),
        css_values=tuple(
            ValueRule(one["property"], re.compile(one["match"]), Refusal(one["severity"], one["why"]))
            for one in css["values"]
        ),
        link_hosts=frozenset(data["links"]["hosts"]),
        image_hosts=frozenset(data["images"]["hosts"]),
    )


@cache
def editor_rules() -> EditorRules:
    """The shipped rules; parsed once a process."""
    return parse_editor(EDITOR_FILE.read_text(encoding="utf-8"), EDITOR_FILE.name)
