"""Who may be watched: those who agreed to the purpose, as of this moment, and were not forgotten."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from knowledge_base.audience.privacy.consent import forgotten

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

MOST = 50_000
"""Answers kept in memory."""


class Admission:
    """Asks audience.db, and again after anybody changed it: a consent that is withdrawn counts at once."""

    def __init__(self, store: AudienceStore, *, assume: bool = False) -> None:
        """`assume`: who was never asked counts as having agreed; a no stays a no."""
        self._store, self._assume = store, assume
        self._answers: OrderedDict[str, bool] = OrderedDict()
        self._forgotten: frozenset[str] = frozenset()
        self._version = -1

    def __call__(self, users: Sequence[str]) -> frozenset[str]:
        """Of these pseudonyms, those who may."""
        version = int(self._store.database.execute("PRAGMA data_version").fetchone()[0])
        if version != self._version:
            self._answers.clear()
            self._forgotten = forgotten(self._store)
            self._version = version
        unknown = [user for user in users if user not in self._answers]
        if unknown:
            self._ask(unknown)
        found = frozenset(user for user in users if self._answers[user])
        while len(self._answers) > MOST:
            self._answers.popitem(last=False)
        return found

    def _ask(self, users: list[str]) -> None:
        query = "SELECT user, granted FROM consent WHERE purpose = ? AND user IN (SELECT value FROM json_each(?))"
        said = {
            row["user"]: bool(row["granted"])
            for row in self._store.database.execute(query, (self._store.purpose, json.dumps(users)))
        }
        for user in users:
            gone = bool(self._forgotten) and self._store.pseudonyms.mark(user) in self._forgotten
            self._answers[user] = not gone and said.get(user, self._assume)
