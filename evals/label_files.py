"""Labelling without a terminal: a sheet with everything to label, filled in anywhere, read back row by row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.codec import dumps
from agent.storage.files import write_pieces
from evals.label_items import Item, as_shown, shuffled
from evals.label_store import SKIP, TIE, Label, LabelStore
from evals.label_ui import NAMES, hashes, label_of, materials, normal, readable
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.ingest.encoding import read_text
from knowledge_base.workspace import Workspace

COLUMNS = ("编号", "用例", "量表", "背景", "文案甲", "文案乙", "甲是", "结论", "可填")
KEYS = ("unit", "case", "rubric", "background", "a", "b", "first", "value", "choices")
TIES = frozenset({"平", "0", TIE, "分不出"})
SKIPS = frozenset({"跳过", "s", SKIP})
SHORT = 12
MOST_SHOWN = 8
# A cell that starts with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Imported:
    added: int
    same: int
    """Rows that say what is already kept."""
    blank: int


def export_sheet(items: Sequence[Item], store: LabelStore, path: Path, *, by: str, workspace: Workspace) -> int:
    """Writes every item with this person's labels, in their own blind order, as .csv or .jsonl; returns how many.

    Raises UsageError for another suffix, StorageError when it cannot be written.
    """
    if path.suffix.lower() not in (".csv", ".jsonl"):
        raise UsageError(f"不认识的表格格式：{path.name}", hint="文件名以 .csv 或 .jsonl 结尾。")
    known = {label.unit: label for label in store.read() if label.by == by}
    rows = [_row(item, known.get(item.unit), by, workspace) for item in shuffled(items, by)]
    write_pieces(path, _csv(rows) if path.suffix.lower() == ".csv" else (dumps(row) + "\n" for row in rows))
    return len(rows)


def import_sheet(items: Sequence[Item], store: LabelStore, path: Path, *, by: str) -> Imported:
    """Adds the labels of a filled-in sheet, all or none; rows without a value are left for later.

    Raises BadInputError naming every bad row.
    """
    units = {item.unit: item for item in items}
    known = {label.unit: label.value for label in store.read() if label.by == by}
    labels: list[Label] = []
    problems: list[tuple[int, str]] = []
    blank = same = 0
    for number, row in _read(path):
        said = normal(str(row.get("value") or ""))
        if not said:
            blank += 1
            continue
        item = units.get(str(row.get("unit") or "").strip())
        try:
            if item is None:
                raise ValueError("这个编号不在这次评测里")
            value = _value(said, item, str(row.get("first") or ""), by)
        except ValueError as error:
            problems.append((number, str(error)))
            continue
        if known.get(item.unit) == value:
            same += 1
        else:
            labels.append(label_of(item, value, by))
    if problems:
        shown = "；".join(f"第 {number} 行：{why}" for number, why in problems[:MOST_SHOWN])
        more = f"；另有 {len(problems) - MOST_SHOWN} 行" if len(problems) > MOST_SHOWN else ""
        raise BadInputError(shown + more, file=str(path), row=problems[0][0], hint="一条也没有导入；改好后再导。")
    store.add(*labels)
    return Imported(len(labels), same, blank)


def _row(item: Item, label: Label | None, by: str, workspace: Workspace) -> dict[str, str]:
    samples = as_shown(item, by)
    shas = hashes(samples)
    texts = [readable(sampled) for sampled in samples]
    values = item.rubric.values
    levels = "、".join(f"{level.value} {level.name}" for level in item.rubric.levels)
    return {
        "unit": item.unit,
        "case": item.case_id,
        "rubric": f"{item.rubric.name}：{item.rubric.question}",
        "background": "\n\n".join(f"【{name}】\n{text}" for name, text in materials(item, workspace)),
        "a": texts[0],
        "b": texts[1] if len(texts) > 1 else "",
        "first": "#" + shas[0][:SHORT],
        "value": "" if label is None else _said(label, shas),
        "choices": "甲、乙、平、跳过" if item.kind == "pair" else f"{values[0]}–{values[-1]}（{levels}）、跳过",
    }


def _said(label: Label, shas: Sequence[str]) -> str:
    if label.value == SKIP:
        return "跳过"
    if label.kind == "score":
        return label.value
    return "平" if label.value == TIE else NAMES[shas.index(label.value)]


def _value(said: str, item: Item, first: str, by: str) -> str:
    """Raises ValueError in Chinese."""
    if said in SKIPS:
        return SKIP
    if item.kind == "score":
        if said.removesuffix(".0") not in {str(value) for value in item.rubric.values}:
            raise ValueError(f"「{said}」不是量表里的档位")
        return said.removesuffix(".0")
    if said in TIES:
        return TIE
    if said not in ("甲", "乙", "a", "b", "1", "2"):
        raise ValueError(f"「{said}」看不懂，填 甲、乙、平 或 跳过")
    # The sheet says which copy stood in the first column, whoever's order that was.
    starts = [sha for sha in item.drafts if first and sha.startswith(first.strip().lstrip("#").lower())]
    shas = hashes(as_shown(item, by)) if not first else (*starts, *(sha for sha in item.drafts if sha not in starts))
    if first and len(starts) != 1:
        raise ValueError("“甲是”一列对不上这一对文案，别改它")
    return shas[0 if said in ("甲", "a", "1") else 1]


def _csv(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    writer.writerows([_safe(row[key]) for key in KEYS] for row in rows)
    # Without the mark Excel reads UTF-8 as the system's code page.
    yield "\ufeff" + buffer.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _read(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(line, row by key) of a sheet. Raises BadInputError."""
    if not path.is_file():
        raise BadInputError("没有这个文件", file=str(path), hint="先用 --export 导出一张表，填好再导。")
    text = read_text(path, str(path))
    if path.suffix.lower() == ".jsonl":
        yield from _json_rows(text, path)
        return
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    names = dict(zip(COLUMNS, KEYS, strict=True)) | {key: key for key in KEYS}
    have = {names[name] for name in reader.fieldnames or () if name in names}
    if not {"unit", "value"} <= have:
        raise BadInputError("缺少“编号”或“结论”一列", file=str(path), row=1, hint="用 --export 导出的表，别删列。")
    for row in reader:
        yield reader.line_num, {names[name]: value for name, value in row.items() if name in names}


def _json_rows(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadInputError("不是合格的 JSON", file=str(path), row=number, hint="一行一个对象。") from error
        if not isinstance(row, dict):
            raise BadInputError("应当是一个对象", file=str(path), row=number, hint='写成 {"unit": …, "value": …}。')
        yield number, row
