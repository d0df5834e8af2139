"""Text and attribute values on their way into HTML, and the few addresses that may stand in an attribute."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_VALUE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": " ", "\t": " "})
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpeg|jpg|gif|webp|bmp);base64,[A-Za-z0-9+/=%\s]*\Z", re.IGNORECASE)
_RUN = re.compile(r"^ +| {2,}", re.MULTILINE)


def text(content: str) -> str:
    """For text nodes: quotes may stay, which saves characters."""
    return content.translate(_TEXT)


def value(content: str) -> str:
    """For attribute values in double quotes."""
    return content.translate(_VALUE)


def code(content: str) -> str:
    """Lines of code: breaks as br, indents and runs of spaces as no-break spaces, for editors that collapse them."""
    lines = content.expandtabs(4).removesuffix("\n").translate(_TEXT)
    return _RUN.sub(lambda run: "\u00a0" * len(run[0]), lines).replace("\r", "").replace("\n", "<br>")


def safe_image(src: str) -> bool:
    """Web addresses, files beside the article and embedded bitmaps; nothing that a browser would run."""
    if src[:5].lower() == "data:":
        return _DATA_IMAGE.match(src) is not None
    try:
        return urlsplit(src).scheme in ("", "http", "https")
    except ValueError:
        return False
