"""Drafts as one self-contained HTML page: as a reader's phone would show them, beside everything that proves them.

The page makes no request of any kind; its content security policy forbids it even if copy tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.channels.preview_view import CARD_DIGEST_CHARS, CARD_TITLE_CHARS, view
from agent.draft import Draft

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
AI_LABEL = "AI 生成，发布前请人工核对"
"""The explicit label for people (GB 45438-2025); the copy's own label is placed at export."""


def preview_html(drafts: Sequence[Draft]) -> str:
    """The page as text. All user text is escaped; nothing is loaded from anywhere."""
    page = _environment().get_template("page.html.j2")
    views = [view(draft, number) for number, draft in enumerate(drafts, 1)]
    return page.render(
        views=views,
        ai_label=AI_LABEL,
        title_chars=CARD_TITLE_CHARS,
        digest_chars=CARD_DIGEST_CHARS,
        made=f"{datetime.now().astimezone():%Y-%m-%d %H:%M}",
        style=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
        script=(TEMPLATES / "page.js").read_text(encoding="utf-8"),
    )


@cache
def _environment() -> Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
