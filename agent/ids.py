"""Ids that sort by time: a prefix that says what it names, then a UUIDv7 (RFC 9562) as 32 hex digits."""

from __future__ import annotations

import re
from typing import Literal

import uuid_utils

Prefix = Literal["d", "a", "b", "f", "r", "v"]
"""Draft, attempt, batch of attempts, final text, run, reviewer's verdict."""

_ID = re.compile(r"[a-z]_[0-9a-f]{32}\Z")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
KEY_CHARS = 22
"""62**22 > 2**128: every UUID fits."""
HANDLE_CHARS = 8


def new_id(prefix: Prefix) -> str:
    """A fresh id, greater than every id this process made before with the same prefix."""
    return f"{prefix}_{uuid_utils.uuid7().hex}"


def is_id(text: str) -> bool:
    """Whether `text` has the shape of an id."""
    return _ID.match(text) is not None


def handle(id: str) -> str:
    """The last digits of an id, for people: time-ordered ids differ at their end, not at their start."""
    return id[-HANDLE_CHARS:]


def short_key(id: str) -> str:
    """The id as 22 letters and digits, for places that take few characters (a mini program's scene takes 32)."""
    number, chars = int(id.rpartition("_")[2], 16), ""
    for _ in range(KEY_CHARS):
        number, digit = divmod(number, len(_DIGITS))
        chars = _DIGITS[digit] + chars
    return chars


def from_short_key(key: str, prefix: Prefix = "d") -> str:
    """The id that `short_key` shortened. Raises ValueError when `key` is none of its results."""
    number = 0
    for char in key:
        number = number * len(_DIGITS) + _DIGITS.index(char)
    if len(key) != KEY_CHARS or number >= 1 << 128:
        raise ValueError(f"not a draft key: {key!r}")
    return f"{prefix}_{number:032x}"
