"""A page on disk: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from knowledge_base.errors import StorageError


def write_page(path: Path, text: str) -> None:
    """Replaces `path` in one step, UTF-8. Raises StorageError and leaves an earlier file untouched."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_text(text, encoding="utf-8", newline="\n")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"写不了 {path}：{error.strerror or error}", hint="换一个路径，或看看文件夹的权限。"
        ) from error
