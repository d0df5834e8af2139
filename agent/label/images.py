"""The AIGC field as XMP in PNG and JPEG files. A segment is put in and nothing is re-encoded: the pixels stay."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterator
from html import unescape
from xml.sax.saxutils import escape

from agent.label.implicit import Metadata
from knowledge_base.errors import BadInputError
from knowledge_base.rules.ai_labels import metadata_rule

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8"
PNG_XMP = b"XML:com.adobe.xmp"
JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_ITXT_HEAD = PNG_XMP + b"\x00" * 5
"""Keyword, then: not compressed, deflate, no language, no translated keyword."""
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))
_MAX_SEGMENT = 65533


def embed_image(data: bytes, metadata: Metadata, file: str = "") -> bytes:
    """The image with the field, an earlier XMP packet replaced. Raises BadInputError for other kinds of images."""
    packet = _packet(metadata).encode()
    if data.startswith(PNG):
        body = _ITXT_HEAD + packet
        chunks = [(kind, chunk) for kind, chunk in _png_chunks(data, file) if not _is_png_xmp(kind, chunk)]
        return PNG + b"".join(_png_chunk(*one) for one in (chunks[0], (b"iTXt", body), *chunks[1:]))
    if data.startswith(JPEG):
        body = JPEG_XMP + packet
        if len(body) > _MAX_SEGMENT:
            raise BadInputError("标识太长，放不进图片", file=file)
        kept, rest = [], data[len(JPEG) :]
        for marker, segment, tail in _jpeg_segments(data, file):
            if not (marker == 0xE1 and segment.startswith(JPEG_XMP)):
                kept.append((marker, segment))
            rest = tail
        first = [one for one in kept[:1] if one[0] == 0xE0]  # JFIF must stay first
        ordered = [*first, (0xE1, body), *kept[len(first) :]]
        return JPEG + b"".join(b"\xff%c" % m + struct.pack(">H", len(s) + 2) + s for m, s in ordered) + rest
    raise BadInputError("不是 PNG 或 JPEG 图片", file=file, hint="另存为 PNG 或 JPEG 后重试。")


def read_image(data: bytes, file: str = "") -> dict[str, str] | None:
    """The field of an image; None when it has none. Raises BadInputError when the file is broken."""
    for packet in _packets(data, file):
        rule = metadata_rule()
        found = re.search(rf"<{rule.xmp_prefix}:{rule.key}>(.*?)</{rule.xmp_prefix}:{rule.key}>", packet, re.DOTALL)
        found = found or re.search(rf'{rule.xmp_prefix}:{rule.key}="(.*?)"', packet, re.DOTALL)
        if found:
            try:
                value = json.loads(unescape(found[1]))
            except json.JSONDecodeError:
                return None
            return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else None
    return None


def _packet(metadata: Metadata) -> str:
    rule = metadata_rule()
    value = escape(json.dumps(dict(metadata), ensure_ascii=False), {'"': "&quot;"})
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:{rule.xmp_prefix}="{rule.xmp_namespace}">'
        f"<{rule.xmp_prefix}:{rule.key}>{value}</{rule.xmp_prefix}:{rule.key}>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def _packets(data: bytes, file: str) -> Iterator[str]:
    if data.startswith(PNG):
        for kind, chunk in _png_chunks(data, file):
            if _is_png_xmp(kind, chunk):
                yield _itxt_text(chunk)
    elif data.startswith(JPEG):
        for marker, segment, _ in _jpeg_segments(data, file):
            if marker == 0xE1 and segment.startswith(JPEG_XMP):
                yield segment[len(JPEG_XMP) :].decode("utf-8", "replace")


def _itxt_text(chunk: bytes) -> str:
    compressed = chunk[len(PNG_XMP) + 1] == 1
    parts = chunk[len(PNG_XMP) + 3 :].split(b"\x00", 2)
    body = parts[2] if len(parts) == 3 else b""
    try:
        return (zlib.decompress(body) if compressed else body).decode("utf-8", "replace")
    except zlib.error:
        return ""


def _is_png_xmp(kind: bytes, chunk: bytes) -> bool:
    return kind == b"iTXt" and chunk.startswith(PNG_XMP + b"\x00") and len(chunk) > len(PNG_XMP) + 3


def _png_chunks(data: bytes, file: str) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at < len(data):
        if at + 12 > len(data):
            raise _broken(file)
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if len(body) != length:
            raise _broken(file)
        yield kind, body
        at += 12 + length
        if kind == b"IEND":
            return
    raise _broken(file)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _jpeg_segments(data: bytes, file: str) -> Iterator[tuple[int, bytes, bytes]]:
    """(marker, body, everything after it) of each segment before the picture's data."""
    at = len(JPEG)
    while at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker in _STANDALONE:
            raise _broken(file)
        if marker == 0xFF:  # padding before a marker
            at += 1
            continue
        if marker in (0xDA, 0xD9):
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise _broken(file)
        yield marker, data[at + 4 : end], data[end:]
        at = end
    raise _broken(file)


def _broken(file: str) -> BadInputError:
    return BadInputError("图片文件不完整", file=file, hint="重新导出或下载这张图片。")
