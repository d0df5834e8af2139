"""Whole drafts in batches: two statements for many instead of two for each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from agent.draft import Draft
from agent.storage.rows import to_draft

_DRAFTS = "SELECT * FROM drafts WHERE id IN (SELECT value FROM json_each(?))"
_ATTEMPTS = "SELECT * FROM attempts WHERE draft_id IN (SELECT value FROM json_each(?)) ORDER BY draft_id, ordinal"


def drafts_by_id(connection: sqlite3.Connection, ids: Sequence[str]) -> tuple[Draft, ...]:
    """The drafts that exist, in the order of `ids`."""
    wanted = (json.dumps(list(ids)),)
    rows = {row["id"]: row for row in connection.execute(_DRAFTS, wanted)}
    attempts: dict[str, list[sqlite3.Row]] = {}
    for row in connection.execute(_ATTEMPTS, wanted):
        attempts.setdefault(row["draft_id"], []).append(row)
    return tuple(to_draft(rows[id], attempts.get(id, [])) for id in ids if id in rows)
