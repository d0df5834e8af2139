"""The page as it would come out of WeChat's editor: what goes is gone, what is rewritten is rewritten.

Where the editor's versions differ, the worst is shown. Built apart from the lint, over the same rules: what the lint
passes must come out unchanged.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from turbohtml import Element, Node, Text

from agent.channels.lint.fates import attribute_stays, link_stays, picture_stays, tag_fate
from agent.channels.lint.page import (
    Page,
    comments,
    elements,
    is_html,
    is_svg,
    read_page,
    set_style,
    style_of,
    texts,
)
from agent.channels.lint.shape import breaks, collapsed, is_empty, missing_base, preformatted, split_lines, wrap_strays
from agent.channels.lint.styles import kept, merged
from knowledge_base.rules.editor import editor_rules

_PIECES = re.compile(r"<[^>]*>|[^<]+")


@dataclass(frozen=True, slots=True)
class Simulated:
    before: str
    """The content as the parser reads it."""
    after: str
    """The content as the editor would give it back."""

    @property
    def unchanged(self) -> bool:
        return self.before == self.after

    def diff(self) -> list[str]:
        """Unified diff, a tag or a text a line."""
        old, new = (_PIECES.findall(html) for html in (self.before, self.after))
        return [line.rstrip("\n") for line in difflib.unified_diff(old, new, "粘贴前", "保存后", lineterm="", n=1)]


def simulate(html: str) -> Simulated:
    """Never fails, and keeps every word that a reader would have seen."""
    return simulate_page(read_page(html))


def simulate_page(page: Page) -> Simulated:
    """`simulate` for a page that is read already. Changes its tree."""
    root = page.root
    before = root.inner_html
    for comment in comments(root):
        comment.extract()
    for element in elements(root):
        _rewrite(element)
    _flatten_lists(root)
    for node in texts(root):
        _break(node, root)
    wrap_strays(root)
    for child in list(root):
        if isinstance(child, Element) and is_html(child) and tag_fate(child) == "keep":
            missing = missing_base(child)
            if missing:
                base = {name: editor_rules().container[name] for name in missing}
                set_style(child, merged(style_of(child), base))
    _drop_empty(root)
    return Simulated(before, root.inner_html)


def _rewrite(element: Element) -> None:
    """One element by itself: its tag, its attributes, its style."""
    if element.parent is None:
        return
    match tag_fate(element):
        case "drop":
            element.decompose()
            return
        case "unwrap":
            element.unwrap()
            return
        case "section" | "span" as tag:
            for name in list(element.attrs):
                del element.attrs[name]
            element.tag = tag
            return
    for name in list(element.attrs):
        if name.lower() != "style" and not attribute_stays(element, name):
            del element.attrs[name]
    style = style_of(element)
    if kept(style) != style:
        set_style(element, kept(style))
    if is_html(element):
        if element.tag == "a" and not link_stays(element):
            element.unwrap()
        elif element.tag == "img" and not picture_stays(element):
            element.decompose()


def _flatten_lists(root: Element) -> None:
    """Styles go, inner lists move out of their items, and an item breaks after its first piece."""
    for element in elements(root):
        if not is_html(element) or element.tag not in editor_rules().list_tags:
            continue
        for name in list(element.attrs):
            del element.attrs[name]
        if element.tag != "li":
            continue
        after: Node = element
        moving = False
        for child in list(element):
            moving = moving or (isinstance(child, Element) and child.tag in ("ul", "ol"))
            if moving:
                after.insert_after(child.extract())
                after = child
        rest = [child for child in element if not (isinstance(child, Text) and not child.data.strip())][1:]
        if rest:
            box = Element("section")
            rest[0].insert_before(box)
            for child in rest:
                box.append(child.extract())


def _break(node: Text, root: Element) -> None:
    """Line breaks become hard ones; in code they, and runs of blanks, become single blanks."""
    pre = preformatted(node, root)
    parent = node.parent
    if not breaks(node.data, pre) or (isinstance(parent, Element) and is_svg(parent)):
        return
    if pre:
        node.data = collapsed(node.data.replace("\r", "").replace("\n", " "))
        return
    first, *rest = split_lines(node.data, pre)
    after: Node = node
    for line in rest:
        new = Text(line)
        broken = Element("br")
        after.insert_after(broken)
        broken.insert_after(new)
        after = new
    node.data = first


def _drop_empty(root: Element) -> None:
    while empty := [one for one in elements(root) if tag_fate(one) == "keep" and is_empty(one)]:
        for one in empty:
            # Blanks inside may part two words.
            one.unwrap()
