"""JPEG (ITU-T T.81): marker segments, then the scans. XMP is an APP1 segment with a fixed name."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from agent.label.containers.broken import broken
from knowledge_base.errors import BadInputError

SIGNATURE = b"\xff\xd8"
NAME = b"http://ns.adobe.com/xap/1.0/\x00"
APP0, APP1, APP2, SOS, EOI = 0xE0, 0xE1, 0xE2, 0xDA, 0xD9
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))
_MAX_SEGMENT = 65533
# Within a scan FF 00 is a byte, FF D0-D7 a restart and FF FF padding; any other marker ends it.
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

Segment = tuple[int, bytes]


def split(data: bytes, file: str = "") -> tuple[list[Segment], bytes]:
    """The segments before the first scan, and everything from that scan on as it is."""
    at, found = len(SIGNATURE), list[Segment]()
    while at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker in _STANDALONE:
            raise broken(file)
        if marker == 0xFF:  # padding before a marker
            at += 1
            continue
        if marker in (SOS, EOI):
            return found, data[at:]
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise broken(file)
        found.append((marker, data[at + 4 : end]))
        at = end
    raise broken(file)


def join(segments: list[Segment], rest: bytes) -> bytes:
    return SIGNATURE + b"".join(b"\xff%c" % m + struct.pack(">H", len(s) + 2) + s for m, s in segments) + rest


def scans_end(rest: bytes) -> int | None:
    """Where the picture ends within `split`'s rest, its end marker included.

    None when the end is missing, or when something other than tables and scans stands before it. Phones append whole
    second pictures and films behind it.
    """
    at = 0
    while at + 2 <= len(rest):
        marker = rest[at + 1]
        if rest[at] != 0xFF:
            return None
        if marker == EOI:
            return at + 2
        if at + 4 > len(rest) or APP0 <= marker <= 0xFE:
            return None
        at += 2 + int(struct.unpack_from(">H", rest, at + 2)[0])
        if marker == SOS:
            end = _SCAN_END.search(rest, at)
            if end is None:
                return None
            at = end.start()
    return None


def without_xmp(data: bytes, file: str = "") -> bytes:
    segments, rest = split(data, file)
    return join([one for one in segments if not _is_xmp(*one)], rest)


def with_xmp(data: bytes, packet: bytes, file: str = "") -> bytes:
    """`data` must hold no packet yet."""
    body = NAME + packet
    if len(body) > _MAX_SEGMENT:
        raise BadInputError("标识太长，放不进图片", file=file)
    segments, rest = split(data, file)
    first = [one for one in segments[:1] if one[0] == APP0]  # JFIF must stay first
    return join([*first, (APP1, body), *segments[len(first) :]], rest)


def packets(data: bytes, file: str = "") -> Iterator[bytes]:
    for marker, body in split(data, file)[0]:
        if _is_xmp(marker, body):
            yield body[len(NAME) :]


def _is_xmp(marker: int, body: bytes) -> bool:
    return marker == APP1 and body.startswith(NAME)
