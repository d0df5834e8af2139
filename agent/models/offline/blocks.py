"""Rendered data blocks -> fields: the offline writer's only window on the world.

A block's text is `键：值` lines and `键：` lines followed by `- item` lines; a value's own further lines are indented
by two spaces. Blocks the writer does not know are ignored, missing ones read as empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from agent.model import Block
from agent.models.offline.lines import tidy
from agent.models.offline.orders import without_orders

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBER = re.compile(r"\d+")
ASKED = frozenset({"brief", "spec", "message", "history", "findings"})
"""Blocks of those who may ask for something: the user, the channel, the customer, the last attempt's checks. What a
message orders the writer to do, `intents` leaves out."""


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """One block, read."""

    id: str = ""
    single: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, key: str) -> str:
        """The value of `key`, raw; a list's items are joined by 、. Empty when absent."""
        value = self.single.get(key, "")
        return value or "、".join(self.lists.get(key, ()))

    def many(self, key: str) -> tuple[str, ...]:
        """The items of `key`, tidied; a single value counts as one item."""
        items = self.lists.get(key) or ((self.single[key],) if self.single.get(key) else ())
        return tuple(text for text in map(tidy, items) if text)

    def raw(self, key: str) -> tuple[str, ...]:
        """The items of `key` as rendered."""
        return self.lists.get(key) or ((self.single[key],) if self.single.get(key) else ())

    def number(self, key: str) -> int | None:
        """The first whole number in the value, e.g. 40 of `40 字`."""
        match = _NUMBER.search(self.one(key))
        return int(match.group()) if match else None

    def day(self, key: str) -> date | None:
        return first_day(self.one(key))

    def __bool__(self) -> bool:
        return bool(self.single or self.lists)


NOTHING = Fields()


@dataclass(frozen=True, slots=True)
class Brief:
    """Every block of one request, by name."""

    blocks: Mapping[str, tuple[Fields, ...]]

    def first(self, name: str) -> Fields:
        found = self.blocks.get(name)
        return found[0] if found else NOTHING

    def every(self, name: str) -> tuple[Fields, ...]:
        return self.blocks.get(name, ())


def read_blocks(blocks: Iterable[Block]) -> Brief:
    """Groups a request's blocks by name, in order."""
    named: dict[str, list[Fields]] = {}
    for block in blocks:
        fields = read_block(block.id, block.text)
        if block.name not in ASKED:
            fields = only_told(fields)
        if fields or fields.id:
            named.setdefault(block.name, []).append(fields)
    return Brief({name: tuple(found) for name, found in named.items()})


@lru_cache(maxsize=2048)
def only_told(fields: Fields) -> Fields:
    """A data block without what it orders its writer to do; a product whose whole name is an order goes by its kind."""
    single = {key: without_orders(value) for key, value in fields.single.items()}
    lists = {key: tuple(filter(None, map(without_orders, items))) for key, items in fields.lists.items()}
    if fields.single.get("名称") and not single["名称"]:
        single["名称"] = single.get("品类", "")
    if single == fields.single and lists == fields.lists:
        return fields
    return Fields(fields.id, {k: v for k, v in single.items() if v}, {k: v for k, v in lists.items() if v})


@lru_cache(maxsize=2048)
def read_block(block_id: str, text: str) -> Fields:
    """Parses one block. Text that is neither a key nor an item continues the value before it."""
    single: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    key = ""
    for line in text.splitlines():
        if line.startswith("- ") and key:
            lists.setdefault(key, []).append(line[2:].strip())
        elif line.startswith("  ") and key:
            if key in lists:
                lists[key][-1] += "\n" + line.strip()
            else:
                single[key] = (single.get(key, "") + "\n" + line.strip()).strip()
        elif "：" in line:
            key, _, value = line.partition("：")
            key = key.strip()
            single[key] = value.strip()
        elif line.strip() and not key:
            key = "正文"
            single[key] = line.strip()
        elif line.strip():
            single[key] = (single.get(key, "") + "\n" + line.strip()).strip()
    named = single.get("编号", "") or block_id
    return Fields(named, {k: v for k, v in single.items() if v}, {k: tuple(v) for k, v in lists.items()})


def first_day(text: str) -> date | None:
    """The first `YYYY-MM-DD` in the text that is a real day."""
    days = all_days(text)
    return days[0] if days else None


def all_days(text: str) -> tuple[date, ...]:
    """Every `YYYY-MM-DD` in the text that is a real day, in order."""
    found = []
    for year, month, day in _DATE.findall(text):
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return tuple(found)
