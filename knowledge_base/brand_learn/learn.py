"""`wenan brand learn` as a verb: files -> proposal -> what brand.yaml would become; and, on request, writing it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from knowledge_base.brand_learn.fields import Value, flat_proposal, wanted_fields
from knowledge_base.brand_learn.merge import Merged, merge
from knowledge_base.brand_learn.proposal import Proposal, propose
from knowledge_base.brand_learn.reading import Reading, read
from knowledge_base.errors import BadInputError, StorageError, UsageError
from knowledge_base.records import Brand, Channel, Source
from knowledge_base.schema import parse_record
from knowledge_base.store.state import replace_text
from knowledge_base.workspace import Workspace

Phrase = Callable[[Proposal, Workspace, str | None], tuple[str, ...]]
"""Says a proposal's voice in better words: (proposal, workspace, model profile or None for the default) -> sentences,
empty to leave the measured ones. Comes from the agent's side; this room knows no models."""

BRAND_FILE = "brand.yaml"
FOLDERS = ("", "资料")
"""Where in the workspace brand.yaml is looked for, in order."""
MEMORY = "brand_learn.json"
PLACEHOLDER = "我的品牌"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Everything one run learned, nothing written yet."""

    reading: Reading
    proposal: Proposal
    merged: Merged
    file: Path
    current: str
    """What the file holds now; empty when it does not exist."""


def learn(
    paths: Sequence[Path],
    workspace: Workspace,
    *,
    channel: Channel | None = None,
    brand: str = "",
    file: Path | None = None,
    replaced: Sequence[str] = (),
    phrase: Phrase | None = None,
    model: str | None = None,
) -> Lesson:
    """Reads past texts and works out the new brand.yaml.

    `brand` names the brand of a new file and must agree with an existing one; `replaced` are fields to take over even
    where a person wrote them. Raises BadInputError when no text can be used or brand.yaml is broken, UsageError for
    options that cannot be.
    """
    fields = wanted_fields(replaced)
    target = file or _brand_file(workspace)
    current = _read_current(target, workspace)
    if current:
        _check_brand(current, brand, target, workspace)
    reading = read(paths, workspace, channel=channel)
    if not reading.texts:
        raise BadInputError(
            "没有读到可以学的旧文章" + (f"：{reading.problems[0]}" if reading.problems else ""),
            hint="给出 .md .txt .html .docx 文件或放着它们的文件夹，每篇至少有一句完整的话。",
        )
    proposal = propose(reading.texts)
    if phrase:
        proposal = replace(proposal, voice=phrase(proposal, workspace, model) or proposal.voice)
    merged = merge(
        current,
        flat_proposal(proposal),
        file=workspace.relative(target),
        base=_remembered(workspace, target),
        replace=fields,
        identity=brand or PLACEHOLDER,
    )
    _parse(merged.text, target, workspace)
    return Lesson(reading=reading, proposal=proposal, merged=merged, file=target, current=current)


def save(lesson: Lesson, workspace: Workspace) -> Path | None:
    """Writes brand.yaml and remembers the proposal; the old file stays beside it. Returns the backup's path, if any.

    Raises StorageError when the disk refuses and UsageError when a new file has no brand name yet.
    """
    if not lesson.current and _parse(lesson.merged.text, lesson.file, workspace).id == PLACEHOLDER:
        raise UsageError("新建 brand.yaml 要知道品牌叫什么", hint="加上 --brand 品牌名。")
    backup = None
    if lesson.current and lesson.merged.text != lesson.current:
        backup = _free_name(lesson.file)
        replace_text(backup, lesson.current)
    if lesson.merged.text != lesson.current:
        replace_text(lesson.file, lesson.merged.text)
    _remember(workspace, lesson)
    return backup


def read_brand(workspace: Workspace, file: Path | None = None) -> Brand | None:
    """The brand of `file` or of the workspace's brand.yaml; None when there is none. Raises BadInputError."""
    target = file or _brand_file(workspace)
    text = _read_current(target, workspace)
    if file and not text:
        raise BadInputError("没有这个文件，或者是空的", file=str(file), hint="检查路径。")
    return _parse(text, target, workspace) if text else None


def _brand_file(workspace: Workspace) -> Path:
    places = [workspace.root / folder for folder in FOLDERS]
    existing = next((place / BRAND_FILE for place in places if (place / BRAND_FILE).is_file()), None)
    home = next((place for place in reversed(places) if place.is_dir()), workspace.root)
    return existing or home / BRAND_FILE


def _read_current(target: Path, workspace: Workspace) -> str:
    try:
        text = target.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise BadInputError("不是 UTF-8 编码", file=workspace.relative(target), hint="用 UTF-8 另存后重试。") from error
    except OSError as error:
        raise StorageError(f"读不了 {target}：{error.strerror}", hint="检查路径和权限。") from error
    return text if text.strip() else ""


def _parse(text: str, target: Path, workspace: Workspace) -> Brand:
    import yaml

    name = workspace.relative(target)
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadInputError(f"不是合格的 YAML：{error}", file=name, hint="改好后重试。") from error
    if not isinstance(data, dict):
        raise BadInputError("应当是“字段: 值”", file=name, hint="一个 brand.yaml 只写一个品牌。")
    return cast(Brand, parse_record("brand", data, Source(name)))


def _check_brand(current: str, brand: str, target: Path, workspace: Workspace) -> None:
    record = _parse(current, target, workspace)
    if brand and brand not in (record.id, record.name):
        raise UsageError(
            f"{workspace.relative(target)} 里是「{record.name}」，不是「{brand}」",
            hint="换一个文件：--file 另一个/brand.yaml；或者去掉 --brand。",
        )


def _free_name(file: Path) -> Path:
    number = 1
    while (backup := file.with_name(f"{file.name}.{number}.bak")).exists():
        number += 1
    return backup


def _remembered(workspace: Workspace, target: Path) -> Mapping[str, Value] | None:
    """The proposal written last time. A damaged note means none: every field then counts as a person's."""
    try:
        notes = json.loads((workspace.data / MEMORY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    found = notes.get(workspace.relative(target)) if isinstance(notes, dict) else None
    return found if isinstance(found, dict) else None


def _remember(workspace: Workspace, lesson: Lesson) -> None:
    """Only what learning itself put into the file may be changed by learning again; the rest is a person's."""
    base = _remembered(workspace, lesson.file) or {}
    ours = {
        change.field: change.proposed
        for change in lesson.merged.changes
        if change.action in ("new", "updated") or change.field in base
    }
    path = workspace.data / MEMORY
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        notes = {}
    kept = notes if isinstance(notes, dict) else {}
    kept[workspace.relative(lesson.file)] = {**base, **ours}
    replace_text(path, json.dumps(kept, ensure_ascii=False, indent=1))
