"""What the sheets that other backends import look like, as values: `sheet("短信")` from exports.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.rules.channels import RuleSource

EXPORTS_FILE = Path(__file__).with_name("exports.yaml")
SLOT = "slot:"
"""Before the name of a recipient's own value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    value: str
    """Name of what stands there, or `slot:NAME`."""
    source: RuleSource
    required: bool = False
    max_chars: int | None = None
    max_bytes: int | None = None
    max_wechat: int | None = None
    note: str = ""

    @property
    def slot(self) -> str:
        """The recipient's value that stands here; empty for everything else."""
        return self.value.removeprefix(SLOT) if self.value.startswith(SLOT) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    name: str
    forms: tuple[str, ...]
    """Forms of copy that this backend can send."""
    columns: tuple[Column, ...]
    source: RuleSource
    note: str = ""
    per_draft: bool = False
    """A row a draft; else a row a recipient."""
    signature: bool = False
    """The brand in 【】 goes before the text."""
    opt_out: str = ""
    """Goes behind the text."""
    single_chars: int = 0
    """Characters of one billed message, where messages are billed by length."""
    part_chars: int = 0
    """Characters of each part of a longer one."""

    @property
    def slots(self) -> tuple[str, ...]:
        """Recipients' values the sheet cannot do without."""
        return tuple(one.slot for one in self.columns if one.slot and one.required)


def sheet(name: str) -> Sheet:
    """Raises UsageError naming the sheets there are."""
    found = _load().get(name)
    if found is None:
        raise UsageError(f"没有「{name}」这种表", hint=f"可选：{'、'.join(_load())}。")
    return found


def sheet_names() -> tuple[str, ...]:
    return tuple(_load())


@cache
def contact_slots() -> frozenset[str]:
    """Values that say where to send to and have no place in copy, e.g. 手机号."""
    return frozenset(column.slot for one in _load().values() for column in one.columns if column.slot)


def parse_exports(text: str, file: str = EXPORTS_FILE.name) -> dict[str, Sheet]:
    """Raises BadInputError naming the key that is wrong."""
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        sources = {name: RuleSource(**entry) for name, entry in data["sources"].items()}
        return {name: _sheet(name, entry, sources) for name, entry in data["sheets"].items()}
    except yaml.YAMLError as error:
        raise BadInputError("不是合法的 YAML", file=file, hint=str(error)) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInputError(f"缺少或写错了 {error}", file=file, hint="对照文件开头的说明改。") from error


def _sheet(name: str, entry: Mapping[str, Any], sources: Mapping[str, RuleSource]) -> Sheet:
    columns = tuple(Column(**{**one, "source": sources[one["source"]]}) for one in entry["columns"])
    values = {**entry, "columns": columns, "source": sources[entry["source"]], "forms": tuple(entry["forms"])}
    return Sheet(name=name, **values)


@cache
def _load() -> dict[str, Sheet]:
    return parse_exports(EXPORTS_FILE.read_text(encoding="utf-8"))
