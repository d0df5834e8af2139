"""Values as small bytes and back: compact JSON, deflated."""

from __future__ import annotations

import json
import zlib
from typing import Any

from agent.codec import dumps

LEVEL, WINDOW_BITS, MEMORY_LEVEL = 1, 12, 5
"""Fastest, with tables of 20 KB instead of 256 KB: the texts are short, and a run writes thousands of them."""


def pack(plain: Any) -> bytes:
    return _deflated(dumps(plain).encode())


def unpack(blob: bytes) -> Any:
    return json.loads(zlib.decompress(blob))


def pack_text(text: str) -> bytes:
    return _deflated(text.encode("utf-8", "surrogatepass"))


def unpack_text(blob: bytes) -> str:
    return zlib.decompress(blob).decode("utf-8", "surrogatepass")


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW_BITS, MEMORY_LEVEL)
    return packer.compress(data) + packer.flush()
