"""WebP (RIFF): chunks of name, length and body. XMP needs the extended header VP8X, added where it is missing."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from agent.label.containers.broken import broken

XMP = b"XMP "
_XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10

Chunk = tuple[bytes, bytes]


def is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def chunks(data: bytes, file: str = "") -> Iterator[Chunk]:
    if len(data) < 20:
        raise broken(file)
    end = 8 + int(struct.unpack_from("<I", data, 4)[0])
    if end > len(data):
        raise broken(file)
    at = 12
    while at + 8 <= end:
        (length,) = struct.unpack_from("<I", data, at + 4)
        if at + 8 + length > end:
            raise broken(file)
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def join(parts: list[Chunk]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(one)) + one + b"\x00" * (len(one) % 2) for name, one in parts)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def without_xmp(data: bytes, file: str = "") -> bytes:
    """Always with the extended header, so that taking a packet out and putting one in are each other's reverse."""
    kept = [one for one in _extended(list(chunks(data, file)), file) if one[0] != XMP]
    return join(_flagged(kept, on=False))


def with_xmp(data: bytes, packet: bytes, file: str = "") -> bytes:
    """`data` must hold no packet yet."""
    parts = _extended(list(chunks(data, file)), file)
    return join([*_flagged(parts, on=True), (XMP, packet)])


def packets(data: bytes, file: str = "") -> Iterator[bytes]:
    for name, body in chunks(data, file):
        if name == XMP:
            yield body


def _extended(parts: list[Chunk], file: str) -> list[Chunk]:
    if parts and parts[0][0] == b"VP8X":
        if len(parts[0][1]) < 10:
            raise broken(file)
        return parts
    for name, body in parts:
        if name == b"VP8L" and len(body) >= 5:
            # Lossless header: signature byte, then 14 bits width - 1, 14 bits height - 1, 1 bit alpha.
            (bits,) = struct.unpack_from("<I", body, 1)
            width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
            return [_header(width, height, _ALPHA_FLAG * alpha), *parts]
        if name == b"VP8 " and len(body) >= 10:
            # Lossy frame header: 3 bytes tag, 3 bytes start code, then 14 bits each with 2 bits of scale above.
            width, height = struct.unpack_from("<HH", body, 6)
            return [_header((width & 0x3FFF) - 1, (height & 0x3FFF) - 1, 0), *parts]
    raise broken(file)


def _header(width: int, height: int, flags: int) -> Chunk:
    """Sizes less one, three bytes each."""
    sizes = struct.pack("<I", max(width, 0))[:3] + struct.pack("<I", max(height, 0))[:3]
    return b"VP8X", bytes((flags, 0, 0, 0)) + sizes


def _flagged(parts: list[Chunk], *, on: bool) -> list[Chunk]:
    name, body = parts[0]
    flags = body[0] | _XMP_FLAG if on else body[0] & ~_XMP_FLAG
    return [(name, bytes((flags,)) + body[1:]), *parts[1:]]
