"""Hits as they are kept: which are still to be drafted, and what became of the others."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from knowledge_base.audience.database import transaction
from knowledge_base.audience.triggers.rules import Hit, Status


@dataclass(frozen=True, slots=True)
class Kept:
    """A hit and what became of it."""

    hit: Hit
    status: Status
    draft: str
    """Id of its draft; empty when none was made."""
    reason: str
    tries: int


def waiting(database: sqlite3.Connection, limit: int = 100) -> list[Kept]:
    """Hits without a draft, oldest first."""
    query = "SELECT * FROM hits WHERE status = 'new' ORDER BY at, id LIMIT ?"
    return [_kept(row) for row in database.execute(query, (limit,))]


def of_ids(database: sqlite3.Connection, ids: Sequence[str]) -> list[Kept]:
    """These hits, in order of time; ids unknown are left out."""
    found = [database.execute("SELECT * FROM hits WHERE id = ?", (id,)).fetchone() for id in ids]
    return sorted((_kept(row) for row in found if row is not None), key=lambda one: (one.hit.at, one.hit.id))


def of_user(database: sqlite3.Connection, user: str) -> list[Kept]:
    """A person's hits, oldest first."""
    return [_kept(row) for row in database.execute("SELECT * FROM hits WHERE user = ? ORDER BY at, id", (user,))]


def settle(database: sqlite3.Connection, id: str, status: Status, *, draft: str = "", reason: str = "") -> bool:
    """Keeps what became of a hit that waited. False when it was withdrawn meanwhile, or erased."""
    with transaction(database):
        query = "UPDATE hits SET status = ?, draft = ?, reason = ? WHERE id = ? AND status = 'new'"
        return database.execute(query, (status, draft, reason, id)).rowcount > 0


def drafted_then_withdrawn(database: sqlite3.Connection) -> list[Kept]:
    """Hits whose draft is no longer to be used and was not yet marked so."""
    query = "SELECT * FROM hits WHERE status = 'withdrawn' AND draft <> '' AND reason = 'overtaken' ORDER BY at, id"
    return [_kept(row) for row in database.execute(query)]


def marked(database: sqlite3.Connection, id: str) -> None:
    """The draft of a withdrawn hit was marked in the journal."""
    with transaction(database):
        database.execute("UPDATE hits SET reason = 'marked' WHERE id = ?", (id,))


def failed_once(database: sqlite3.Connection, id: str) -> None:
    """An attempt at a draft failed in a way that may pass."""
    with transaction(database):
        database.execute("UPDATE hits SET tries = tries + 1 WHERE id = ?", (id,))


def _kept(row: sqlite3.Row) -> Kept:
    hit = Hit(
        id=row["id"],
        rule=row["rule"],
        user=row["user"],
        item=row["item"],
        since=row["since"],
        at=row["at"],
        text=row["text"],
    )
    return Kept(hit, cast(Status, row["status"]), row["draft"], row["reason"], row["tries"])
