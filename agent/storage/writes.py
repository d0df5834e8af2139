"""What it takes to keep a draft, as statements on an open connection; the caller owns the transaction."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from agent.draft import Draft
from agent.storage.rows import attempt_values, draft_values, search_body, storable, utc_text


def insert_draft(connection: sqlite3.Connection, draft: Draft, *, indexed: bool) -> None:
    """A draft with its attempts and searchable text. `indexed`: whether full-text search works here.

    Keeping the same id again raises sqlite3.IntegrityError.
    """
    values = draft_values(draft)
    insert(connection, "drafts", values)
    for position, product in enumerate(products_of(draft)):
        insert(
            connection,
            "draft_products",
            {
                "draft_id": draft.id,
                "position": position,
                "product_id": storable(product),
                "persona": values["persona"],
            },
        )
    for ordinal, attempt in enumerate(draft.attempts):
        known = {"draft_id": draft.id, "ordinal": ordinal, "state": "answered", "settled_at": now_text()}
        write_attempt(connection, attempt_values(attempt) | known)
    if draft.copy is not None:
        insert_text(connection, draft.id, search_body(draft.copy), indexed=indexed)


def write_attempt(connection: sqlite3.Connection, values: dict[str, object]) -> None:
    """Inserts an attempt, or completes the row that was written when its request left."""
    full = {"sent_at": now_text(), "ordinal": 0, "error": ""} | values
    update = ", ".join(f"{name} = excluded.{name}" for name in values if name not in ("id", "sent_at"))
    insert(connection, "attempts", full, f" ON CONFLICT(id) DO UPDATE SET {update}")


def insert_text(connection: sqlite3.Connection, draft_id: str, text: str, *, indexed: bool) -> None:
    """Makes a text of a draft searchable."""
    row = connection.execute("INSERT INTO texts (draft_id, text) VALUES (?, ?)", (draft_id, text))
    if indexed:
        connection.execute("INSERT INTO texts_index (rowid, text) VALUES (?, ?)", (row.lastrowid, text))


def insert(connection: sqlite3.Connection, table: str, values: dict[str, object], tail: str = "") -> None:
    """One row; names of tables and columns are ours, never a user's."""
    marks = ", ".join("?" for _ in values)
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks}){tail}", tuple(values.values()))


def products_of(draft: Draft) -> tuple[str, ...]:
    """The products named in the brief, else those the customer turned out to mean."""
    return tuple(dict.fromkeys(draft.brief.products or (product.id for product in draft.context.products)))


def now_text() -> str:
    """This moment as a column holds it."""
    return utc_text(datetime.now(UTC))
