"""Which files there are to read: folders walked in a stable order, lock files and hidden ones passed over."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.errors import BadInputError

TABLES = frozenset({".csv", ".tsv", ".xlsx", ".xlsm", ".json", ".jsonl", ".ndjson", ".yaml", ".yml"})
DOCUMENTS = frozenset({".md", ".markdown", ".txt", ".html", ".htm", ".docx", ".pptx", ".pdf"})
READABLE = TABLES | DOCUMENTS
OLD = {".xls": "xlsx", ".et": "xlsx", ".numbers": "xlsx", ".doc": "docx", ".wps": "docx", ".pages": "docx"} | {
    ".ppt": "pptx",
    ".dps": "pptx",
    ".key": "pptx",
    ".rtf": "docx",
}
"""Formats with words in them that we cannot read -> what to save them as."""


@dataclass(frozen=True, slots=True)
class Found:
    path: Path
    name: str
    """As reports show it and records keep it: relative to the root where it lies inside, with forward slashes."""
    words: tuple[str, ...]
    """File name without extension, then its folders up to the one the user named: they may say what it holds."""
    outright: bool
    """Named by the user, so that an unreadable format is an error and not a skip."""


def expand(paths: Sequence[Path], root: Path | None, *, missing_ok: bool = False) -> Iterator[Found]:
    """Every file once, in a stable order.

    Hidden files and folders and the lock files of Excel (~$x.xlsx) and LibreOffice are passed over.
    Raises BadInputError for a path that does not exist, unless `missing_ok`.
    """
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            files = [(file, False) for file in _walk(path)]
        elif path.exists():
            files = [(path, True)] if not _passed_over(path.name, outright=True) else []
        elif missing_ok:
            continue
        else:
            raise BadInputError("没有这个文件或文件夹", file=str(path), hint="检查路径；带空格的路径要加引号。")
        for file, outright in files:
            real = file.resolve()
            if real not in seen:
                seen.add(real)
                folders = file.relative_to(path).parent.parts[::-1] if path.is_dir() else ()
                top = path.resolve().name if path.is_dir() else ""
                yield Found(file, stored_name(file, root), (file.stem, *folders, top), outright)


def stored_name(path: Path, root: Path | None) -> str:
    """Relative to `root` where the file lies inside, else absolute; with forward slashes on every system."""
    absolute = path.resolve()
    if root is not None and absolute.is_relative_to(root.resolve()):
        return absolute.relative_to(root.resolve()).as_posix()
    return absolute.as_posix()


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _passed_over(name))
        for name in sorted(files):
            if not _passed_over(name):
                yield Path(here) / name


def _passed_over(name: str, *, outright: bool = False) -> bool:
    if name.startswith(("~$", ".~lock.")):
        return True
    return not outright and (name.startswith(".") or name in ("__MACOSX", "node_modules", "__pycache__", "Thumbs.db"))
