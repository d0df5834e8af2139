"""What stands inside a line: emphasis, code, links, images, breaks; with spacing and punctuation set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markdown_it.token import Token

from agent.channels.typeset import escape
from agent.channels.typeset.notes import Notes, inside_wechat, shown_address
from agent.channels.typeset.spacing import joint, needs_space, space, squeeze

TAGS = {"strong": "strong", "em": "em", "s": "s", "mark": "span"}
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

    def text(self, content: str) -> str:
        """Text set and escaped."""
        if self._spacing:
            content = space(content)
        escaped = escape.text(content)
        return squeeze(escaped) if self._squeezing else escaped

    def render(self, tokens: Sequence[Token]) -> str:
        out: list[str] = []
        links: list[tuple[str, int]] = []
        before, opened = "", -1  # the character in front; where the tags begin that were opened since
        for i, token in enumerate(tokens):
            kind = token.type
            if kind == "text":
                if token.content:
                    if self._spacing and needs_space(before, token.content):
                        out.insert(opened if opened >= 0 else len(out), " ")
                    out.append(self.text(token.content))
                    before, opened = token.content[-1], -1
            elif kind in ("softbreak", "hardbreak"):
                hard = kind == "hardbreak" or self._breaks
                out.append("<br>" if hard else joint(before, _next_char(tokens, i)))
                before = ""
            elif token.nesting == 1:
                opened = len(out) if opened < 0 else opened
                out.append(self._open(token, links, len(out)))
            elif token.nesting == -1:
                out.append(self._close(token, links, out))
                opened = -1
            else:
                out.append(self._atom(token))
                before = ""
        return "".join(out)

    def _open(self, token: Token, links: list[tuple[str, int]], at: int) -> str:
        if token.type == "link_open":
            return self._open_link(token, links, at)
        name = token.type.removesuffix("_open")
        return self.open(TAGS[name], name)

    def _close(self, token: Token, links: list[tuple[str, int]], out: list[str]) -> str:
        return self._close_link(links, out) if token.type == "link_close" else f"</{TAGS[token.type[:-6]]}>"

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

    def _open_link(self, token: Token, links: list[tuple[str, int]], at: int) -> str:
        href = str(token.attrGet("href") or "")
        links.append((href, at))
        if inside_wechat(href):
            return f'<a href="{escape.value(href)}"{self._styles.get("link", "")}>'
        return self.open("span", "link")

    def _close_link(self, links: list[tuple[str, int]], out: list[str]) -> str:
        href, at = links.pop()
        if inside_wechat(href):
            return "</a>"
        words = re.sub(r"<[^>]*>", "", "".join(out[at + 1 :]))
        address = escape.text(shown_address(href))
        if not words and "<img" not in "".join(out[at + 1 :]):
            return f"{address}</span>"
        if not href or href.startswith("#") or address == words or words == escape.text(href):
            return "</span>"
        if self.in_notes:
            return f"</span>（{address}）"
        return f"</span>{self._ref(href)}"


def _plain(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content or "".join(_plain(child) for child in token.children or ())


def _next_char(tokens: Sequence[Token], at: int) -> str:
    for token in tokens[at + 1 :]:
        if token.content:
            return token.content[0]
    return ""
