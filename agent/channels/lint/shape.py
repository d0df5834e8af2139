"""Trouble that lies in how elements and texts stand, not in a single tag: bare text, breaks, emptiness, base styles."""

from __future__ import annotations

import re

from turbohtml import Comment, Element, Node, Text

from agent.channels.lint.page import UNSEEN, ancestors, is_html, is_svg, style_of
from agent.channels.lint.styles import declarations
from knowledge_base.rules.editor import editor_rules

BASE = ("font-size", "line-height", "letter-spacing")
INLINE = frozenset({"span", "strong", "b", "em", "i", "u", "s", "del", "sub", "sup", "code", "a", "img", "br"})
_VOID = frozenset({"img", "br", "hr", "col"})
_MAY_BE_EMPTY = _VOID | {"td", "th", "tr", "thead", "tbody", "tfoot", "table", "colgroup"}
_BLANK = " \t\n\r\f"
_INNER_BREAK = re.compile(r"(?<=[^ \t\n\r\f])[ \t\f]*\r?\n[ \t\n\r\f]*(?=[^ \t\n\r\f])")
_PRE_BREAK = re.compile(r"\r?\n")
_RUN = re.compile(r" {2,}|\t")
_SHOWS = re.compile(r"background|border|height|padding|box-shadow|outline")


def preformatted(node: Node, root: Element) -> bool:
    """Whether blanks and line breaks of a text are shown as they are."""
    for one in ancestors(node, root):
        for name, value, _ in reversed(declarations(style_of(one))):
            if name == "white-space":
                return value.startswith("pre") or value == "break-spaces"
        if is_html(one) and one.tag in ("pre", "textarea", "listing", "xmp"):
            return True
    return False


def breaks(text: str, pre: bool) -> bool:
    """Whether a text holds a line break that would turn out otherwise than written."""
    if pre:
        return _PRE_BREAK.search(text) is not None or _RUN.search(text) is not None
    return _INNER_BREAK.search(text) is not None


def split_lines(text: str, pre: bool) -> list[str]:
    """A text at its line breaks; outside of preformatted text only at those between words."""
    return (_PRE_BREAK if pre else _INNER_BREAK).split(text)


def fixed_blanks(text: str) -> str:
    """Runs of blanks in code that cannot be collapsed."""
    return _RUN.sub(lambda run: "\u00a0" * len(run[0].expandtabs(4)), text)


def collapsed(text: str) -> str:
    return re.sub(r"[ \t\f]+", " ", text)


def is_empty(element: Element) -> bool:
    """An element of HTML that holds neither text nor picture nor break: the editor throws it away."""
    if not is_html(element) or element.tag in _MAY_BE_EMPTY or element.tag in editor_rules().own_tags:
        return False
    return all(
        (isinstance(child, Text) and not child.data.strip(_BLANK)) or isinstance(child, Comment) for child in element
    )


def is_ornament(element: Element) -> bool:
    """Whether an empty element shows all the same: a coloured bar, a line, a spacer."""
    return any(_SHOWS.match(name) for name, _, _ in declarations(style_of(element)))


def missing_base(element: Element) -> tuple[str, ...]:
    """Those of size, line height and letter spacing that some text inside does not get from the page itself."""
    missing: set[str] = set()
    _collect(element, frozenset(BASE), missing)
    return tuple(name for name in BASE if name in missing)


def stray_runs(root: Element) -> list[list[Node]]:
    """Runs of text and inline elements that stand at the top, in no block."""
    runs: list[list[Node]] = []
    run: list[Node] = []
    for child in (*root, None):
        if child is not None and _is_inline(child):
            run.append(child)
            continue
        if isinstance(child, Comment):
            continue
        while run and isinstance(run[-1], Text) and not run[-1].data.strip(_BLANK):
            run.pop()
        if run:
            runs.append(run)
        run = []
    return runs if not runs else [_trim(one) for one in runs]


def wrap_strays(root: Element) -> None:
    """Puts a section round each of those runs."""
    for run in stray_runs(root):
        box = Element("section")
        run[0].insert_before(box)
        for node in run:
            box.append(node.extract())


def _trim(run: list[Node]) -> list[Node]:
    while isinstance(run[0], Text) and not run[0].data.strip(_BLANK):
        run = run[1:]
    return run


def _is_inline(node: Node) -> bool:
    if isinstance(node, Text):
        return True
    return isinstance(node, Element) and (is_svg(node) or (is_html(node) and node.tag in INLINE))


def _collect(element: Element, lacking: frozenset[str], missing: set[str]) -> None:
    """Goes down without recursion: pages from editors nest deeply."""
    stack = [(element, lacking)]
    while stack:
        current, lacking = stack.pop()
        if is_svg(current) or current.tag in UNSEEN or current.tag in editor_rules().own_tags:
            continue
        named = {name for name, _, _ in declarations(style_of(current))}
        if "font" in named:
            named |= {"font-size", "line-height"}
        lacking = lacking - named
        if not lacking:
            continue
        for child in current:
            if isinstance(child, Text) and child.data.strip(_BLANK):
                missing |= lacking
            elif isinstance(child, Element):
                stack.append((child, lacking))
