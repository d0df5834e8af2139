"""The text that people published, from a file or the pipe."""

from __future__ import annotations

import sys
from pathlib import Path

from knowledge_base.errors import BadInputError


def read_final(file: str) -> str:
    """The whole text without a final line break. Raises BadInputError."""
    if file == "-":
        text = sys.stdin.read()
    else:
        try:
            data = Path(file).read_bytes()
        except OSError as error:
            raise BadInputError(f"读不了：{error.strerror or error}", file=file, hint="核对路径。") from error
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            # What Windows editors save as ANSI on a Chinese system.
            text = data.decode("gb18030", errors="replace")
    text = text.replace("\r\n", "\n").strip("\n")
    if not text.strip():
        raise BadInputError("是空的", file=file, hint="把发出去的文字放进去再试。")
    return text
