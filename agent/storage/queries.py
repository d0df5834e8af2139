"""The journal's reading side: which drafts match, and which are neighbours."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.context import PastDraft
from agent.storage.rows import DraftRow, to_draft_row, utc_text

TRIGRAM_CHARS = 3
"""The trigram index cannot see shorter words."""

_LIST = """
SELECT d.*,
       (SELECT json_group_array(product_id) FROM
           (SELECT product_id FROM draft_products WHERE draft_id = d.id ORDER BY position)) AS products,
       (SELECT COUNT(*) FROM finals WHERE draft_id = d.id) AS finals
FROM drafts AS d
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Empty means any."""

    channel: str = ""
    product: str = ""
    persona: str = ""
    campaign: str = ""
    """Id or name; the drafts that stand for its units."""
    origin: str = ""
    """What had it written: cli, campaign, trigger …"""
    since: datetime | None = None
    status: str = ""
    """ok, blocked, unparsable; or `final`: a published text was recorded."""
    limit: int | None = None


ALL = Filters()


def list_rows(connection: sqlite3.Connection, filters: Filters, ids: list[str] | None = None) -> tuple[DraftRow, ...]:
    """Matching drafts, newest first; only those among `ids` when given."""
    where, values = _conditions(filters)
    if ids is not None:
        where.append("d.id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(ids))
    query = _LIST + (f" WHERE {' AND '.join(where)}" if where else "") + " ORDER BY d.id DESC"
    if filters.limit is not None:
        query += " LIMIT ?"
        values.append(filters.limit)
    return tuple(to_draft_row(row) for row in connection.execute(query, values))


def _conditions(filters: Filters) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    values: list[Any] = []

    def add(condition: str, value: Any) -> None:
        where.append(condition)
        values.append(value)

    if filters.channel:
        add("? IN (d.channel, d.form)", filters.channel)
    if filters.product:
        add("d.id IN (SELECT draft_id FROM draft_products WHERE product_id = ?)", filters.product)
    if filters.persona:
        add("d.persona = ?", filters.persona)
    if filters.campaign:
        units = "SELECT u.draft_id FROM units u JOIN campaigns c ON c.id = u.campaign WHERE u.retired = 0"
        add(f"d.id IN ({units} AND ? IN (c.id, c.name))", filters.campaign)
    if filters.origin:
        add("d.origin = ?", filters.origin)
    if filters.since is not None:
        add("d.created_at >= ?", utc_text(filters.since))
    if filters.status == "final":
        where.append("EXISTS (SELECT 1 FROM finals WHERE draft_id = d.id)")
    elif filters.status:
        add("d.status = ?", filters.status)
    return where, values


def matching_ids(connection: sqlite3.Connection, text: str, indexed: bool) -> list[str]:
    """Ids of drafts whose copy or published text holds every word of `text`, anywhere, case ignored."""
    found: set[str] | None = None
    for word in text.split():
        if indexed and len(word) >= TRIGRAM_CHARS:
            query = "SELECT draft_id FROM texts WHERE number IN (SELECT rowid FROM texts_index WHERE text MATCH ?)"
            value = '"' + word.replace('"', '""') + '"'
        else:
            query = "SELECT draft_id FROM texts WHERE text LIKE ? ESCAPE '!'"
            value = "%" + word.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        ids = {row[0] for row in connection.execute(query, (value,))}
        found = ids if found is None else found & ids
    return sorted(found or ())


_PAST = """
SELECT draft_id FROM ({source}) AS near
WHERE EXISTS (SELECT 1 FROM drafts WHERE id = draft_id AND copy IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM drafts WHERE parent = draft_id)
ORDER BY draft_id DESC LIMIT ?
"""
_BOTH = _PAST.format(source="SELECT draft_id FROM draft_products WHERE product_id = ? AND persona = ?")
_SAME_PRODUCT = _PAST.format(source="SELECT draft_id FROM draft_products WHERE product_id = ?")
_SAME_PERSONA = _PAST.format(source="SELECT id AS draft_id FROM drafts WHERE persona = ?")


def past_drafts(connection: sqlite3.Connection, product: str, persona: str, limit: int) -> tuple[PastDraft, ...]:
    """Newest first: same product and persona, then same product, then same persona. Revised drafts yield to their
    revision, and a draft to the text that was published in its place.
    """
    wanted: list[tuple[str, tuple[str, ...]]] = []
    if product and persona:
        wanted.append((_BOTH, (product, persona)))
    if product:
        wanted.append((_SAME_PRODUCT, (product,)))
    if persona:
        wanted.append((_SAME_PERSONA, (persona,)))
    ids: dict[str, None] = {}
    for query, values in wanted:
        if len(ids) < limit:
            # Rows already found may come back, so ask for as many as are needed even then.
            ids.update(dict.fromkeys(row[0] for row in connection.execute(query, (*values, limit))))
    newest = "SELECT text FROM texts WHERE draft_id = ? ORDER BY number DESC LIMIT 1"
    found = []
    for id in list(ids)[:limit]:
        row = connection.execute(newest, (id,)).fetchone()
        found.append(PastDraft(id=id, text=row[0] if row else ""))
    return tuple(found)


_VERSIONS = """
WITH RECURSIVE up(id, parent) AS (
    SELECT id, parent FROM drafts WHERE id = ?
    UNION SELECT d.id, d.parent FROM drafts AS d JOIN up ON d.id = up.parent
), family(id) AS (
    SELECT id FROM up WHERE parent IS NULL
    UNION SELECT d.id FROM drafts AS d JOIN family ON d.parent = family.id
)
SELECT id FROM family
"""


def version_rows(connection: sqlite3.Connection, id: str) -> tuple[DraftRow, ...]:
    """A draft's whole family of revisions, oldest first."""
    return tuple(reversed(list_rows(connection, Filters(), family_ids(connection, id))))


def family_ids(connection: sqlite3.Connection, id: str) -> list[str]:
    """Ids of all versions of a draft, whichever is named; none for an unknown one."""
    return [row[0] for row in connection.execute(_VERSIONS, (id,))]


def find_ids(connection: sqlite3.Connection, wanted: str) -> list[str]:
    """Up to six ids that `wanted` may mean: the whole id, its beginning, or its last digits (four at least)."""
    exact = connection.execute("SELECT id FROM drafts WHERE id = ?", (wanted,)).fetchone()
    if exact:
        return [exact[0]]
    if not wanted or not wanted.replace("_", "").isalnum() or not wanted.isascii():
        return []
    pattern = wanted.replace("_", "!_")
    query = "SELECT id FROM drafts WHERE id LIKE ? ESCAPE '!' ORDER BY id DESC LIMIT 6"
    found = [row[0] for row in connection.execute(query, (f"{pattern}%",))]
    if len(wanted) >= 4:
        found += [row[0] for row in connection.execute(query, (f"%{pattern}",))]
    return list(dict.fromkeys(found))
