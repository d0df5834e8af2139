"""Text files in the encodings Chinese users really have: UTF-8 with or without BOM, GBK/GB18030, UTF-16 with BOM."""

from __future__ import annotations

import codecs
from pathlib import Path

from knowledge_base.errors import BadInputError
from knowledge_base.ingest.guard import check_size, open_binary

CHUNK = 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DAMAGED = 0.05
"""Share of broken characters, among the non-ASCII ones, under which a file is damaged UTF-8 rather than GBK."""


def detect(path: Path, shown: str) -> str:
    """The encoding, by trying it on the whole file in constant memory.

    Raises BadInputError for binary files, and with the line number where neither UTF-8 nor GB18030 can go on.
    """
    with open_binary(path, shown) as file:
        head = file.read(CHUNK)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if b"\0" in head:
        raise BadInputError("不是文本文件", file=shown, hint="确认扩展名和内容一致；表格请另存为 csv（UTF-8）或 xlsx。")
    broken = _first_break(path, shown, "utf-8")
    if broken is None:
        return "utf-8"
    if not _damaged_utf8(head) and _first_break(path, shown, "gb18030") is None:
        return "gb18030"
    raise BadInputError(
        f"第 {broken} 行有无法识别的字符，既不是 UTF-8 也不是 GBK",
        file=shown,
        hint="用记事本或 WPS 另存为 UTF-8 再试。",
    )


def read_text(path: Path, shown: str) -> str:
    """The whole text with `\\n` line ends and without a BOM."""
    check_size(path, shown)
    encoding = detect(path, shown)
    with open_binary(path, shown) as file:
        text = file.read().decode(encoding)
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _first_break(path: Path, shown: str, encoding: str) -> int | None:
    """1-based line of the first byte that cannot be decoded; None when all can."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    with open_binary(path, shown) as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return line + chunk[: error.start].count(b"\n")
            if not chunk:
                return None
            line += chunk.count(b"\n")


def _damaged_utf8(head: bytes) -> bool:
    # GBK read as UTF-8 breaks at nearly every character; UTF-8 with a few lost bytes hardly anywhere.
    text = head.decode("utf-8", "replace")
    foreign = sum(not char.isascii() for char in text)
    return foreign > 0 and text.count("\ufffd") / foreign < DAMAGED
