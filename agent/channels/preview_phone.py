"""What a reader's phone would show of a draft beyond its words: the typeset page, folds, shapes of pictures, meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.brief import Brief
from agent.channels.preview_article import shown
from agent.channels.preview_view import DraftView
from agent.channels.typeset.article import Article
from agent.channels.typeset.draft import typeset_draft
from agent.channels.typeset.theme import Theme
from agent.copies import ArticleCopy, MomentsCopy
from agent.label.explicit import inside
from knowledge_base.pii import Vault
from knowledge_base.rules import ChannelSpec, channel_spec, formats, utf8_length, wechat_length
from knowledge_base.rules.ai_labels import label_rule

FOLD_LINES = 6
"""Moments show so many lines and then 全文."""
_SHAPES = {"card-16x9": "16 / 9", "card-450": "16 / 9", "showcase": "4 / 3", "single-310": "5 / 4"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """How much of a limit is used up."""

    name: str
    used: int
    limit: int
    unit: str = "字"
    note: str = ""

    @property
    def over(self) -> bool:
        return self.used > self.limit

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.used / self.limit)) if self.limit else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article as it is read and as it is copied."""

    display: str
    """Harmless HTML with marks; needs no request."""
    rich: str
    """What goes to the clipboard."""
    theme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    format: str
    """Name of the format, e.g. 朋友圈卡片 16:9（1707/1708）."""
    kind: str
    """Format id, which decides the layout."""
    meters: tuple[Meter, ...]
    page: Page | None = None
    fold: int = 0
    """Lines before the rest is folded away; 0 when nothing is."""
    shape: str = "4 / 3"
    """Of the picture, as CSS says it."""
    message: str = ""
    """What the customer wrote, personal data hidden."""
    history: tuple[tuple[bool, str], ...] = ()
    """Earlier messages: whether staff wrote it, and its words."""
    cover: str = ""
    """Data URI of the wide cover; empty for one drawn by the page."""
    thumb: str = ""
    """The same for the square one."""
    label: str = ""
    """The AI label where it is part of the text that is shown."""
    label_first: bool = False


def phone(
    view: DraftView, theme: Theme, *, brand: Sequence[str] | None = None, article: Article | None = None,
    folder: Path | None = None, cover: str = "", thumb: str = "",
) -> Phone:  # fmt: skip
    """`article` is what was typeset already, of a file; a draft's own is typeset here."""
    draft = view.draft
    brief, copy = draft.brief, draft.copy
    spec = channel_spec(brief.channel, brief.form, _known(brief))
    vault = Vault()
    page, meters = None, _meters(view, spec)
    if isinstance(copy, ArticleCopy):
        made = article or typeset_draft(draft, theme, brand=brand)
        page = _page(view, made, copy, theme, folder)
        limit = spec.content_max or 19999
        meters += (Meter(name="正文连标签", used=made.chars, limit=limit, unit="字符"),)
    return Phone(
        format=spec.name,
        kind=spec.format,
        meters=meters,
        page=page,
        fold=FOLD_LINES if brief.channel == "moments" else 0,
        shape=shape_of(spec.format),
        message=vault.mask(brief.message),
        history=tuple((turn.role == "staff", vault.mask(turn.text)) for turn in brief.history),
        cover=cover,
        thumb=thumb,
        label=view.label if view.label and inside(draft) else "",
        label_first=label_rule(brief.form).place == "start",
    )


def shape_of(format: str) -> str:
    """Width by height of the picture of a format, as CSS says it."""
    return _SHAPES.get(format, "4 / 3")


def _page(view: DraftView, made: Article, copy: ArticleCopy, theme: Theme, folder: Path | None) -> Page:
    parts = []
    for i, section in enumerate(copy.sections):
        for name, text in (("heading", section.heading), ("text", section.text)):
            parts.append((text, view.marks.get(f"sections[{i}].{name}", ())))
    parts.append((copy.cta, view.marks.get("cta", ())))
    return Page(display=shown(made.html, parts, folder), rich=made.html, theme=theme.name)


def _known(brief: Brief) -> str:
    return brief.format if brief.format in formats(brief.channel, brief.form) else ""


def _meters(view: DraftView, spec: ChannelSpec) -> tuple[Meter, ...]:
    copy = view.draft.copy
    if copy is None:
        return ()
    if isinstance(copy, ArticleCopy):
        found = []
        if spec.title_max:
            note = f"卡片上看得到前 {spec.title_cut} 字" if spec.title_cut else ""
            found.append(Meter(name="标题", used=wechat_length(copy.title), limit=spec.title_max, note=note))
        if spec.digest_max:
            note = f"卡片上看得到前 {spec.digest_warn} 字" if spec.digest_warn else ""
            found.append(Meter(name="摘要", used=wechat_length(copy.digest), limit=spec.digest_max, note=note))
        return tuple(found)
    found = []
    if spec.text_max:
        used = wechat_length(copy.text, emoji_apart=spec.emoji_max is not None)
        found.append(Meter(name="正文", used=used, limit=spec.text_max))
    if spec.bytes_max:
        found.append(Meter(name="正文", used=utf8_length(copy.text), limit=spec.bytes_max, unit="字节"))
    if spec.lines_max and spec.line_chars and isinstance(copy, MomentsCopy):
        lines = sum(max(1, -(-wechat_length(line) // spec.line_chars)) for line in copy.text.strip("\n").split("\n"))
        found.append(
            Meter(name="行数", used=lines, limit=spec.lines_max, unit="行", note=f"按每行约 {spec.line_chars} 字")
        )
    return tuple(found)
