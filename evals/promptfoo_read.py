"""Files that a promptfoo configuration names, read only from its own folder; and what of it cannot be taken over."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.suite_read import MAX_BYTES, read_yaml
from knowledge_base.errors import BadInputError

SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".py", ".rb", ".sh")


@dataclass
class Notes:
    """What was left out, and what works differently, each with its place."""

    left_out: list[tuple[str, str]] = field(default_factory=list)
    """(place, reason)."""
    differs: list[tuple[str, str]] = field(default_factory=list)

    def leave(self, place: str, reason: str) -> None:
        if (place, reason) not in self.left_out:
            self.left_out.append((place, reason))

    def differ(self, place: str, reason: str) -> None:
        if (place, reason) not in self.differs:
            self.differs.append((place, reason))


class LeftOutError(Exception):
    """Part of a configuration that cannot be taken over; the message says why, in Chinese."""


@dataclass(frozen=True)
class Folder:
    """The configuration's own folder: nothing outside of it is read."""

    root: Path

    def paths(self, reference: str) -> list[Path]:
        """Files of `file://a.txt` or `file://prompts/*.txt`, sorted. Raises LeftOutError."""
        name = reference.removeprefix("file://")
        if "://" in name:
            raise LeftOutError(f"{reference} 在网上，这里不去取")
        if "*" in name or "?" in name:
            found = sorted(path for path in self.root.glob(name) if path.is_file()) if _plain(name) else []
        else:
            found = [self.root / name]
        inside = [path.resolve() for path in found if path.resolve().is_relative_to(self.root.resolve())]
        if len(inside) < len(found):
            raise LeftOutError(f"{reference} 在配置文件夹外面，不读")
        if not inside or not all(path.is_file() for path in inside):
            raise LeftOutError(f"没有文件 {name}")
        return inside

    def text(self, path: Path) -> str:
        """Raises LeftOutError."""
        if path.suffix.lower() in SCRIPTS:
            raise LeftOutError(f"{path.name} 是程序，这里不运行")
        try:
            if path.stat().st_size > MAX_BYTES:
                raise LeftOutError(f"{path.name} 太大")
            return path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise LeftOutError(f"{path.name} 读不出来（要 UTF-8）") from error

    def data(self, path: Path) -> Any:
        """YAML, JSON or JSONL as values; other text as it is. Raises LeftOutError."""
        text, kind = self.text(path), path.suffix.lower()
        try:
            if kind in (".yaml", ".yml"):
                return read_yaml(text, path.name)[0]
            if kind == ".json":
                return json.loads(text)
            if kind == ".jsonl":
                return [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError, BadInputError) as error:
            raise LeftOutError(f"{path.name} 读不懂：{getattr(error, 'message', error)}") from error
        return text

    def rows(self, path: Path) -> list[tuple[int, dict[str, str]]]:
        """(line, cells by column) of a CSV file."""
        reader = csv.DictReader(io.StringIO(self.text(path)))
        return [
            (reader.line_num, {key: value or "" for key, value in row.items() if isinstance(key, str)})
            for row in reader
        ]


def _plain(pattern: str) -> bool:
    return ".." not in Path(pattern).parts and not Path(pattern).is_absolute()


def items(value: Any) -> list[Any]:
    """A list as it is, a single value as a list of one, nothing as an empty list."""
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def mapping(value: Any, place: str, notes: Notes) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        notes.leave(place, "应当是“字段: 值”")
        return {}
    return {str(key): one for key, one in value.items()}


def unknown_keys(data: Mapping[str, Any], known: Mapping[str, str], allowed: set[str]) -> Iterator[tuple[str, str]]:
    """(key, reason) of everything in `data` that is not `allowed`; `known` gives reasons."""
    for key in data:
        if key not in allowed:
            yield key, known.get(key, "这里没有这一项")
