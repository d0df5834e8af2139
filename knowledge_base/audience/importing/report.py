"""What one import did, countable and listable: nothing is cleaned away in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from knowledge_base.audience.schemas import Table

Reason = Literal[
    "no_user", "no_time", "bad_time", "ancient", "future", "unknown_action", "no_text", "returned", "duplicate",
    "again", "bot", "refused", "unasked", "forgotten",
]  # fmt: skip
REASONS: dict[Reason, str] = {
    "no_user": "没有用户",
    "no_time": "没有时间",
    "bad_time": "时间看不懂",
    "ancient": "时间早于 1990 年",
    "future": "时间晚于现在",
    "unknown_action": "不认识的动作",
    "no_text": "没有内容",
    "returned": "退货（数量为负），不算购买",
    "duplicate": "文件里重复",
    "again": "以前导入过",
    "bot": "像机器人",
    "refused": "本人不同意这个用途",
    "unasked": "没有同意记录",
    "forgotten": "本人要求删除过",
}
"""Why a row was dropped; a row is counted under the first reason that fits, in this order."""

EXAMPLES = 3
"""Rows shown for each reason."""


@dataclass(slots=True)
class Tally:
    """Counts while a file is cleaned, bucket after bucket; turned into an ImportReport at the end."""

    rows: int = 0
    kept: int = 0
    users: int = 0
    dropped: dict[Reason, int] = field(default_factory=dict)
    examples: dict[Reason, list[str]] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    """What was emptied because it could not be: 价格看不懂 and the like -> rows."""
    bots: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def drop(self, reason: Reason, rows: int, examples: list[str]) -> None:
        """Counts dropped rows; the first examples are kept."""
        if rows:
            self.dropped[reason] = self.dropped.get(reason, 0) + rows
            shown = self.examples.setdefault(reason, [])
            shown += examples[: EXAMPLES - len(shown)]

    def add(self, counts: dict[str, int], more: Mapping[str, int]) -> None:
        """Adds counts, leaving out zeros."""
        for name, count in more.items():
            if count:
                counts[name] = counts.get(name, 0) + count

    def note(self, text: str) -> None:
        """Says something once."""
        if text not in self.notes:
            self.notes.append(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    file: str
    kind: Table
    purpose: str
    basis: str
    already: bool = False
    """The same file was imported before with the same options: nothing was done."""
    rows: int
    kept: int
    users: int
    dropped: Mapping[str, int]
    """Reason (key of REASONS) -> rows; kept + all of these = rows."""
    examples: Mapping[str, list[str]]
    changes: Mapping[str, list[dict[str, Any]]]
    """行为, 类目 -> [{from, to, rows}]; `to` is null for unknown actions."""
    missing: Mapping[str, int]
    """Column -> kept rows where it says nothing."""
    repaired: Mapping[str, int]
    bots: list[dict[str, Any]]
    columns: Mapping[str, str]
    """Field -> column of the file."""
    personal: list[str]
    """Columns that were not stored because they hold personal data."""
    ignored: list[str]
    withdrawn: int = 0
    """People whose earlier data were removed because this file says they refuse."""
    notes: list[str]
    seconds: float = 0.0
