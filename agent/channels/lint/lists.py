"""Lists as sections with their bullets and numbers written out, which an editor has no reason to touch."""

from __future__ import annotations

from turbohtml import Element, Node, Text

from agent.channels.lint.page import elements, is_html, set_style, style_of
from agent.channels.lint.styles import declarations, merged
from knowledge_base.rules.editor import editor_rules

_LISTS = ("ul", "ol")


def rebuild_lists(root: Element) -> None:
    """Innermost lists last, so that their depth is still known when they are reached."""
    for element in elements(root):
        if is_html(element) and element.tag in _LISTS:
            depth = sum(isinstance(one, Element) and one.tag in _LISTS for one in element.ancestors)
            if depth and not any(name.startswith("padding") for name, _, _ in declarations(style_of(element))):
                set_style(element, merged(style_of(element), {"padding-left": "1.4em"}))
            for number, item in enumerate(_items(element), _start(element)):
                item.attrs["data-bullet"] = _bullet(element, item, number, depth)
    for element in elements(root):
        if is_html(element) and element.tag == "li":
            _rebuild_item(element)
    for element in elements(root):
        if is_html(element) and element.tag in _LISTS:
            for name in [name for name in element.attrs if name != "style"]:
                del element.attrs[name]
            element.tag = "section"


def _items(element: Element) -> list[Element]:
    return [child for child in element if isinstance(child, Element) and child.tag == "li"]


def _start(element: Element) -> int:
    start = element.attr("start") or "1"
    return int(start) if start.lstrip("-").isdecimal() and start.isascii() else 1


def _bullet(element: Element, item: Element, number: int, depth: int) -> str:
    """What stood in front of the item; nothing where the style hid it."""
    for one in (item, element):
        for name, value, _ in declarations(style_of(one)):
            if name in ("list-style", "list-style-type") and "none" in value.split():
                return ""
    bullets = editor_rules().bullets
    return f"{number}." if element.tag == "ol" else bullets[min(depth, len(bullets) - 1)]


def _rebuild_item(item: Element) -> None:
    bullet = item.attr("data-bullet")
    bullet = editor_rules().bullets[0] if bullet is None else bullet
    for name in [name for name in item.attrs if name != "style"]:
        del item.attrs[name]
    item.tag = "section"
    if bullet:
        into: Element = item
        while (first := _first(into)) is not None and isinstance(first, Element) and first.tag in ("p", "section"):
            into = first
        into.insert(0, Text(f"{bullet}\u00a0"))


def _first(element: Element) -> Node | None:
    return next((c for c in element if not (isinstance(c, Text) and not c.data.strip())), None)
