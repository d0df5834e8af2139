"""Predictions of people written for somebody's work, and their rows taken out again when a person is forgotten.

Files lie where the person asked for them, outside the audience folder; the database remembers where.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience.database import explained
from knowledge_base.errors import UsageError

if TYPE_CHECKING:
    from knowledge_base.audience.privacy.erasers import Person
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

REPORT = "predictions-written"
PLACE = "导出的预测表"
MARKS = ("user", "最后动作", "状态", "下一步")
"""Columns by which a table written here is known again."""
SUFFIXES = (".csv", ".json", ".jsonl", ".parquet")


def check(path: Path) -> None:
    """Raises UsageError for a form that is not written."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--out {path} 的后缀不认识", hint=f"写成 {'、'.join(SUFFIXES)}。")


def write(store: AudienceStore, frame: pl.DataFrame, path: Path) -> None:
    """Whole or not at all, and remembered first: a file that nobody knows of could not be cleaned."""
    check(path)
    full = path.resolve()
    store.save_report(REPORT, {"files": sorted({*_known(store), str(full)})})
    _write(frame, full)


def erase(workspace: Workspace, person: Person) -> int:
    """Takes a person's rows out of every file written here that still lies where it was; how many rows went.

    An eraser for `audience forget`. A file that is gone or is not such a table any more is left alone: see `blind`.
    """
    removed = 0
    for path in _files(workspace):
        frame = _read(path)
        if frame is None or frame.is_empty():
            continue
        left = frame.filter(pl.col("user") != person.pseudonym)
        if left.height < frame.height:
            removed += frame.height - left.height
            _write(left, path)
    return removed


def blind(workspace: Workspace) -> Sequence[str]:
    """What cannot be searched: copies, and files that are no longer where they were written."""
    files = _files(workspace)
    if not files:
        return ()
    gone = [path.name for path in files if _read(path) is None]
    moved = f"；{'、'.join(gone)} 已不在原处" if gone else ""
    return (f"{PLACE}的副本（写过 {len(files)} 个文件{moved}）：拷到别处的，请另外删掉这个人的行",)


def _files(workspace: Workspace) -> tuple[Path, ...]:
    from knowledge_base.audience.store import AudienceStore

    with AudienceStore.open(workspace) as store:
        return tuple(Path(one) for one in _known(store))


def _known(store: AudienceStore) -> tuple[str, ...]:
    report = store.report(REPORT)
    return tuple(report["files"]) if report else ()


def _write(frame: pl.DataFrame, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    with explained(path):
        try:
            if path.suffix.lower() == ".parquet":
                frame.write_parquet(temporary)
            else:
                temporary.write_text(_text(frame, path.suffix.lower()), encoding="utf-8", newline="")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _text(frame: pl.DataFrame, suffix: str) -> str:
    if suffix == ".csv":
        # The mark without which Excel reads the system's code page.
        return "\ufeff" + frame.write_csv()
    rows = [json.dumps(row, ensure_ascii=False) for row in frame.iter_rows(named=True)]
    return "[\n" + ",\n".join(rows) + "\n]\n" if suffix == ".json" else "".join(f"{row}\n" for row in rows)


def _read(path: Path) -> pl.DataFrame | None:
    """The table as it was written; None where none lies there: somebody may have put another file in its place."""
    try:
        frame = _table(path.read_bytes(), path.suffix.lower())
    except (OSError, ValueError, TypeError, pl.exceptions.PolarsError):
        return None
    # JSON without rows has no columns either.
    return frame if set(MARKS) <= set(frame.columns) or frame.is_empty() else None


def _table(data: bytes, suffix: str) -> pl.DataFrame:
    if suffix == ".parquet":
        return pl.read_parquet(io.BytesIO(data))
    text = data.decode("utf-8-sig")
    if suffix == ".csv":
        # Texts as they are: a table that lost a row must be the same otherwise.
        return pl.read_csv(io.StringIO(text), infer_schema=False)
    rows: Any = json.loads(text) if suffix == ".json" else [json.loads(one) for one in text.splitlines()]
    return pl.DataFrame(rows, infer_schema_length=None, strict=False)
