"""Bytes on disk -> text, and folders -> the files in them that we can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from knowledge_base.errors import BadInputError

TABLES = frozenset({".csv", ".tsv", ".xlsx", ".json", ".jsonl", ".ndjson", ".yaml", ".yml"})
DOCUMENTS = frozenset({".md", ".markdown", ".txt", ".html", ".htm", ".docx", ".pptx", ".pdf"})
READABLE = TABLES | DOCUMENTS
MAX_BYTES = 200_000_000
"""Larger files are refused with advice: nobody writes copy from one table of this size."""


def expand(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Files in a stable order, and whether each was named outright (then an unreadable kind is an error, not a skip).

    Hidden files and Excel's lock files (~$x.xlsx) are passed over. Raises BadInputError for a path that does not exist.
    """
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                inside = file.relative_to(path).parts
                if file.is_file() and not any(part.startswith((".", "~$")) for part in inside):
                    yield file, False
        elif path.exists():
            if not path.name.startswith("~$"):
                yield path, True
        else:
            raise BadInputError("没有这个文件或文件夹", file=str(path), hint="检查路径；带空格的路径要加引号。")


def read_bytes(path: Path, name: str) -> bytes:
    """Raises BadInputError when the file is too large, locked or unreadable."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInputError(f"超过 {MAX_BYTES // 1_000_000} MB", file=name, hint="拆成几个小文件再加。")
        return path.read_bytes()
    except PermissionError as error:
        raise BadInputError(
            "没有权限，或正被别的程序（例如 Excel）占用", file=name, hint="关掉那个程序再试。"
        ) from error
    except OSError as error:
        raise BadInputError(f"读不了：{error.strerror or error}", file=name, hint="检查路径和磁盘。") from error


def read_text(path: Path, name: str) -> str:
    """UTF-8 with or without BOM, UTF-16 with BOM, GB18030 and its subsets; anything else by detection."""
    data = read_bytes(path, name)
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        raise BadInputError("认不出文字编码", file=name, hint="用 UTF-8 另存后重试。")
    return str(best)
