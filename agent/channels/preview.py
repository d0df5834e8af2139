"""Drafts as one self-contained HTML page: as a reader's phone would show them, beside everything that proves them.

The page makes no request of any kind; its content security policy forbids it even if copy tried, and lets no script
run but the page's own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.channels.preview_phone import Phone, phone
from agent.channels.preview_view import CARD_DIGEST_CHARS, CARD_TITLE_CHARS, DraftView, view
from agent.channels.typeset.theme import Theme, load_theme
from agent.draft import Draft

if TYPE_CHECKING:
    from jinja2 import Environment

    from agent.channels.preview_file import ArticleFile

TEMPLATES = Path(__file__).with_name("templates")
AI_LABEL = "AI 生成，发布前请人工核对"
"""The explicit label for people (GB 45438-2025); the copy's own label is placed at export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How drafts are shown."""

    theme: Theme | None = None
    """Of articles; None for the default one."""
    brand: Sequence[str] | None = None
    """CSS colours in place of the brand's own."""
    covers: Mapping[str, tuple[bytes, bytes]] | None = None
    """Wide and square cover (PNG or JPEG) by draft id; the page draws one where there is none."""
    held: Mapping[str, str] | None = None
    """Why a draft may not leave yet, by its id: it is shown, and cannot be copied."""


def preview_html(drafts: Sequence[Draft], look: Look = Look()) -> str:
    """The page as text. All user text is escaped; nothing is loaded from anywhere."""
    theme, covers = look.theme or load_theme(), look.covers or {}
    views = [view(draft, number) for number, draft in enumerate(drafts, 1)]
    phones = []
    for seen in views:
        wide, square = covers.get(seen.draft.id, (b"", b""))
        phones.append(phone(seen, theme, brand=look.brand, cover=data_uri(wide), thumb=data_uri(square)))
    return _render(views, phones, look.held or {}, AI_LABEL)


def file_html(file: ArticleFile, look: Look = Look()) -> str:
    """The same page for an article that is a file and no draft."""
    seen = view(file.draft, 1)
    seen = replace(
        seen, subject=file.name, model="文件", label="", claims=(), facts=(), plain=file.plain, handle="",
        titles=(), marks={field: tuple(m for m in marks if m.kind != "proved") for field, marks in seen.marks.items()},
    )  # fmt: skip
    theme = look.theme or load_theme()
    return _render([seen], [phone(seen, theme, article=file.article, folder=file.folder)], {}, "")


def _render(views: Sequence[DraftView], phones: Sequence[Phone], held: Mapping[str, str], ai_label: str) -> str:
    script = template_text("page.js")
    return environment().get_template("page.html.j2").render(
        pairs=list(zip(views, phones, strict=True)),
        held=held,
        ai_label=ai_label,
        title_chars=CARD_TITLE_CHARS,
        digest_chars=CARD_DIGEST_CHARS,
        made=f"{datetime.now().astimezone():%Y-%m-%d %H:%M}",
        style=style("page.css"),
        script=script,
        policy=policy(script),
    )  # fmt: skip


def policy(script: str) -> str:
    """A content security policy under which a page can run `script`, show its own pictures and nothing else."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def style(*names: str) -> str:
    """Style sheets behind the colours, which the reader's system or the page's own switch chooses."""
    light, dark = template_text("light.css"), template_text("dark.css")
    colours = (
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-mode=light]) {{ color-scheme: dark; {dark} }} }}\n"
        f":root[data-mode=dark] {{ color-scheme: dark; {dark} }}\n"
    )
    return colours + "\n".join(template_text(name) for name in ("phone.css", *names))


def data_uri(picture: bytes) -> str:
    """PNG or JPEG as an address; empty for anything else."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg" if picture.startswith(b"\xff\xd8\xff") else ""
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}" if kind else ""


@cache
def template_text(name: str) -> str:
    """A style sheet or script as it stands in the page: no CR, whose loss would change its hash."""
    return (TEMPLATES / name).read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def environment() -> Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
