"""What people said of drafts: `.wenan/labels.jsonl`, append-only, one label or one withdrawal a line.

A label names what was judged by hash, so that it stays good for every run that holds the same words for the same task.
Several people may write at once; a line cut short by a crash was never acknowledged and is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from agent.codec import dumps
from agent.ids import new_id
from knowledge_base.errors import BadInputError, StorageError
from knowledge_base.workspace import Workspace

FILE = "labels.jsonl"
LOCK_SECONDS = 10.0
Kind = Literal["score", "pair"]
SKIP, TIE = "skip", "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    id: str
    unit: str
    """sha256 of kind, rubric and its version, task and copies: what was judged, whoever wrote it."""
    kind: Kind
    rubric: str
    rubric_version: str
    value: str
    """A level's digits; for a pair the winner's hash or `tie`; `skip` when the person would not say."""
    by: str
    at: str
    """UTC, ISO 8601."""
    case_id: str
    run: str
    """The run it was shown from."""
    drafts: tuple[str, ...]
    """Hashes of the copies, in the order shown."""


def new_label(**values: Any) -> Label:
    """A label of this moment with an id of its own."""
    return Label(id=new_id("v"), at=datetime.now(UTC).isoformat(timespec="seconds"), **values)


class LabelStore:
    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, workspace: Workspace) -> LabelStore:
        return cls(workspace.data / FILE)

    def add(self, *labels: Label) -> None:
        """Appends; on disk when this returns. Raises StorageError."""
        self._append({"label": asdict(label)} for label in labels)

    def withdraw(self, id: str, by: str) -> None:
        """Takes a label back; both lines stay in the file."""
        self._append([{"withdrawn": id, "by": by, "at": datetime.now(UTC).isoformat(timespec="seconds")}])

    def read(self) -> tuple[Label, ...]:
        """Labels that stand, oldest first: withdrawn ones are left out, of one person's on one unit the last counts.

        Raises BadInputError for a line that is no label, naming it.
        """
        found: dict[tuple[str, str], list[Label]] = {}
        for entry in self._entries():
            if isinstance(entry, Label):
                found.setdefault((entry.by, entry.unit), []).append(entry)
            else:
                for labels in found.values():
                    labels[:] = [label for label in labels if label.id != entry]
        standing = [labels[-1] for labels in found.values() if labels]
        return tuple(sorted(standing, key=lambda label: (label.at, label.id)))

    def _entries(self) -> Iterable[Label | str]:
        if not self.path.is_file():
            return
        try:
            text = self.path.read_bytes().decode("utf-8", "replace")
        except OSError as error:
            raise StorageError(f"读不了 {self.path}：{error.strerror or error}", hint="检查权限。") from error
        *lines, _torn = text.split("\n")
        for row, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield _entry(json.loads(line))
            except (ValueError, TypeError, KeyError) as error:
                hint = "标注只追加不改；删掉这一行，或从备份恢复。"
                raise BadInputError("不是一条标注", file=str(self.path), row=row, hint=hint) from error

    def _append(self, entries: Iterable[Mapping[str, Any]]) -> None:
        text = "".join(dumps(dict(entry)) + "\n" for entry in entries)
        if not text:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=LOCK_SECONDS), self.path.open("a+b") as file:
                _drop_torn_line(file)
                file.write(text.encode("utf-8"))
                file.flush()
        except Timeout as error:
            raise StorageError(f"{self.path} 正被另一个程序占用", hint="等另一个 wenan 写完再试。") from error
        except OSError as error:
            raise StorageError(f"写不了 {self.path}：{error.strerror or error}", hint="检查权限和磁盘空间。") from error


def _drop_torn_line(file: Any) -> None:
    """A line without its end is what a crash left; nobody was told that it was kept."""
    file.seek(0)
    whole = file.read()
    if whole and not whole.endswith(b"\n"):
        file.truncate(whole.rfind(b"\n") + 1)
    file.seek(0, 2)


def _entry(data: Any) -> Label | str:
    if "withdrawn" in data:
        return str(data["withdrawn"])
    said = {one.name: data["label"][one.name] for one in fields(Label)}
    drafts = tuple(said.pop("drafts"))
    if not all(isinstance(value, str) for value in (*said.values(), *drafts)) or said["kind"] not in ("score", "pair"):
        raise ValueError("not a label")
    return Label(drafts=drafts, **said)
