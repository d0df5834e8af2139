"""The typographic cover of a draft: its title, its brand, its label."""

from __future__ import annotations

from agent.channels.images.cover import Cover, Words, draw_cover
from agent.channels.images.errors import NoFontError
from agent.channels.images.fonts import find_fonts
from agent.copies import ArticleCopy
from agent.draft import Draft
from agent.label.implicit import metadata
from knowledge_base.errors import UsageError
from knowledge_base.rules.images import image_rules
from knowledge_base.workspace import Workspace

_ENDS = "。！？!?\n"


def cover_words(draft: Draft, *, title: str = "", layout: str = "") -> Words:
    """Articles by their title, other copy by its first sentence. Raises UsageError when there is no copy."""
    copy = draft.copy
    if copy is None and not title:
        raise UsageError("这一稿没有写成，没有标题", hint="用 --title 写封面上的字。")
    text = title or (copy.title if isinstance(copy, ArticleCopy) else _first_sentence(copy.text if copy else ""))
    context = draft.context
    names = [name for product in context.products for name in (product.name, *product.aliases)]
    return Words(
        title=text,
        brand=context.brand.name if context.brand else "",
        colours=context.brand.colours if context.brand else (),
        names=(*names, *((context.persona.name,) if context.persona else ())),
        seed=draft.id,
        layout=layout,
    )


def draft_cover(
    draft: Draft, workspace: Workspace, *, ratio: str = "2.35:1", title: str = "", layout: str = "", jpeg: bool = False
) -> Cover:
    """Raises NoFontError, UsageError. Carries the draft's AI label."""
    fonts = find_fonts(workspace.section("images"))
    words = cover_words(draft, title=title, layout=layout)
    return draw_cover(words, image_rules().cover(ratio), fonts, label=metadata(draft), jpeg=jpeg)


def cover_for(draft: Draft, workspace: Workspace, *, ratio: str = "2.35:1") -> bytes | None:
    """PNG bytes; None when there is no font or nothing to set. The same draft gives the same bytes."""
    try:
        return draft_cover(draft, workspace, ratio=ratio).data
    except (NoFontError, UsageError):
        return None


def _first_sentence(text: str) -> str:
    for at, character in enumerate(text.strip()):
        if character in _ENDS:
            return text.strip()[: at + (character not in "。\n")]
    return text.strip()
