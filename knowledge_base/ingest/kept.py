"""The record of personal data that was stored on purpose: when, from which files, why and how much, never what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from knowledge_base.errors import StorageError
from knowledge_base.pii import PiiKind
from knowledge_base.workspace import Workspace

LOG_NAME = "kept-personal-data.jsonl"


@dataclass(frozen=True, slots=True)
class Kept:
    at: str
    """ISO time with its offset."""
    reason: str
    files: tuple[str, ...]
    """As the user named them."""
    counts: Mapping[PiiKind, int]
    """Places by kind."""


def note_kept(workspace: Workspace, reason: str, paths: Sequence[Path], counts: Mapping[PiiKind, int]) -> None:
    """Appends one line. Raises StorageError when it cannot be written."""
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    kept = Kept(at, reason, tuple(workspace.relative(path) for path in paths), dict(counts))
    try:
        workspace.data.mkdir(parents=True, exist_ok=True)
        with (workspace.data / LOG_NAME).open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(asdict(kept), ensure_ascii=False) + "\n")
    except OSError as error:
        raise StorageError(
            f"保留个人信息的记录写不进 {LOG_NAME}：{error}", hint="检查 .wenan 的权限和磁盘空间。"
        ) from error


def kept_notes(workspace: Workspace) -> Iterator[Kept]:
    """In the order written; nothing when personal data was never kept."""
    path = workspace.data / LOG_NAME
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            found = json.loads(line)
            yield Kept(found["at"], found["reason"], tuple(found["files"]), found["counts"])
