"""Takes a person out of the journal: every draft, call, unit, review and text that names them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from agent.storage.connection import connect, explained, transaction
from agent.storage.queries import family_ids
from agent.storage.rows import storable

GONE = "〔已删除〕"
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
OWNED = ("attempts", "finals", "texts", "reviews", "draft_products")
"""Tables whose rows belong to a draft."""
SHARED = (("campaigns", "plan"), ("campaigns", "name"), ("batches", "error"))
"""What speaks of many people at once: the name is blacked out, the rest stays."""


@dataclass(frozen=True, slots=True)
class Made:
    """One draft for a person."""

    id: str
    created_at: str
    """UTC, ISO."""
    origin: str
    headline: str


def drafts_of(path: Path, names: Sequence[str], recipient: str, drafts: Iterable[str]) -> tuple[Made, ...]:
    """Drafts that `erase` would remove, newest first. Raises StorageError."""
    connection, _ = connect(path)
    with closing(connection), explained(path):
        ids, _ = _found(connection, _Words(names), recipient, drafts)
        query = "SELECT id, created_at, origin, headline FROM drafts WHERE id IN (SELECT value FROM json_each(?))"
        rows = connection.execute(f"{query} ORDER BY id DESC", (json.dumps(sorted(ids)),)).fetchall()
    return tuple(Made(*row) for row in rows)


def erase(path: Path, names: Sequence[str], recipient: str, drafts: Iterable[str]) -> int:
    """Rows removed or blacked out. Called again it removes nothing. Raises StorageError.

    `names`: words that mean the person, whole words only: U12 is not in U123. `recipient`: the person's key in units of
    campaigns, may be empty. `drafts`: ids known to be about the person. A draft goes with all its versions.
    """
    connection, indexed = connect(path)
    with closing(connection), explained(path):
        words = _Words(names)
        with transaction(connection):
            ids, keys = _found(connection, words, recipient, drafts)
            removed = _remove(connection, ids, keys, indexed=indexed) + _black_out(connection, words)
        if removed:
            if indexed:
                # Merges the index's old segments away: deleted text would stay in them.
                connection.execute("INSERT INTO texts_index(texts_index) VALUES ('optimize')")
            connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return removed


class _Words:
    """Looks for whole words; JSON columns may hold them escaped."""

    def __init__(self, names: Sequence[str]) -> None:
        self.forms = tuple(dict.fromkeys(form for name in names for form in (name, json.dumps(name)[1:-1])))
        whole = "|".join(re.escape(name) for name in names)
        self.pattern = re.compile(f"(?<![0-9A-Za-z_])(?:{whole})(?![0-9A-Za-z_])") if whole else None

    def in_any(self, values: Iterable[object]) -> bool:
        return self.pattern is not None and any(
            isinstance(value, str) and self.pattern.search(unescaped(value)) for value in values
        )


def unescaped(text: str) -> str:
    r"""JSON text with \uXXXX as characters: the digits of an escape would pass for part of a word."""
    return ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if ESCAPE.search(text) else text


def _found(
    connection: sqlite3.Connection, words: _Words, recipient: str, drafts: Iterable[str]
) -> tuple[set[str], set[str]]:
    """Ids of drafts in all their versions, and keys of units."""
    ids, keys = set(drafts), set()
    for table, column in (("drafts", "id"), *((table, "draft_id") for table in OWNED)):
        for row in _rows(connection, table, words):
            ids.add(row[column])
            if table == "attempts":
                keys.add(row["unit"])
    for row in _rows(connection, "units", words):
        keys.add(row["key"])
    if recipient:
        query = "SELECT key, values_json FROM units WHERE instr(values_json, ?)"
        rows = connection.execute(query, (recipient,)).fetchall()
        keys |= {row["key"] for row in rows if json.loads(row["values_json"]).get("recipient") == recipient}
    keys.discard(None)
    for key in keys:
        ids |= {row[0] for row in connection.execute("SELECT draft_id FROM units WHERE key = ?", (key,))}
        ids |= {row[0] for row in connection.execute("SELECT draft_id FROM attempts WHERE unit = ?", (key,))}
    ids.discard(None)
    return {one for id in ids for one in family_ids(connection, id)}, keys


def _rows(connection: sqlite3.Connection, table: str, words: _Words) -> list[sqlite3.Row]:
    """Rows in which a word stands; SQLite looks for the letters, then whole words count."""
    if not words.forms:
        return []
    columns = [row["name"] for row in connection.execute(f"PRAGMA table_info({table})") if row["type"] == "TEXT"]
    tests = " OR ".join(f"instr({column}, ?)" for column in columns for _ in words.forms)
    values = [form for _ in columns for form in words.forms]
    rows = connection.execute(f"SELECT * FROM {table} WHERE {tests}", values)
    return [row for row in rows if words.in_any(row[column] for column in columns)]


def _remove(connection: sqlite3.Connection, ids: set[str], keys: set[str], *, indexed: bool) -> int:
    drafts, units = json.dumps(sorted(ids)), json.dumps(sorted(keys))
    # Versions point at each other: the order of deleting them must not matter.
    connection.execute("PRAGMA defer_foreign_keys = ON")
    among = "IN (SELECT value FROM json_each(?))"
    if indexed:
        connection.execute(
            "INSERT INTO texts_index(texts_index, rowid, text) "
            f"SELECT 'delete', number, text FROM texts WHERE draft_id {among}",
            (drafts,),
        )
    removed = sum(connection.execute(f"DELETE FROM {t} WHERE draft_id {among}", (drafts,)).rowcount for t in OWNED)
    removed += connection.execute(f"DELETE FROM attempts WHERE unit {among}", (units,)).rowcount
    query = f"DELETE FROM units WHERE key {among} OR draft_id {among}"
    removed += connection.execute(query, (units, drafts)).rowcount
    return removed + connection.execute(f"DELETE FROM drafts WHERE id {among}", (drafts,)).rowcount


def _black_out(connection: sqlite3.Connection, words: _Words) -> int:
    """Plans and errors without the name, and calls of no draft that hold it removed."""
    if words.pattern is None:
        return 0
    changed = 0
    for table, column in SHARED:
        for row in _rows(connection, table, words):
            text = words.pattern.sub(GONE, unescaped(row[column]))
            if words.in_any((row[column],)):
                text = storable(text)
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (text, row["id"]))
                changed += 1
    loose = [row["id"] for row in _rows(connection, "attempts", words)]
    connection.executemany("DELETE FROM attempts WHERE id = ?", ((id,) for id in loose))
    return changed + len(loose)
