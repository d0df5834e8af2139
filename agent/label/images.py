"""The AIGC field as XMP in PNG, JPEG, WebP and GIF files: a packet is put in, nothing is re-encoded, the pixels stay.

The packet also seals the file with the hash of everything else. A cropped, compressed or re-saved picture breaks it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from xml.sax.saxutils import escape

from agent.label.containers import gif, jpeg, png, webp
from agent.label.implicit import Metadata
from knowledge_base.errors import BadInputError
from knowledge_base.rules.ai_labels import metadata_rule

SEAL_PREFIX, SEAL_KEY = "wenan", "Seal"
SEAL_NAMESPACE = "urn:wenan:seal:1"
DIGITAL_SOURCE = b"trainedAlgorithmicMedia"
"""IPTC's word for pictures that a model made; also the end of compositeWithTrainedAlgorithmicMedia."""


@dataclass(frozen=True, slots=True)
class _Container:
    """How one file format carries a packet."""

    fits: Callable[[bytes], bool]
    packets: Callable[[bytes, str], Iterator[bytes]]
    without: Callable[[bytes, str], bytes]
    put: Callable[[bytes, bytes, str], bytes]


_CONTAINERS = (
    _Container(lambda data: data.startswith(png.SIGNATURE), png.packets, png.without_xmp, png.with_xmp),
    _Container(lambda data: data.startswith(jpeg.SIGNATURE), jpeg.packets, jpeg.without_xmp, jpeg.with_xmp),
    _Container(webp.is_webp, webp.packets, webp.without_xmp, webp.with_xmp),
    _Container(gif.is_gif, gif.packets, gif.without_xmp, gif.with_xmp),
)


def embed_image(data: bytes, metadata: Metadata, file: str = "", *, seal: bool = True) -> bytes:
    """The image with the field, an earlier XMP packet replaced. Raises BadInputError for other kinds of images.

    `seal` False: the field is carried over from another file, whose pixels nobody here answers for.
    """
    box = _container(data)
    if box is None:
        raise BadInputError(
            "不是 PNG、JPEG、WebP 或 GIF 图片", file=file, hint="用 wenan image prepare 转成 JPG 或 PNG 后重试。"
        )
    bare = box.without(data, file)
    return box.put(bare, _packet(metadata, _seal(bare) if seal else "").encode(), file)


def read_image(data: bytes, file: str = "") -> dict[str, str] | None:
    """The field of an image; None when it has none. Raises BadInputError when the file is broken."""
    rule = metadata_rule()
    for packet in _packets(data, file):
        if (found := _property(packet, rule.xmp_prefix, rule.key)) is not None:
            try:
                value = json.loads(found)
            except json.JSONDecodeError:
                return None
            return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else None
    return None


def sealed_image(data: bytes, file: str = "") -> bool | None:
    """Whether the file is byte for byte as it was sealed; None without a seal."""
    box = _container(data)
    for packet in _packets(data, file):
        if box and (found := _property(packet, SEAL_PREFIX, SEAL_KEY)) is not None:
            return found == _seal(box.without(data, file))
    return None


def says_ai_made(data: bytes, file: str = "") -> bool:
    """Whether the picture says in IPTC's words that a model made it."""
    return any(DIGITAL_SOURCE.lower() in packet.lower().encode() for packet in _packets(data, file))


def _container(data: bytes) -> _Container | None:
    return next((one for one in _CONTAINERS if one.fits(data)), None)


def _packets(data: bytes, file: str) -> Iterator[str]:
    if box := _container(data):
        yield from (packet.decode("utf-8", "replace") for packet in box.packets(data, file))


def _property(packet: str, prefix: str, key: str) -> str | None:
    """A property written as an element or as an attribute."""
    found = re.search(rf"<{prefix}:{key}>(.*?)</{prefix}:{key}>", packet, re.DOTALL)
    found = found or re.search(rf'\b{prefix}:{key}="(.*?)"', packet, re.DOTALL)
    return unescape(found[1]) if found else None


def _seal(bare: bytes) -> str:
    return "sha256:" + hashlib.sha256(bare).hexdigest()


def _packet(metadata: Metadata, seal: str) -> str:
    rule = metadata_rule()
    value = escape(json.dumps(dict(metadata), ensure_ascii=False), {'"': "&quot;"})
    space = f' xmlns:{SEAL_PREFIX}="{SEAL_NAMESPACE}"' if seal else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:{rule.xmp_prefix}="{rule.xmp_namespace}"{space}>'
        f"<{rule.xmp_prefix}:{rule.key}>{value}</{rule.xmp_prefix}:{rule.key}>"
        + (f"<{SEAL_PREFIX}:{SEAL_KEY}>{seal}</{SEAL_PREFIX}:{SEAL_KEY}>" if seal else "")
        + '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
