"""Law and channel limits as dated data.

The names are loaded on first use (PEP 562): the law rules need neither YAML nor the emoji tables of the channels.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge_base.rules.channels import ChannelSpec, Limit, RuleSource, all_specs, channel_spec, formats
    from knowledge_base.rules.length import EmojiSpan, find_emoji, utf8_length, wechat_length

__all__ = [
    "ChannelSpec",
    "EmojiSpan",
    "Limit",
    "RuleSource",
    "all_specs",
    "channel_spec",
    "find_emoji",
    "formats",
    "utf8_length",
    "wechat_length",
]
_IN_LENGTH = frozenset({"EmojiSpan", "find_emoji", "utf8_length", "wechat_length"})


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{'length' if name in _IN_LENGTH else 'channels'}")
    found = globals()[name] = getattr(home, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
