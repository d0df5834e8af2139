"""Traditional characters in simplified text, by OpenCC's tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")


def find_traditional(text: str) -> Iterator[tuple[int, int, str]]:
    """Spans of traditional characters with their simplified form.

    A character counts when OpenCC simplifies it and the simplified standard set (GB 2312) does not hold it, so 著名,
    乾坤 and 瞭望 pass.
    """
    if not _HAN.search(text) or _is_plain(text):
        return
    for i, character in enumerate(text):
        if _HAN.match(character) and not _is_plain(character):
            simple = _converter().convert(character)
            if simple != character:
                yield i, i + 1, simple


def _is_plain(text: str) -> bool:
    """Whether every Chinese character is in GB 2312 (the simplified repertoire); other scripts do not matter."""
    try:
        "".join(_HAN.findall(text)).encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
