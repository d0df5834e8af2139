"""What stands on lines of its own: paragraphs, headings, lists as sections, quotes, code, tables, pictures, notes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from agent.channels.typeset import escape
from agent.channels.typeset.inline import BLANK, Inline, without_comments
from agent.channels.typeset.notes import Notes, shown_address

_ALIGNS = ("left", "center", "right")
_ALIGN = re.compile(r"text-align:\w+;?|;text-align:\w+")


@dataclass(slots=True)
class _List:
    """A list that is open."""

    width: float
    """Of the hanging indent, in em."""
    bullet: str = ""
    number: int | None = None
    label: str = ""
    """Of the item that is open, until its first line is written."""


class Blocks:
    """Renders the tokens of one article."""

    def __init__(self, styles: Mapping[str, str], ornaments: Mapping[str, str], inline: Inline, notes: Notes) -> None:
        self._styles, self._ornaments, self._inline, self._notes = styles, ornaments, inline, notes
        self._bullets = ornaments["bullets"].split() or ["•"]
        self._todo, self._done = (*ornaments["tasks"].split(), "☐", "☑")[:2]
        self._lists: list[_List] = []
        self._out: list[str] = []
        self._quotes = self._headings = self._paragraphs = 0
        self._footnotes: dict[int, str] = {}

    def render(self, tokens: Sequence[Token]) -> str:
        """The article's inner HTML, notes at its end."""
        i = 0
        while i < len(tokens):
            token = tokens[i]
            if token.type == "inline":
                self._line(tokens, i)
            elif token.type == "footnote_open":
                end = next(j for j in range(i, len(tokens)) if tokens[j].type == "footnote_close")
                self._footnotes[token.meta["id"]] = self._aside(tokens[i + 1 : end])
                i = end
            elif token.nesting == 1:
                self._open(token, tokens[i + 1 :] if token.type.endswith("list_open") else ())
            elif token.nesting == -1:
                self._close(token)
            else:
                self._leaf(token)
            i += 1
        self._write_notes()
        return "".join(self._out)

    def _aside(self, tokens: Sequence[Token]) -> str:
        """A footnote's content, which is written later."""
        kept, lists, self._out, self._lists = self._out, self._lists, [], []
        self._inline.in_notes = True
        for i, token in enumerate(tokens):
            if token.type == "inline":
                self._out.append(self._inline.render(token.children or ()))
            elif token.type == "paragraph_close":
                self._out.append("<br>" if i + 1 < len(tokens) else "")
            elif token.nesting == 0:
                self._leaf(token)
            elif token.type != "paragraph_open":
                self._open(token, tokens[i + 1 :]) if token.nesting == 1 else self._close(token)
        self._inline.in_notes = False
        content, self._out, self._lists = "".join(self._out), kept, lists
        return content

    def _line(self, tokens: Sequence[Token], i: int) -> None:
        token, opening = tokens[i], tokens[i - 1] if i else tokens[i]
        content = self._inline.render(token.children or ())
        written = content.strip(BLANK)
        if opening.type == "heading_open":
            if written:
                self._heading(opening.tag, content)
        elif opening.type != "paragraph_open":
            self._out.append(content)  # a cell
        elif pictures := _pictures(token):
            self._before_block()
            self._out += [self._figure(picture) for picture in pictures]
        elif written:
            last = i + 2 < len(tokens) and tokens[i + 2].type == "blockquote_close"
            self._paragraph(content, last)

    def _paragraph(self, content: str, last: bool) -> None:
        current = self._lists[-1] if self._lists else None
        if current is not None and current.label:
            self._item_line(current, content)
            return
        self._before_block()
        self._paragraphs += 1
        part = "more" if current else "p"
        if self._quotes:
            part = "quote_end" if last else "quote_p"
        if part == "p" and self._paragraphs == 1 and "lead" in self._styles:
            part = "lead"
        self._out.append(self._inline.wrap("p", part if part in self._styles else "p", content))

    def _item_line(self, current: _List, content: str) -> None:
        """An item's first line: its bullet is a piece of text, hung into the indent that the list has."""
        hung = f"display:inline-block;width:{current.width:g}em;margin-left:-{current.width:g}em"
        style = _joined(self._styles.get("bullet", ""), hung)
        bullet = f'<span style="{style}">{escape.text(current.label)} </span>'
        self._out.append(self._inline.wrap("p", "item", bullet + content))
        current.label = ""

    def _before_block(self) -> None:
        """Inside an item: writes its bullet when nothing has."""
        if self._lists and self._lists[-1].label:
            self._item_line(self._lists[-1], "")

    def _heading(self, tag: str, content: str) -> None:
        self._before_block()
        tag = tag if tag in ("h1", "h2", "h3") else "h4"
        if f"{tag}_text" in self._styles:
            content = self._inline.wrap("span", f"{tag}_text", content)
        if tag == "h2":
            self._headings += 1
        self._out.append(
            self._inline.wrap(tag, tag, self._ornament(f"{tag}_before") + content + self._ornament(f"{tag}_after"))
        )

    def _ornament(self, part: str) -> str:
        words = (
            self._ornaments.get(part, "").replace("{nn}", f"{self._headings:02}").replace("{n}", str(self._headings))
        )
        return self._inline.wrap("span", part, escape.text(words)) if words else ""

    def _figure(self, picture: Token) -> str:
        caption = self._inline.caption(picture)
        below = self._inline.wrap("section", "caption", caption) if caption.strip(BLANK) else ""
        return self._inline.wrap("section", "figure", self._inline.image(picture, "img") + below)

    def _open(self, token: Token, rest: Sequence[Token]) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self._before_block()
                own = self._styles.get("list_inner" if self._lists else "list", "")
                self._lists.append(self._list(token, rest))
                self._out.append(f'<section style="{_joined(own, f"padding-left:{self._lists[-1].width:g}em")}">')
            case "list_item_open":
                self._start_item(token)
            case "blockquote_open":
                self._before_block()
                self._quotes += 1
                self._out.append(self._inline.open("blockquote", "quote"))
            case "table_open":
                self._before_block()
                table = self._inline.open("table", "table").replace("<table", '<table cellpadding="8"')
                self._out += [self._inline.open("section", "table_box"), table]
            case "tr_open":
                self._out.append(self._inline.open("tr", "tr"))
            case "thead_open" | "tbody_open":
                self._out.append(f"<{token.tag}>")
            case "th_open" | "td_open":
                self._out.append(self._cell(token))

    def _close(self, token: Token) -> None:
        match token.type:
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                self._out.append("</section>")
            case "list_item_close":
                self._before_block()
            case "blockquote_close":
                self._quotes -= 1
                if self._out[-1].startswith("<blockquote"):
                    self._out.pop()
                else:
                    self._out.append("</blockquote>")
            case "table_close":
                self._out.append("</table></section>")
            case "thead_close" | "tbody_close" | "tr_close" | "th_close" | "td_close":
                self._out.append(f"</{token.tag}>")

    def _leaf(self, token: Token) -> None:
        content = ""
        match token.type:
            case "fence" | "code_block":
                title = token.info.partition(" ")[2].strip().removeprefix("title=").strip("\"'")
                caption = self._inline.wrap("span", "pre_caption", escape.text(title)) if title else ""
                code = self._inline.wrap("code", "pre_code", escape.code(token.content) or "<br>")
                content = self._inline.wrap("section", "pre", caption + code)
            case "hr":
                content = (
                    self._inline.wrap("section", "hr", escape.text(self._ornaments["hr"]))
                    if self._ornaments["hr"]
                    else "<hr>"
                )
            case "html_block":
                shown = escape.text(without_comments(token.content).strip()).replace("\n", "<br>")
                content = self._inline.wrap("p", "p", shown) if shown else ""
        if content:
            self._before_block()
            self._out.append(content)

    def _list(self, token: Token, rest: Sequence[Token]) -> _List:
        if token.type == "bullet_list_open":
            return _List(1.4, self._bullets[min(len(self._lists), len(self._bullets) - 1)])
        start = int(token.attrGet("start") or 1)
        items = 0
        for other in rest:
            if other.level <= token.level:
                break
            items += other.type == "list_item_open" and other.level == token.level + 1
        return _List(0.9 + 0.6 * len(str(start + items)), number=start)

    def _start_item(self, token: Token) -> None:
        current = self._lists[-1]
        if token.meta and "checked" in token.meta:
            current.label = self._done if token.meta["checked"] else self._todo
        elif current.number is None:
            current.label = current.bullet
        else:
            current.label = f"{current.number}."
        if current.number is not None:
            current.number += 1

    def _cell(self, token: Token) -> str:
        wanted = str(token.attrGet("style") or "").partition(":")[2]
        style = self._styles.get(token.tag, "")
        if wanted in _ALIGNS:
            style = _joined(_ALIGN.sub("", style), f"text-align:{wanted}")
        return f'<{token.tag} style="{style}">' if style else f"<{token.tag}>"

    def _write_notes(self) -> None:
        if not self._notes:
            return
        lines = [self._inline.wrap("p", "notes_title", self._notes.title)]
        for number, key in self._notes.entries():
            body = escape.text(shown_address(key)) if isinstance(key, str) else self._footnotes.get(key, "")
            lines.append(self._inline.wrap("section", "note", f"[{number}] {body}"))
        self._out.append(self._inline.wrap("section", "notes", "".join(lines)))


def _joined(*styles: str) -> str:
    return ";".join(filter(None, styles))


def _pictures(token: Token) -> list[Token]:
    """The images of a paragraph that holds nothing else."""
    children = [child for child in token.children or () if child.type not in ("softbreak", "hardbreak")]
    whole = all(child.type == "image" and escape.safe_image(str(child.attrGet("src") or "")) for child in children)
    return [child for child in children if child.attrGet("src")] if children and whole else []
