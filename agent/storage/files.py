"""Files that appear whole or not at all, whatever their size."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from knowledge_base.errors import StorageError


def write_pieces(path: Path, pieces: Iterable[str]) -> None:
    """Replaces `path` by the joined pieces in one step, UTF-8, newlines as they are.

    Raises StorageError and leaves an earlier file untouched; what `pieces` raises does so too.
    """
    write_bytes(path, (piece.encode("utf-8", "replace") for piece in pieces))


def write_bytes(path: Path, pieces: Iterable[bytes]) -> None:
    """`write_pieces` for bytes."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(pieces)
            _share(Path(temporary), path)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            f"写不了 {path}：{error.strerror or error}",
            hint="关掉正在占用它的程序（例如 Excel、Word），或换一个路径。",
        ) from error


def _share(new: Path, old: Path) -> None:
    """The rights of the file it replaces, or those any new file gets; mkstemp gives them to the owner alone."""
    if old.is_file():
        new.chmod(old.stat().st_mode & 0o777)
        return
    mask = os.umask(0)
    os.umask(mask)
    new.chmod(0o666 & ~mask)
