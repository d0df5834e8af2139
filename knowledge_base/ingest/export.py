"""Records -> files that `kb add` reads back to the same records."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from knowledge_base.console import err, out
from knowledge_base.errors import StorageError, UsageError
from knowledge_base.records import Record
from knowledge_base.schema import dump_record

FORMATS = ("jsonl", "yaml", "csv")
BY_SUFFIX = {".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml", ".csv": "csv"}


def export_format(wanted: str, path: Path | None) -> str:
    """Raises UsageError for a format we do not write."""
    chosen = wanted or (BY_SUFFIX.get(path.suffix.lower(), "jsonl") if path else "jsonl")
    if chosen not in FORMATS:
        raise UsageError(f"没有格式「{chosen}」", hint=f"可选：{'、'.join(FORMATS)}。")
    return chosen


def export(records: Sequence[Record], form: str, path: Path | None) -> None:
    """Writes to `path` in one step, else to stdout. Raises StorageError."""
    content = exported(records, form)
    if path is None:
        out().out(content, end="", highlight=False)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.part")
        # Excel takes a CSV without BOM for the system's code page.
        temporary.write_text(content, encoding="utf-8-sig" if form == "csv" else "utf-8", newline="")
        temporary.replace(path)
    except OSError as error:
        raise StorageError(
            f"写不了 {path}：{error.strerror or error}", hint="关掉正在占用它的程序，或换一个路径。"
        ) from error
    err().print(f"导出 {len(records)} 条到 {path}", markup=False, soft_wrap=True)


def exported(records: Sequence[Record], form: str) -> str:
    """All records as one text."""
    plain = [_without_source(dump_record(record)) for record in records]
    if form == "jsonl":
        return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in plain)
    if form == "yaml":
        import yaml

        return str(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=1000)) if plain else "[]\n"
    return _csv(plain)


def _without_source(plain: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if key != "source"}


def _csv(plain: list[dict[str, Any]]) -> str:
    """Nested values stand in their cell as JSON, which `kb add` reads."""
    columns = list(dict.fromkeys(key for one in plain for key in one))
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, restval="")
    writer.writeheader()
    for one in plain:
        writer.writerow(
            {
                key: json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
                for key, value in one.items()
            }
        )
    return buffer.getvalue()
