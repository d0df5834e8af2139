"""Customer-service logs, from a file or the store, as turns of talks."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from knowledge_base.audience.messages.faq import Turn
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore


def turns_of_file(path: Path) -> list[Turn]:
    """Rows in the file's order. Needs a column of roles; without sessions a user is one talk. Raises BadInputError."""
    from knowledge_base.audience.importing.columns import map_columns
    from knowledge_base.audience.importing.reading import ROW, explained, scan
    from knowledge_base.audience.importing.words import roles

    with tempfile.TemporaryDirectory() as scratch, explained(path):
        frame = scan(path, Path(scratch))
        columns = [name for name in frame.collect_schema().names() if name != ROW]
        used = map_columns(columns, path, kind="messages").used
        if "role" not in used:
            raise BadInputError(
                "没有写明谁说的", file=str(path), field="角色", hint="加一列「角色」，填 客户 或 客服。"
            )
        session = pl.col(used["session"] if "session" in used else used["user"]).alias("session")
        rows = frame.select(session, pl.col(used["role"]).alias("role"), pl.col(used["text"]).alias("text"))
        kept = rows.drop_nulls().collect()
    known = roles()
    return [Turn(one, known.get(role.strip().lower()) == "staff", text) for one, role, text in kept.iter_rows()]


def turns_of_store(store: AudienceStore) -> list[Turn]:
    """Imported messages by time; without a session a user is one talk."""
    frame = store.messages().sort("time").drop_nulls(["text", "role"])
    rows = frame.select(pl.coalesce("session", "user"), pl.col("role").cast(pl.String), "text").collect()
    return [Turn(session, role == "staff", text) for session, role, text in rows.iter_rows()]
