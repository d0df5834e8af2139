"""Columns -> fields: which column fills what, for one kind and one set of column names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from knowledge_base.errors import UsageError
from knowledge_base.ingest.coerce import CellError
from knowledge_base.ingest.fill import SHORT_LISTS, Fill, fill_for, finish
from knowledge_base.ingest.kinds import KIND_COLUMNS
from knowledge_base.ingest.rows import Broken
from knowledge_base.ingest.synonyms import (
    NUMBERED_EVIDENCE,
    PICTURES,
    PREFIXES,
    SPEC_NAMES,
    field_names,
    header_key,
    targets,
)
from knowledge_base.records import KINDS, Kind

IGNORE = frozenset({"-", "忽略", "ignore", "skip"})
_MANY = (
    "selling_points scenes faq needs pains language avoid objections specs evidence promotions openings closings quotes"
)
LISTS = SHORT_LISTS | frozenset(_MANY.split())
"""Targets that several columns may feed, as 卖点1 and 卖点2 do."""
_NESTED = {"link": ("url", "mini_appid", "mini_path", "scene"), "promotions": ("name", "text", "start", "end", "price")}


class RowError(ValueError):
    """Cells of a row that mean nothing certain; the text names every one of them, in Chinese."""


@dataclass(frozen=True, slots=True)
class Plan:
    kind: Kind
    fills: tuple[tuple[str, Fill], ...]
    used: Mapping[str, str]
    """Column -> target."""
    ignored: Mapping[str, str]
    """Column -> reason; empty when the column is simply unknown."""

    def data(self, cells: Mapping[str, Any], brand: str) -> dict[str, Any]:
        """The mapping for `parse_record`. `brand` fills in where the row names none. Raises RowError."""
        found: dict[str, Any] = {}
        wrong = []
        for column, fill in self.fills:
            value = cells.get(column)
            if value is None or value == "":
                continue
            if isinstance(value, Broken):
                wrong.append(f"列「{column}」{value.reason}")
                continue
            try:
                fill(found, value)
            except CellError as error:
                wrong.append(f"列「{column}」{error}")
        if wrong:
            raise RowError("；".join(wrong))
        finish(found)
        if brand and "brand" in field_names(self.kind):
            found.setdefault("brand", brand)
        return found


def make_plan(kind: Kind, columns: tuple[str, ...], mapping: Mapping[str, str]) -> Plan:
    """The plan for a table. `mapping` (column -> field as the user wrote it) beats every guess."""
    wanted = {header_key(column): target for column, target in mapping.items()}
    chosen: dict[str, str] = {}
    ranks: dict[str, tuple[int, str]] = {}
    ignored: dict[str, str] = {}
    for column in columns:
        key = header_key(column)
        if key in KIND_COLUMNS and column not in mapping:
            chosen[column] = "kind"
            continue
        if column in mapping or key in wanted:
            written = mapping.get(column, wanted.get(key, ""))
            target, rank = resolve(kind, written, column), -1
            if target is None:
                ignored[column] = "按 --map 忽略" if written.lower() in IGNORE else f"这一类没有字段 {written}"
                continue
        else:
            target, rank = _guess(kind, key, column)
        if target is None:
            ignored[column] = _nearest(kind, key)
        elif target in LISTS or target.startswith(("specs.", "evidence.")):
            chosen[column] = target
        elif target not in ranks or rank < ranks[target][0]:
            if target in ranks:
                loser = ranks[target][1]
                del chosen[loser]
                ignored[loser] = f"与「{column}」重复"
            ranks[target] = (rank, column)
            chosen[column] = target
        else:
            ignored[column] = f"与「{ranks[target][1]}」重复"
    ordered = {column: chosen[column] for column in columns if column in chosen}
    fills = tuple((column, fill_for(kind, target, column)) for column, target in ordered.items() if target != "kind")
    return Plan(kind, fills, ordered, ignored)


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Raises UsageError when a target of `--map` is a field of no kind."""
    for column, written in mapping.items():
        if written.lower() not in IGNORE and not any(resolve(kind, written, column) for kind in KINDS):
            fields = sorted({name for kind in KINDS for name in field_names(kind)})
            near = get_close_matches(written, fields, n=3)
            hint = (
                f"是不是：{'、'.join(near)}？" if near else f"可用的字段：{'、'.join(fields)}；不要这一列就写 列名=-。"
            )
            raise UsageError(f"--map {column}={written}：没有字段「{written}」", hint=hint)


def resolve(kind: Kind, written: str, column: str) -> str | None:
    """The target that `--map COLUMN=WRITTEN` means for a kind; None when it has no such field or is to be ignored."""
    text = written.strip()
    if text.lower() in IGNORE:
        return None
    head, _, part = text.partition(".")
    if kind == "product" and head in ("specs", "规格"):
        return f"specs.{part or column}"
    if kind == "product" and head in ("evidence", "证明") and part:
        return f"evidence.{part}"
    if part:
        allowed = head in field_names(kind) and part in _NESTED.get(head, ())
        return text if allowed else None
    return targets(kind).get(header_key(text), (None, 0))[0]


def _guess(kind: Kind, key: str, column: str) -> tuple[str | None, int]:
    known = targets(kind)
    if key in known:
        return known[key]
    if kind != "product":
        return None, 0
    if key in SPEC_NAMES:
        return f"specs.{column.strip()}", 0
    if key in NUMBERED_EVIDENCE:
        return f"evidence.{column.strip()}", 0
    bare = next((key.removeprefix(prefix) for prefix in PREFIXES if key.startswith(prefix)), "")
    target, rank = known.get(bare, (None, 0))
    # Behind every name that is known as it stands.
    return target, rank + 100


def _nearest(kind: Kind, key: str) -> str:
    if kind == "product" and key in PICTURES:
        return "图片请列成素材表，写明商品编号和路径"
    near = get_close_matches(key, targets(kind), n=1, cutoff=0.85) if len(key) > 3 else []
    return f"是不是 {targets(kind)[near[0]][0]}？" if near else ""
