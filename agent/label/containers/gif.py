"""GIF89a: blocks after the screen descriptor. XMP is an application extension whose packet is not cut into sub-blocks
but followed by a ramp of bytes that lets any reader find its way out (Adobe XMP specification, part 3)."""

from __future__ import annotations

from collections.abc import Iterator

from agent.label.containers.broken import broken

_INTRO = b"\x21\xff\x0bXMP DataXMP"
_RAMP = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
COMMENT, APPLICATION, TRAILER, EXTENSION, IMAGE = 0xFE, 0xFF, 0x3B, 0x21, 0x2C


def is_gif(data: bytes) -> bool:
    return data[:6] in (b"GIF87a", b"GIF89a")


def blocks(data: bytes, file: str = "") -> tuple[bytes, list[bytes]]:
    """Header with screen descriptor and colours; then each extension, each image and the trailer, whole."""
    if len(data) < 13:
        raise broken(file)
    at = 13 + _colours(data[10])
    head, found = data[:at], list[bytes]()
    while at < len(data):
        kind = data[at]
        if kind == TRAILER:
            return head, [*found, data[at : at + 1]]
        if kind == EXTENSION:
            end = _xmp_end(data, at, file) if data.startswith(_INTRO, at) else _sub_blocks(data, at + 2, file)
        elif kind == IMAGE and at + 11 <= len(data):
            end = _sub_blocks(data, at + 11 + _colours(data[at + 9]), file)
        else:
            raise broken(file)
        found.append(data[at:end])
        at = end
    raise broken(file)


def without_xmp(data: bytes, file: str = "") -> bytes:
    head, found = blocks(data, file)
    return _as_89a(head) + b"".join(one for one in found if not one.startswith(_INTRO))


def with_xmp(data: bytes, packet: bytes, file: str = "") -> bytes:
    """`data` must hold no packet yet."""
    head, found = blocks(data, file)
    return _as_89a(head) + b"".join([*found[:-1], _INTRO + packet + _RAMP, found[-1]])


def packets(data: bytes, file: str = "") -> Iterator[bytes]:
    for one in blocks(data, file)[1]:
        if one.startswith(_INTRO):
            yield one[len(_INTRO) :].removesuffix(_RAMP)


def _as_89a(head: bytes) -> bytes:
    """Extensions came with 89a."""
    return b"GIF89a" + head[6:]


def _colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _xmp_end(data: bytes, at: int, file: str) -> int:
    end = data.find(_RAMP, at)
    if end < 0:
        raise broken(file)
    return end + len(_RAMP)


def _sub_blocks(data: bytes, at: int, file: str) -> int:
    while at < len(data):
        if data[at] == 0:
            return at + 1
        at += 1 + data[at]
    raise broken(file)
