"""Where made files go: nothing is overwritten unless asked."""

from __future__ import annotations

from pathlib import Path

from agent.storage.files import write_bytes
from knowledge_base.errors import BadInputError


def put(path: Path, data: bytes, *, force: bool) -> bool:
    """Whether the file was written; False when it already holds these very bytes.

    Raises BadInputError when another file stands there, StorageError when the disk refuses.
    """
    if path.exists() and not force:
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
        raise BadInputError("已经有这个文件，没有动它", file=str(path), hint="换一个 --out，或加 --force 覆盖。")
    write_bytes(path, [data])
    return True
