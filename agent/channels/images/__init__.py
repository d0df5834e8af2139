"""Pictures for WeChat: fetched safely, made to fit, cropped, drawn, asked of designers; labelled where AI made them.

Seams for other rooms: `resolve_all` for the images of an article, `cover_for` for the preview of a draft.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.channels.images.draft_cover import cover_for
    from agent.channels.images.resolve import Resolved, resolve_all

__all__ = ["Resolved", "cover_for", "resolve_all"]
_HOMES = {"Resolved": "resolve", "resolve_all": "resolve", "cover_for": "draft_cover"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
