"""Persons in SQLite, those met last also in memory: memory does not grow with the number of people."""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from knowledge_base.audience.triggers.machine import Machine
from knowledge_base.audience.triggers.person import Person, load

MOST = 20_000
"""Persons kept in memory between batches."""
PAGE = 2_000


class People:
    """Every call belongs into the caller's transaction."""

    def __init__(self, database: sqlite3.Connection, machine: Machine) -> None:
        self._database, self._machine = database, machine
        self._known: OrderedDict[str, Person] = OrderedDict()
        self._changed: set[str] = set()
        self._wants: dict[str, frozenset[str]] = {}

    def forget_memory(self) -> None:
        """Somebody else wrote the database: what is in memory may be old. Only between batches."""
        self._known.clear()
        self._wants.clear()

    def fetch(self, users: Iterable[str]) -> None:
        """Brings people into memory together, which is much faster than one by one."""
        missing = [user for user in dict.fromkeys(users) if user not in self._known]
        for start in range(0, len(missing), PAGE):
            page = missing[start : start + PAGE]
            query = "SELECT user, body FROM people WHERE user IN (SELECT value FROM json_each(?))"
            found = dict(self._database.execute(query, (json.dumps(page),)).fetchall())
            for user in page:
                person = load(found[user]) if user in found else Person()
                self._known[user] = person
                self._wants[user] = frozenset(person.wants)

    def get(self, user: str) -> Person:
        """The person, who may be changed: `save` keeps what was changed of all that were got."""
        if user not in self._known:
            self.fetch((user,))
        self._known.move_to_end(user)
        self._changed.add(user)
        return self._known[user]

    @property
    def changed(self) -> frozenset[str]:
        """Who was got since the last `save`."""
        return frozenset(self._changed)

    def save(self, now: int) -> None:
        """Writes whoever was got since, and lets go of those with nothing left to wait for."""
        kept, gone, wanted, unwanted = [], [], [], []
        for user in self._changed:
            person = self._known[user]
            due = self._machine.tidy(person, now)
            wants = frozenset(person.wants)
            wanted += [(item, user) for item in wants - self._wants[user]]
            unwanted += [(item, user) for item in self._wants[user] - wants]
            self._wants[user] = wants
            if due is None:
                gone.append((user,))
                del self._known[user], self._wants[user]
            else:
                kept.append((user, due, person.dump()))
        self._changed.clear()
        # Sorted, the tree of the table is walked once from end to end.
        self._database.executemany("INSERT OR REPLACE INTO people VALUES (?, ?, ?)", sorted(kept))
        self._database.executemany("DELETE FROM people WHERE user = ?", gone)
        self._database.executemany("INSERT OR IGNORE INTO wants VALUES (?, ?)", wanted)
        self._database.executemany("DELETE FROM wants WHERE item = ? AND user = ?", unwanted)
        while len(self._known) > MOST:
            user, _ = self._known.popitem(last=False)
            del self._wants[user]

    def wanting(self, item: str) -> list[str]:
        """Who wanted an article, among those saved, in order."""
        return [
            row[0] for row in self._database.execute("SELECT user FROM wants WHERE item = ? ORDER BY user", (item,))
        ]

    def due(self, until: int) -> Iterator[list[str]]:
        """Pages of people with a timer at or before `until`; each must be saved with a later one before the next."""
        query = "SELECT user FROM people WHERE due <= ? ORDER BY due, user LIMIT ?"
        while page := [row[0] for row in self._database.execute(query, (until, PAGE))]:
            self.fetch(page)
            yield page
