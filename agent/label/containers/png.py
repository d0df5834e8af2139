"""PNG (ISO/IEC 15948): chunks of length, kind, body and checksum. XMP is an iTXt chunk with a fixed keyword."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from agent.label.containers.broken import broken

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"XML:com.adobe.xmp"
MAX_PACKET = 4_000_000
"""Bytes that a compressed packet may become."""
_HEAD = KEYWORD + b"\x00" * 5
"""Keyword, then: not compressed, deflate, no language, no translated keyword."""

Chunk = tuple[bytes, bytes]


def chunks(data: bytes, file: str = "") -> Iterator[Chunk]:
    """(kind, body) up to and with IEND; what lies behind it is no part of the picture."""
    at = len(SIGNATURE)
    while at < len(data):
        if at + 12 > len(data):
            raise broken(file)
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        # A wrong checksum must not be mended by writing the file again.
        if len(body) != length or data[at + 8 + length : at + 12 + length] != struct.pack(
            ">I", zlib.crc32(kind + body)
        ):
            raise broken(file)
        yield kind, body
        at += 12 + length
        if kind == b"IEND":
            return
    raise broken(file)


def join(parts: list[Chunk]) -> bytes:
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in parts)


def without_xmp(data: bytes, file: str = "") -> bytes:
    return join([one for one in chunks(data, file) if not _is_xmp(*one)])


def with_xmp(data: bytes, packet: bytes, file: str = "") -> bytes:
    """`data` must hold no packet yet."""
    first, *rest = chunks(data, file)
    return join([first, (b"iTXt", _HEAD + packet), *rest])


def packets(data: bytes, file: str = "") -> Iterator[bytes]:
    for kind, body in chunks(data, file):
        if _is_xmp(kind, body):
            yield _text(body)


def _text(body: bytes) -> bytes:
    compressed = body[len(KEYWORD) + 1] == 1
    parts = body[len(KEYWORD) + 3 :].split(b"\x00", 2)
    text = parts[2] if len(parts) == 3 else b""
    if not compressed:
        return text
    try:
        return zlib.decompressobj().decompress(text, MAX_PACKET)
    except zlib.error:
        return b""


def _is_xmp(kind: bytes, body: bytes) -> bool:
    return kind == b"iTXt" and body.startswith(KEYWORD + b"\x00") and len(body) > len(KEYWORD) + 3


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
