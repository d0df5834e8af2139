"""The smallest change that mends each row of the lint, made on the page itself; the rest stays as it was written."""

from __future__ import annotations

from dataclasses import dataclass, field

from turbohtml import Element, Node, Text

from agent.channels.lint.fates import attribute_stays, leads_nowhere, link_stays, picture_stays, tag_fate
from agent.channels.lint.lists import rebuild_lists
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
    to_source,
)
from agent.channels.lint.shape import (
    breaks,
    fixed_blanks,
    is_empty,
    is_ornament,
    missing_base,
    preformatted,
    split_lines,
    wrap_strays,
)
from agent.channels.lint.styles import declarations, kept, merged
from agent.channels.typeset.notes import shown_address
from agent.channels.typeset.spacing import joint
from knowledge_base.rules.editor import editor_rules

_ROUNDS = 5
"""One change can bring about another: an element emptied, a style now looked at. Three were always enough."""


@dataclass(slots=True)
class _Links:
    """Addresses that leave their links, in order."""

    numbers: dict[str, int] = field(default_factory=dict)


def fix_html(html: str) -> str:
    """The page mended as far as that can be done without asking. Every word stays; notes of addresses come to it."""
    for _ in range(_ROUNDS):
        # A changed tag may make the parser see another tree: what was written is read again.
        before, html = html, _fixed(html)
        if html == before:
            break
    return html


def _fixed(html: str) -> str:
    page = read_page(html)
    links, untouched = _Links(), page.root.inner_html
    for element in page.head:
        if tag_fate(element) == "drop":
            element.decompose()
    for _ in range(_ROUNDS):
        before = page.root.inner_html
        _round(page, links)
        if page.root.inner_html == before:
            break
    if links.numbers:
        _append_notes(page.root, links)
        _round(page, links)
    # What the parser passed over, such as a stray end tag, is no reason to write the page anew.
    return html if page.root.inner_html == untouched and not page.head else to_source(page)


def _round(page: Page, links: _Links) -> None:
    root = page.root
    root.normalize()
    for comment in comments(root):
        comment.extract()
    for element in elements(root):
        if element.parent is not None:
            _tag(element)
    rebuild_lists(root)
    for element in elements(root):
        if element.parent is not None:
            _rest(element, links)
    for node in texts(root):
        _join(node, root)
    wrap_strays(root)
    for child in list(root):
        if isinstance(child, Element) and is_html(child) and tag_fate(child) == "keep":
            _write_base(child)
    for element in elements(root):
        if element.parent is not None and tag_fate(element) == "keep" and is_empty(element):
            _fill(element)


def _tag(element: Element) -> None:
    match tag_fate(element):
        case "drop":
            element.decompose()
        case "unwrap":
            element.unwrap()
        case "section" | "span" as tag:
            element.tag = tag


def _rest(element: Element, links: _Links) -> None:
    for name in list(element.attrs):
        if name.lower() != "style" and not attribute_stays(element, name):
            del element.attrs[name]
    style = style_of(element)
    if kept(style) != style:
        set_style(element, kept(style))
    if not is_html(element):
        return
    if element.tag == "a" and not link_stays(element):
        _number(element, links)
    elif element.tag == "img" and not picture_stays(element) and not (element.attr("src") or element.attr("data-src")):
        element.decompose()


def _number(link: Element, links: _Links) -> None:
    """A link becomes its text, with a number where the address is not to be read already."""
    href = (link.attr("href") or "").strip()
    address = shown_address(href)
    if not leads_nowhere(href) and address not in link.text:
        number = links.numbers.setdefault(address, len(links.numbers) + 1)
        link.insert_after(Element("sup", None, [Text(f"[{number}]")]))
    if style_of(link):
        for name in [name for name in link.attrs if name != "style"]:
            del link.attrs[name]
        link.tag = "span"
    else:
        link.unwrap()


def _append_notes(root: Element, links: _Links) -> None:
    lines: list[Node] = [Element("p", None, [Text("文中链接")])]
    lines += [Element("p", None, [Text(f"[{number}] {address}")]) for address, number in links.numbers.items()]
    root.append(Element("section", {"style": "font-size:13px;line-height:1.7;letter-spacing:0;color:#6f6f6f"}, lines))
    links.numbers = {}


def _join(node: Text, root: Element) -> None:
    pre = preformatted(node, root)
    parent = node.parent
    if not breaks(node.data, pre) or (isinstance(parent, Element) and is_svg(parent)):
        return
    first, *rest = split_lines(node.data, pre)
    if not pre:
        for line in rest:
            first += joint(first, line) + line
        node.data = first
        return
    if rest and not rest[-1] and node.next_sibling is None:
        rest.pop()  # the newline that ends the code
    node.data = fixed_blanks(first)
    after: Node = node
    for line in rest:
        broken, new = Element("br"), Text(fixed_blanks(line))
        after.insert_after(broken)
        broken.insert_after(new)
        after = new


def _write_base(child: Element) -> None:
    missing = missing_base(child)
    if missing:
        sizes = editor_rules().heading_sizes
        base = {name: editor_rules().explicit[name] for name in missing}
        if "font-size" in base and child.tag in sizes:
            base["font-size"] = sizes[child.tag]
        set_style(child, merged(style_of(child), base))


def _fill(element: Element) -> None:
    """Ornaments get a blank that takes no height; anything else that is empty goes."""
    if not is_ornament(element):
        element.unwrap()
        return
    named = {name for name, _, _ in declarations(style_of(element))}
    flat = {name: "0" for name in ("font-size", "line-height") if name not in named}
    if flat:
        set_style(element, merged(style_of(element), flat))
    element.append(Text("\u00a0"))
