"""Values as small bytes and back: compact JSON, deflated."""

from __future__ import annotations

import json
import zlib
from typing import Any

from agent.codec import dumps

LEVEL = 1
"""Fastest; the texts are short, and a run writes thousands of them."""


def pack(plain: Any) -> bytes:
    return zlib.compress(dumps(plain).encode(), LEVEL)


def unpack(blob: bytes) -> Any:
    return json.loads(zlib.decompress(blob))


def pack_text(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8", "surrogatepass"), LEVEL)


def unpack_text(blob: bytes) -> str:
    return zlib.decompress(blob).decode("utf-8", "surrogatepass")
