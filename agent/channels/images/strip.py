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
# Frames, Huffman and quantisation tables (ITU-T T.81, table B.1).
_JPEG_KEPT = frozenset((*range(0xC0, 0xC8), 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xDB))
# How a part must start, and its bytes: number of lines, restart interval, JFIF's density, Adobe's reading of colours.
_JPEG_BOUNDED = {0xDC: (b"", 2), 0xDD: (b"", 2), 0xE0: (b"JFIF\x00", 14), 0xEE: (b"Adobe", 12)}
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
        return jpeg.join([one for one in segments if _jpeg_part(*one)], rest[:end]) if end else None
    if kind == "png":
        return png.join([one for one in png.chunks(data, file) if one[0] in _PNG_KEPT])
    if kind == "gif":
        head, blocks = gif.blocks(data, file)
        return head + b"".join(one for one in blocks if _picture_block(one))
    return None


def _jpeg_part(marker: int, body: bytes) -> bool:
    start, length = _JPEG_BOUNDED.get(marker, (b"", -1))
    return marker in _JPEG_KEPT or (len(body) == length and body.startswith(start))


def _picture_block(block: bytes) -> bool:
    if block[0] != gif.EXTENSION:
        return True
    if block[1] == gif.APPLICATION:
        return block.startswith(_GIF_LOOPS)
    return block[1] != gif.COMMENT
