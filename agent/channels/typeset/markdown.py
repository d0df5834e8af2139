"""Markdown -> tokens: CommonMark with GFM tables, task lists, strikethrough, footnotes, ==highlights==."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from agent.channels.typeset.delimiters import add_delimiters

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
"""Characters that HTML cannot hold."""


@dataclass(frozen=True, slots=True)
class Parsed:
    tokens: tuple[Token, ...]
    front_matter: str = ""
    """The YAML between the lines of dashes, unread."""
    unused_notes: tuple[str, ...] = ()
    """Names of footnotes that are defined and never referred to; they are in no token."""


@cache
def parser() -> MarkdownIt:
    """Raw HTML is recognised, so that it can be shown as text or left out; it never reaches the page as it is."""
    md = MarkdownIt("commonmark", {"html": True, "tasklists": True, "maxNesting": 100})
    md.enable(["table", "strikethrough"])
    md.use(footnote_plugin).use(front_matter_plugin)
    add_delimiters(md)
    return md


def parse_markdown(text: str) -> Parsed:
    """Never fails. Characters that HTML cannot hold become �."""
    env: dict[str, Any] = {}
    tokens = parser().parse(_UNSEEN.sub("\ufffd", text.removeprefix("\ufeff")), env)
    references = env.get("footnotes", {}).get("refs", {})
    unused = tuple(name[1:] for name, number in references.items() if number < 0)
    if tokens and tokens[0].type == "front_matter":
        return Parsed(tuple(tokens[1:]), tokens[0].content, unused)
    return Parsed(tuple(tokens), "", unused)
