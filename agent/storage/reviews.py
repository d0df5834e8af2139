"""Reviewers' verdicts between values and table rows, and the rules that a draft was checked by."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from agent.storage.queries import version_rows
from agent.storage.rows import storable, utc_text

Verdict = Literal["approve", "changes", "reject"]
"""Good as it is; good once changed as the comment says; not good."""
Origin = Literal["cli", "docx", "html", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What one person said of one draft's words. Holds for those words only: `content_sha256` names them."""

    id: str
    draft_id: str
    recorded_at: datetime
    verdict: Verdict
    name: str
    role: str
    content_sha256: str
    comment: str = ""
    origin: Origin = "cli"


def review_values(review: Review) -> dict[str, Any]:
    """Column values."""
    return {
        "id": review.id,
        "draft_id": review.draft_id,
        "recorded_at": utc_text(review.recorded_at),
        "verdict": review.verdict,
        "name": storable(review.name),
        "role": storable(review.role),
        "comment": storable(review.comment),
        "content_sha256": review.content_sha256,
        "origin": review.origin,
    }


def family_reviews(connection: sqlite3.Connection, draft_id: str) -> tuple[Review, ...]:
    """Reviews of every version of a draft, oldest first: words that come back in a later version stay approved."""
    ids = [row.id for row in version_rows(connection, draft_id)]
    query = "SELECT * FROM reviews WHERE draft_id IN (SELECT value FROM json_each(?)) ORDER BY id"
    return tuple(_review(row) for row in connection.execute(query, (json.dumps(ids),)))


def is_repeat(known: tuple[Review, ...], review: Review) -> bool:
    """Whether a review says nothing new: what the person said last, or a file that was read in before.

    Reading an old file again must not overturn what the same person said since.
    """
    mine = [
        one
        for one in known
        if (one.draft_id, one.content_sha256, one.name, one.role)
        == (review.draft_id, review.content_sha256, storable(review.name), storable(review.role))
    ]
    old = mine[-1:] if review.origin == "cli" else [*mine[-1:], *(one for one in mine if one.origin == review.origin)]
    return any((one.verdict, one.comment) == (review.verdict, storable(review.comment)) for one in old)


def rules_of(connection: sqlite3.Connection, draft_id: str) -> dict[str, str]:
    """Rule set -> version, as saved with the draft."""
    row = connection.execute("SELECT rules FROM drafts WHERE id = ?", (draft_id,)).fetchone()
    found: dict[str, str] = json.loads(row["rules"])
    return found


def _review(row: sqlite3.Row) -> Review:
    return Review(
        id=row["id"],
        draft_id=row["draft_id"],
        recorded_at=datetime.fromisoformat(row["recorded_at"]),
        verdict=row["verdict"],
        name=row["name"],
        role=row["role"],
        comment=row["comment"],
        content_sha256=row["content_sha256"],
        origin=row["origin"],
    )
