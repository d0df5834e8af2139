"""Law and channel limits as dated data."""

from __future__ import annotations

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
