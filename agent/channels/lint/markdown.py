"""Markdown -> what will not come out as its writer may expect once it is set for WeChat."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.token import Token

from agent.channels.lint.check import lint_html
from agent.channels.lint.fates import hosted
from agent.channels.lint.rows import Row
from agent.channels.typeset.article import typeset
from agent.channels.typeset.inline import without_comments
from agent.channels.typeset.markdown import parse_markdown
from agent.channels.typeset.notes import inside_wechat, shown_address
from agent.channels.typeset.theme import load_theme
from knowledge_base.rules.editor import Severity

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
"""Lines as Markdown sees them, ends included."""
_BREAK = re.compile(r"<br\s*/?>\Z", re.IGNORECASE)
_SAME = {
    "b": "**", "strong": "**", "i": "*", "em": "*", "mark": "==", "s": "~~", "del": "~~", "strike": "~~", "code": "`",
}  # fmt: skip
_DROPPED = frozenset({"div", "span", "p", "center", "font", "u", "section", "small", "big"})
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)[^>]*>\Z")


def lint_markdown(text: str) -> tuple[Row, ...]:
    """Rows in the order of the text; with those of the page that it makes in the default theme."""
    parsed = parse_markdown(text)
    lines = _LINE.findall(text.removeprefix("\ufeff"))
    rows = [row for token, line in _located(parsed.tokens) for row in _token(token, line, lines)]
    rows += [
        Row(
            rule="md.note",
            severity="warn",
            line=1,
            column=1,
            text=f"[^{name}]",
            message="没有被引用的脚注不会出现",
            fix="在正文里引用它，或删掉",
        )
        for name in parsed.unused_notes
    ]
    page = lint_html(typeset(text, load_theme(), lift_title=True).html)
    rows += [row for row in page if not row.rule.startswith("image.")]
    return tuple(sorted(rows, key=lambda row: (row.line, row.column)))


def fix_markdown(text: str) -> str:
    """Simple HTML tags as Markdown; tags that mean nothing here are taken out. Everything else is left alone."""
    kept = _LINE.findall(text)
    offsets = [0]
    for line in kept:
        offsets.append(offsets[-1] + len(line))
    edits: list[tuple[int, int, str]] = []
    for token in parse_markdown(text).tokens:
        if token.type != "inline" or not token.map:
            continue
        at, end = offsets[token.map[0]], offsets[min(token.map[1], len(kept))]
        for child in token.children or ():
            if child.type not in ("code_inline", "html_inline") or not child.content:
                continue
            found = text.find(child.content, at, end)
            if found < 0:
                continue
            at = found + len(child.content)
            new = _as_markdown(child.content) if child.type == "html_inline" else None
            if new is not None:
                edits.append((found, at, new))
    for start, stop, new in reversed(edits):
        text = text[:start] + new + text[stop:]
    return text


def _located(tokens: tuple[Token, ...]) -> Iterator[tuple[Token, int]]:
    """Tokens, those inside lines too, with the 0-based line in which their block begins."""
    line = 0
    for token in tokens:
        line = token.map[0] if token.map else line
        yield token, line
        for child in token.children or ():
            yield child, line


def _token(token: Token, line: int, lines: list[str]) -> Iterator[Row]:
    match token.type:
        case "html_block" | "html_inline":
            shown = without_comments(token.content).strip()
            if shown and not _BREAK.match(shown):
                new = _as_markdown(shown) if token.type == "html_inline" else None
                fix = "去掉标签" if new == "" else f"写成 {new}" if new else "改用 Markdown 的写法"
                message = "HTML 标签会原样显示成文字"
                yield _row("md.html", "warn", shown, line, lines, message, fix, fixable=new is not None)
        case "image":
            src = str(token.attrGet("src") or "")
            if not hosted(src):
                message, fix = "不是公众号的图片地址，粘贴后图会丢", "先把图传到公众号素材库，再换成返回的地址"
                yield _row("md.image", "warn", shown_address(src), line, lines, message, fix)
        case "link_open":
            href = str(token.attrGet("href") or "")
            if href and not inside_wechat(href):
                shown = shown_address(href)
                yield _row("md.link", "info", shown, line, lines, "外链点不了，会变成编号，地址列到文末", "")


def _row(
    rule: str, severity: Severity, text: str, line: int, lines: list[str], message: str, fix: str,
    *, fixable: bool = False,
) -> Row:  # fmt: skip
    """Found again in the source by its first words, from the line on where its block begins."""
    needle = text.splitlines()[0][:40] if text else ""
    column = -1
    for i in range(line, min(line + 200, len(lines))):
        column = lines[i].find(needle)
        if column >= 0:
            line = i
            break
    return Row(
        rule=rule, severity=severity, line=line + 1, column=max(column, 0) + 1, text=text[:60], message=message,
        fix=fix, fixable=fixable,
    )  # fmt: skip


def _as_markdown(tag: str) -> str | None:
    """The Markdown for a start or end tag; empty for one that does nothing here; None when there is no telling."""
    found = _TAG.match(tag)
    if found is None:
        return None
    name = found[1].lower()
    return _SAME.get(name, "" if name in _DROPPED else None)
