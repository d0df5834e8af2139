"""What somebody did, as triggers see it; or that an article is for sale again."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from knowledge_base.audience.triggers.rules import BIRTHDAY, BUY, RESTOCK, UNREAD

_RANKS = {BIRTHDAY: 0, UNREAD: 1, "阅读": 2, "点击": 3, "加购": 5, BUY: 7, RESTOCK: 8}
_OTHERS = 4
"""Of things at the same moment: looking comes before the cart, the cart before buying, buying before a restock."""
_KEY_BYTES = 10


class Event(NamedTuple):
    """One line, understood. Compares by time, then by `key`: an order that holds however lines were shuffled."""

    time: int
    """Microseconds since 1970, UTC."""
    key: bytes
    """Stands for all the rest: equal keys at the same time are one event, sent twice."""
    user: str
    """Pseudonym; empty for RESTOCK."""
    action: str
    item: str = ""
    category: str = ""
    text: str = ""
    """What was written, personal data hidden."""
    negative: bool = False
    """Whether `text` is a complaint."""


def event_key(user: str, action: str, item: str, channel: str, text: str) -> bytes:
    """Rank of the action, then a hash of what makes two events one."""
    said = "\x1f".join((user, action, item, channel, text)).encode("utf-8", "surrogatepass")
    return bytes([_RANKS.get(action, _OTHERS)]) + hashlib.blake2b(said, digest_size=_KEY_BYTES).digest()


def made(time: int, user: str, action: str, item: str = "") -> Event:
    """An event that no line told of: a birthday."""
    return Event(time, event_key(user, action, item, "", ""), user, action, item)
