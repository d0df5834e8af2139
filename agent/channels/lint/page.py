"""An HTML page as a tree of what would be pasted. The one file that knows how turbohtml is asked.

Whole documents count by their body, pages of `wenan typeset` by the article inside, everything else as a fragment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import turbohtml
from turbohtml import Comment, Element, Namespace, Node, Text

CONTENT_ID = "wenan-content"
"""Id of the element in an exported page that holds the article itself."""
UNSEEN = frozenset(
    {"script", "style", "title", "template", "iframe", "noembed", "noframes", "head", "link", "meta", "base"}
)
_DOCUMENT = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
_HEAD = ("style", "script", "link")


@dataclass(frozen=True, slots=True)
class Page:
    source: str
    root: Element
    """Its children are the content; itself it is none of it."""
    head: tuple[Element, ...] = ()
    """Style sheets and scripts outside the content."""
    whole: bool = True
    """Whether the content is the whole source."""

    @property
    def content(self) -> str:
        """What would be sent: the source itself where it is a fragment."""
        return self.source.strip() if self.whole else self.root.inner_html.strip()


def read_page(html: str) -> Page:
    """Never fails: the parser is the HTML standard's, which has an answer to everything."""
    # Without BOM; a lone surrogate is in no encoding and would not survive writing.
    html = re.sub("[\ud800-\udfff]", "\ufffd", html.removeprefix("\ufeff"))
    if not _DOCUMENT.search(html):
        return Page(html, turbohtml.parse_fragment(html, source_locations=True))
    document = turbohtml.parse(html, source_locations=True)
    content = document.find(attrs={"id": CONTENT_ID})
    if content is not None:
        return Page(html, content, whole=False)
    root = document.find("body") or document.root
    assert root is not None
    inside = set(root.iter_elements())
    head = tuple(one for tag in _HEAD for one in document.find_all(tag) if one not in inside and _matters(one))
    return Page(html, root, head, whole=False)


def elements(root: Element) -> list[Element]:
    """All elements below `root` in document order, as a list: the tree may change meanwhile."""
    return list(root.iter_elements())


def texts(root: Element) -> list[Text]:
    """All text nodes that a reader sees, in order."""
    return [node for node in root.descendants if isinstance(node, Text) and not _hidden(node, root)]


def comments(root: Element) -> list[Comment]:
    return [node for node in root.descendants if isinstance(node, Comment)]


def visible_text(root: Element) -> str:
    """What a reader sees, joined."""
    return "".join(node.data for node in texts(root))


def is_html(element: Element) -> bool:
    return element.namespace is Namespace.HTML


def is_svg(element: Element) -> bool:
    return element.namespace is Namespace.SVG


def ancestors(node: Node, root: Element) -> Iterator[Element]:
    """From the parent up to, but without, `root`."""
    for one in node.ancestors:
        if one == root:
            return
        if isinstance(one, Element):  # the content of a template hangs on something else
            yield one


def style_of(element: Element) -> str:
    return element.attr("style") or ""


def set_style(element: Element, style: str) -> None:
    """Sets the style, or takes the attribute away when it would be empty."""
    if style:
        element.attrs["style"] = style
    elif "style" in element.attrs:
        del element.attrs["style"]


def place(node: Node, attribute: str = "") -> tuple[int, int]:
    """(line, column), 1-based, of a tag, of one of its attributes, or of the place where a text begins."""
    if isinstance(node, Element):
        location = node.source_location
        span = location and (location.attrs.get(attribute) or location.start_tag)
        if span:
            return span.start_line, span.start_col + 1
    before = node.previous_sibling
    while before is not None:
        if isinstance(before, Element) and (location := before.source_location):
            span = location.end_tag or location.start_tag
            if span:
                return span.end_line, span.end_col + 1
        before = before.previous_sibling
    parent = node.parent
    if isinstance(parent, Element):
        location = parent.source_location
        if location and location.start_tag and not isinstance(node, Element):
            return location.start_tag.end_line, location.start_tag.end_col + 1
        return place(parent)
    return 1, 1


def to_source(page: Page) -> str:
    """The page as text, untouched parts as they were written."""
    root: Node = page.root
    whole = root
    while whole.parent is not None:
        whole = whole.parent
    if not page.whole:
        return _faithful(whole, whole.to_source(), whole.html)
    return _faithful(root, _strip_wrapper(root.to_source()), page.root.inner_html)


def _faithful(root: Node, source: str, canonical: str) -> str:
    """The source-preserving text, unless tags are missing in it or the parser would read it as another tree."""
    again: Node
    if isinstance(root, Element):
        again = turbohtml.parse_fragment(source, source_locations=True)
        same = again.inner_html == canonical
    else:
        again = turbohtml.parse(source, source_locations=True)
        same = again.html == canonical
    return source if same and all(map(_closed, again.iter_elements())) else canonical


def _closed(element: Element) -> bool:
    """Whether an element stands in the source with both its tags."""
    location = element.source_location
    if location is None or location.start_tag is None:
        return element.tag in ("html", "head", "body", "tbody", "colgroup")
    return location.end_tag is not None or not is_html(element) or element.tag in _VOID


def _strip_wrapper(source: str) -> str:
    """A fragment's root is a div of the parser's own."""
    return source.removeprefix("<div>").removesuffix("</div>")


def _matters(element: Element) -> bool:
    return element.tag != "link" or "stylesheet" in (element.attr("rel") or "").lower()


def _hidden(node: Node, root: Element) -> bool:
    return any(one.tag in UNSEEN and (is_html(one) or one.tag in ("script", "style")) for one in ancestors(node, root))
