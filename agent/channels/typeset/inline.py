"""What stands inside a line: emphasis, code, links, images, breaks; with spacing and punctuation set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markdown_it.token import Token

from agent.channels.typeset import escape
from agent.channels.typeset.notes import Notes, inside_wechat, shown_address
from agent.channels.typeset.spacing import joint, needs_space, space, squeeze

BLANK = " \t\n\r\f"
"""What HTML takes for nothing where it stands alone."""
TAGS = {"strong": "strong", "em": "span", "s": "s", "mark": "span"}
"""Emphasis is a span: Chinese has no italics, and an `em` would first have to be told not to lean."""
_TAG = re.compile(r"<[^>]*>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>\Z", re.IGNORECASE)
_NO_CAPTION = re.compile(r"(?:image|img|图片|图|[\w.-]+\.(?:png|jpe?g|gif|webp|bmp))?\Z", re.IGNORECASE)


def without_comments(html: str) -> str:
    """Raw HTML as it was typed, less its comments."""
    return _COMMENT.sub("", html)


class Inline:
    """Renders the children of inline tokens of one article."""

    def __init__(
        self, styles: Mapping[str, str], notes: Notes, *, spacing: bool, squeezing: bool, breaks: bool
    ) -> None:
        self._notes, self._spacing, self._squeezing, self._breaks = notes, spacing, squeezing, breaks
        self._styles = {part: f' style="{style}"' for part, style in styles.items()}
        self.in_notes = False
        """Inside the list of notes, links are written out instead of numbered."""

    def open(self, tag: str, part: str) -> str:
        """A start tag with the style of a part."""
        return f"<{tag}{self._styles.get(part, '')}>"

    def wrap(self, tag: str, part: str, content: str) -> str:
        return f"{self.open(tag, part)}{content}</{tag}>"

    def text(self, content: str, *, first: bool = False) -> str:
        """Text set and escaped; `first` when a line begins with it."""
        if self._spacing:
            content = space(content)
        escaped = escape.text(content)
        return squeeze(escaped, first=first) if self._squeezing else escaped

    def render(self, tokens: Sequence[Token]) -> str:
        out: list[str] = []
        spans: list[int] = []  # where in `out` the tags stand that are open
        hrefs: list[str] = []
        before, opened = "", -1  # the character in front; the first tag that was opened since
        for i, token in enumerate(tokens):
            kind = token.type
            if kind == "text":
                if token.content:
                    if self._spacing and needs_space(before, token.content):
                        at = opened if opened >= 0 else len(out)
                        out.insert(at, " ")
                        spans = [span + (span >= at) for span in spans]
                    out.append(self.text(token.content, first=not out))
                    before, opened = token.content[-1], -1
            elif kind in ("softbreak", "hardbreak"):
                hard = kind == "hardbreak" or self._breaks
                out.append("<br>" if hard else joint(before, _next_char(tokens, i)))
                before = ""
            elif token.nesting == 1:
                opened = len(out) if opened < 0 else opened
                spans.append(len(out))
                out.append(self._open(token, hrefs))
            elif token.nesting == -1:
                self._close(token, out, spans.pop(), hrefs)
                opened = -1
            else:
                out.append(self._atom(token))
                before = ""
        return "".join(out)

    def _open(self, token: Token, hrefs: list[str]) -> str:
        if token.type != "link_open":
            name = token.type.removesuffix("_open")
            return self.open(TAGS[name], name)
        hrefs.append(str(token.attrGet("href") or ""))
        if inside_wechat(hrefs[-1]):
            return f'<a href="{escape.value(hrefs[-1])}"{self._styles.get("link", "")}>'
        return self.open("span", "link")

    def _close(self, token: Token, out: list[str], at: int, hrefs: list[str]) -> None:
        """Writes the end tag of what was opened at `at`; takes the start tag back when there is nothing inside."""
        content = "".join(out[at + 1 :])
        link = token.type == "link_close"
        href = hrefs.pop() if link else ""
        if not content.strip(BLANK):
            if not href or href.startswith("#"):
                out[at] = ""
                return
            content = escape.text(shown_address(href))
            out.append(content)
        if not link:
            out.append(f"</{TAGS[token.type.removesuffix('_close')]}>")
        else:
            out.append(self._close_link(href, content))

    def _atom(self, token: Token) -> str:
        match token.type:
            case "code_inline":
                return self.wrap("code", "code", escape.text(token.content.replace("\n", " ")))
            case "image":
                return self.image(token, "img_inline")
            case "footnote_ref":
                return self._ref(token.meta["id"])
            case "footnote_anchor":
                return ""
            case "html_inline":
                return "<br>" if _BREAK.match(token.content) else escape.text(without_comments(token.content))
        return escape.text(token.content)

    def image(self, token: Token, part: str) -> str:
        """The picture; its words alone when the address is none that may be loaded."""
        src, alt = str(token.attrGet("src") or ""), self.alt(token)
        if not src or not escape.safe_image(src):
            return escape.text(alt)
        return f'<img src="{escape.value(src)}" alt="{escape.value(alt)}"{self._styles.get(part, "")}>'

    def caption(self, token: Token) -> str:
        """Title, else alternative text, unless that only repeats a file's name."""
        words = str(token.attrGet("title") or "") or self.alt(token)
        return "" if _NO_CAPTION.match(words.strip()) else self.text(words)

    def alt(self, token: Token) -> str:
        return "".join(_plain(child) for child in token.children or ()) or token.content

    def _ref(self, key: str | int) -> str:
        return self.wrap("sup", "ref", f"[{self._notes.number(key)}]")

    def _close_link(self, href: str, content: str) -> str:
        """The end of a link, and where it leads, unless its words say so."""
        if inside_wechat(href):
            return "</a>"
        words, address = _TAG.sub("", content), escape.text(shown_address(href))
        if not href or href.startswith("#") or words in (address, escape.text(href)):
            return "</span>"
        return f"</span>（{address}）" if self.in_notes else f"</span>{self._ref(href)}"


def _plain(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content or "".join(_plain(child) for child in token.children or ())


def _next_char(tokens: Sequence[Token], at: int) -> str:
    for token in tokens[at + 1 :]:
        if token.content:
            return token.content[0]
    return ""
