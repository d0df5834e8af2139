"""A typographic cover: title, brand name and brand colours in one of the layouts."""

from __future__ import annotations

import hashlib
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.channels.images.fonts import Fonts, lacks
from agent.channels.images.layouts import LAYOUTS, Job
from agent.channels.images.palette import palette_of
from agent.channels.images.words import words_of
from agent.label.images import embed_image
from knowledge_base.errors import UsageError
from knowledge_base.rules.images import CoverSize

if TYPE_CHECKING:
    from PIL import Image

MAX_TITLE = 120
"""Characters that are looked at; a cover shows far fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands on a cover."""

    title: str
    brand: str = ""
    colours: Sequence[str] = ()
    names: Sequence[str] = ()
    """Product names and the like, which a line break should not tear."""
    seed: str = ""
    """Chooses the layout: the same seed, the same layout in every ratio."""
    layout: str = ""
    """A layout's id or name; empty: by seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    data: bytes
    """PNG."""
    layout: str
    """The layout's Chinese name."""
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    """Chinese; what the reader of the title would miss."""


def draw_cover(
    words: Words, size: CoverSize, fonts: Fonts, *, label: Mapping[str, str] | None = None, jpeg: bool = False
) -> Cover:
    """Raises UsageError without a title or for an unknown layout. `label`: the AIGC field to write in."""
    notes = []
    title, dropped = _drawable(words.title, fonts)
    if dropped:
        notes.append(f"字体里没有 {'、'.join(dropped)}，没有画")
    if not title:
        raise UsageError("没有能画的标题", hint="用 --title 写封面上的字。")
    brand, _ = _drawable(words.brand, fonts)
    name, draw = LAYOUTS[choose_layout(words)]
    canvas, setting = draw(
        Job(
            title=title, brand=_short(brand), size=size, palette=palette_of(words.colours), fonts=fonts,
            words=words_of(title, (*words.names, brand)),
        )
    )  # fmt: skip
    if setting.cut or len(words.title) > MAX_TITLE:
        notes.append("标题太长，末尾省略了；用 --title 换一个短的")
    data = _bytes(canvas.finished(), jpeg=jpeg)
    data = embed_image(data, label) if label else data
    return Cover(data=data, layout=name, lines=setting.lines, notes=tuple(notes))


def choose_layout(words: Words) -> str:
    """The id asked for, else one by the hash of seed and title. Raises UsageError naming the choices."""
    if words.layout:
        for id, (name, _) in LAYOUTS.items():
            if words.layout in (id, name):
                return id
        known = "、".join(f"{id}（{name}）" for id, (name, _) in LAYOUTS.items())
        raise UsageError(f"没有版式「{words.layout}」", hint=f"可选：{known}。")
    digest = hashlib.sha256((words.seed or words.title).encode("utf-8", "replace")).digest()
    return list(LAYOUTS)[int.from_bytes(digest[:4], "big") % len(LAYOUTS)]


def _drawable(text: str, fonts: Fonts) -> tuple[str, tuple[str, ...]]:
    """`text` in what the fonts can draw, and the characters left out; control and joining characters go unsaid."""
    kept = "".join(" " if c.isspace() else c for c in text[:MAX_TITLE])
    kept = "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"))
    missing = lacks(fonts.bold, kept) + lacks(fonts.serif, kept)
    return " ".join("".join(c for c in kept if c not in missing).split()), tuple(dict.fromkeys(missing))


def _short(brand: str) -> str:
    return brand if len(brand) <= 16 else brand[:15] + "…"


def _bytes(image: Image.Image, *, jpeg: bool) -> bytes:
    buffer = io.BytesIO()
    if jpeg:
        image.save(buffer, "JPEG", quality=92, subsampling=0, optimize=True)
    else:
        image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
