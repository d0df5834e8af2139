"""The files a prompt is made of, read and named."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.prompting.fence import MARKS
from agent.prompting.front_matter import split_matter
from knowledge_base.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Part:
    """One file a prompt is made of."""

    name: str
    """Path under prompts/, with forward slashes."""
    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    path: Path
    text: str
    head: str
    body: str

    @property
    def file(self) -> str:
        return self.path.as_posix()


def read_source(path: Path, name: str) -> Source:
    text = read_text(path)
    if forbidden := MARKS.intersection(text):
        raise BadInputError(
            f"含有控制字符 {sorted(map(ord, forbidden))}", file=path.as_posix(), hint="删掉看不见的字符。"
        )
    return Source(name, path, text, *split_matter(text, path.as_posix()))


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadInputError("不是 UTF-8 编码", file=path.as_posix(), hint="用 UTF-8 另存后重试。") from error
    except OSError as error:
        raise BadInputError(f"读不了：{error.strerror}", file=path.as_posix(), hint="检查路径和权限。") from error


def stamp(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - on the hot path; building a Path costs more than the call
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def json_object(part: Part) -> Mapping[str, Any]:
    try:
        data = json.loads(part.text)
    except json.JSONDecodeError as error:
        raise BadInputError(f"不是合格的 JSON：{error.msg}", file=part.path.as_posix(), row=error.lineno) from error
    if not isinstance(data, dict):
        raise BadInputError("JSON Schema 要是一个对象", file=part.path.as_posix())
    return data
