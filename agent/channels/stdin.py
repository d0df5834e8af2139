"""Standard input as text, whatever the console's own encoding is."""

from __future__ import annotations

import sys


def read_stdin() -> str:
    """UTF-8, with or without a mark, else GB 18030; newlines as they are."""
    data = sys.stdin.buffer.read() if hasattr(sys.stdin, "buffer") else sys.stdin.read().encode("utf-8", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")
