"""A file that fits already, without what it tells of its maker: parts are left out, no pixel is encoded again."""

from __future__ import annotations

from agent.label.containers import gif, jpeg, png
from knowledge_base.errors import BadInputError

_PNG_KEPT = frozenset(
    (
        b"IHDR",
        b"PLTE",
        b"tRNS",
        b"IDAT",
        b"IEND",
        b"sRGB",
        b"gAMA",
        b"cHRM",
        b"sBIT",
        b"bKGD",
        b"acTL",
        b"fcTL",
        b"fdAT",
    )
)
# JFIF says the density, Adobe how the colours are to be read; the decoder needs the second.
_JPEG_DROPPED = frozenset((*range(0xE1, 0xEE), 0xEF, 0xFE))
_GIF_LOOPS = (b"\x21\xff\x0bNETSCAPE2.0", b"\x21\xff\x0bANIMEXTS1.0")


def stripped(data: bytes, kind: str, file: str = "") -> bytes | None:
    """The file without EXIF, XMP, IPTC, profiles, comments and appended data; None when that cannot be done in place.

    Only for files whose pixels are upright sRGB, since orientation and profile go too.
    """
    try:
        return _stripped(data, kind, file)
    except BadInputError:
        return None  # a decoder forgives what a reader of parts does not


def _stripped(data: bytes, kind: str, file: str) -> bytes | None:
    if kind == "jpeg":
        segments, rest = jpeg.split(data, file)
        end = jpeg.scans_end(rest)
        return jpeg.join([one for one in segments if one[0] not in _JPEG_DROPPED], rest[:end]) if end else None
    if kind == "png":
        return png.join([one for one in png.chunks(data, file) if one[0] in _PNG_KEPT])
    if kind == "gif":
        head, blocks = gif.blocks(data, file)
        return head + b"".join(one for one in blocks if _picture_block(one))
    return None


def _picture_block(block: bytes) -> bool:
    if block[0] != gif.EXTENSION:
        return True
    if block[1] == gif.APPLICATION:
        return block.startswith(_GIF_LOOPS)
    return block[1] != gif.COMMENT
