"""Rules, events and engines for tests: a shop in Beijing, one person unless said otherwise."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from knowledge_base.audience.triggers.database import connect
from knowledge_base.audience.triggers.engine import Allowed, Birthdays, Engine, Taken
from knowledge_base.audience.triggers.event import Event, event_key
from knowledge_base.audience.triggers.rule_file import RuleFile, rule_set
from knowledge_base.audience.triggers.rules import Hit, RuleSet
from knowledge_base.audience.triggers.spans import micros

BEIJING = ZoneInfo("Asia/Shanghai")
FAR = "2027-06-01 12:00:00"
WRITE = {"channel": "私聊"}


def at(text: str) -> int:
    """`2026-11-20 14:00:00`, Beijing, as microseconds."""
    return micros(datetime.fromisoformat(text).replace(tzinfo=BEIJING))


def event(when: str, action: str, item: str = "p", user: str = "u", **more: Any) -> Event:
    """One event; `negative=True` for a complaint."""
    words = str(more.get("text", ""))
    key = event_key(user, action, item, "", words)
    return Event(
        at(when), key, user, action, item, str(more.get("category", "")), words, bool(more.get("negative", False))
    )


def rules(*parts: dict[str, Any], **head: Any) -> RuleSet:
    """A rule set; limits out of the way and nobody's sleep respected, unless told."""
    body = {"quiet": "无", "per_day": 100, "per_week": 500, "lateness": "10m", **head}
    whole = [
        {"id": f"r{i}", "name": f"规则{i}", "cooldown": "0s", "write": WRITE, **part} for i, part in enumerate(parts)
    ]
    return rule_set(RuleFile.model_validate({**body, "rules": whole}))


def everybody(users: Sequence[str]) -> frozenset[str]:
    """All agreed."""
    return frozenset(users)


class Shop:
    """An engine over a database that may be opened again."""

    def __init__(
        self, path: Path, found: RuleSet, *, allowed: Allowed = everybody, birthdays: Birthdays | None = None
    ) -> None:
        self._path, self._rules, self._allowed, self._birthdays = path, found, allowed, birthdays
        self.open()

    def open(self) -> None:
        """As a new process would."""
        self.database: sqlite3.Connection = connect(self._path)
        self.engine = Engine(
            self.database, self._rules, self._allowed, judge=lambda texts: ["差" in text for text in texts],
            birthdays=self._birthdays,
        )  # fmt: skip

    def restart(self) -> None:
        """Closes without warning, opens again."""
        self.database.close()
        self.open()

    def take(self, events: Iterable[Event], now: str = FAR, *, complete: bool = True) -> Taken:
        return self.engine.take(list(events), None, at(now), complete=complete)

    def kept(self) -> list[tuple[str, str, str, int, str]]:
        """(rule, user, item, at, status) of every hit kept, in order of time."""
        query = "SELECT rule, user, item, at, status FROM hits ORDER BY at, rule, user, item"
        return [tuple(row) for row in self.database.execute(query)]


def told(hits: Iterable[Hit]) -> list[tuple[str, str, str]]:
    """(rule, item, Beijing time) of hits."""
    return [
        (hit.rule, hit.item, datetime.fromtimestamp(hit.at / 1e6, BEIJING).strftime("%Y-%m-%d %H:%M:%S"))
        for hit in hits
    ]
