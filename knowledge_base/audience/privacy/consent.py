"""Who agreed to what. A later word replaces an earlier one; a no is always stronger than an assumption.

PIPL Arts. 13-16: processing rests on consent to a stated purpose, and consent can be withdrawn; what rests on it goes
then, too (Art. 47).
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import polars as pl

from knowledge_base.audience.database import explained, transaction
from knowledge_base.audience.store import now

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore


READMISSION = "重新同意"
"""Report under which it is kept that somebody forgotten may come back, without naming them."""


class Fate(IntEnum):
    """What becomes of a person's rows."""

    KEPT = 0
    FORGOTTEN = 1
    REFUSED = 2
    UNASKED = 3


def remember(store: AudienceStore, answers: pl.DataFrame, source: str) -> None:
    """Keeps answers (columns user, granted) to the store's purpose; `source` says where they were read."""
    at = now().isoformat()
    rows = [
        (user, store.purpose, int(granted), source, at) for user, granted in answers.select("user", "granted").rows()
    ]
    with explained(store.path), transaction(store.database) as database:
        database.executemany("INSERT OR REPLACE INTO consent VALUES (?, ?, ?, ?, ?)", rows)


def answered(store: AudienceStore) -> pl.DataFrame:
    """user, granted: everybody who was asked about the store's purpose."""
    query = "SELECT user, granted FROM consent WHERE purpose = ?"
    rows = store.database.execute(query, (store.purpose,)).fetchall()
    return pl.DataFrame(
        {"user": [row["user"] for row in rows], "granted": [bool(row["granted"]) for row in rows]},
        schema={"user": pl.String, "granted": pl.Boolean},
    )


def forgotten(store: AudienceStore) -> frozenset[str]:
    """Marks of people who asked to be forgotten; compare with `Pseudonyms.mark`."""
    return frozenset(row["mark"] for row in store.database.execute("SELECT mark FROM forgotten"))


def fates(store: AudienceStore, users: pl.Series, *, assume: bool) -> pl.Series:
    """Of each pseudonym a `Fate`, as UInt8. `assume`: who was never asked counts as having agreed."""
    frame = users.to_frame("user").join(answered(store), on="user", how="left", maintain_order="left")
    unasked = Fate.KEPT if assume else Fate.UNASKED
    granted = frame["granted"]
    found = frame.select(
        pl.when(pl.col("granted").is_null())
        .then(int(unasked))
        .when(pl.col("granted"))
        .then(int(Fate.KEPT))
        .otherwise(int(Fate.REFUSED))
        .cast(pl.UInt8)
        .alias("fate")
    )["fate"]
    marks = forgotten(store)
    if marks and len(granted):
        gone = pl.Series([store.pseudonyms.mark(user) in marks for user in users.to_list()], dtype=pl.Boolean)
        found = found.set(gone, int(Fate.FORGOTTEN))
    return found


def consented(store: AudienceStore) -> frozenset[str]:
    """Pseudonyms with an explicit yes to the store's purpose."""
    return frozenset(answered(store).filter("granted")["user"].to_list())


def last_changes(store: AudienceStore) -> tuple[str, str]:
    """ISO times of the last answer about the store's purpose, and of the last readmission; empty when there is none."""
    answers = "SELECT COALESCE(MAX(at), '') FROM consent WHERE purpose = ?"
    readmissions = "SELECT COALESCE(MAX(at), '') FROM reports WHERE name = ?"
    found = (
        store.database.execute(query, (value,)).fetchone()[0]
        for query, value in ((answers, store.purpose), (readmissions, READMISSION))
    )
    return next(found), next(found)
