"""Removes a person from everything, remembers only that they must not come back, and proves it (PIPL Art. 47)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from knowledge_base.audience.database import explained, transaction
from knowledge_base.audience.lock import alone
from knowledge_base.audience.privacy.consent import READMISSION
from knowledge_base.audience.privacy.erase import erase_rows, files_with_people
from knowledge_base.audience.privacy.erasers import Person, registered, unsearched
from knowledge_base.audience.privacy.pseudonyms import is_pseudonym
from knowledge_base.audience.privacy.search import places
from knowledge_base.audience.schemas import TABLES
from knowledge_base.audience.store import now

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

GONE = "〔已删除〕"
TEXTS = (("imports", "report"), ("imports", "options"), ("cards", "body"), ("reports", "body"))
"""Tables and columns of audience.db with examples that may name people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetReport:
    pseudonym: str
    rows: Mapping[str, int]
    """Table (events, users, ...) -> rows removed."""
    derived: Mapping[str, int]
    """Other files of the audience folder (features, segments, training sets) -> rows removed."""
    records: int
    """Consent answers, and places in reports and cards, that named the person."""
    elsewhere: Mapping[str, int]
    """What registered erasers removed, by their names."""
    models: tuple[str, ...]
    """Model cards marked stale: their training data held the person, so they should be trained again."""
    remaining: tuple[str, ...]
    """Files under .wenan where the pseudonym or the original id can still be found; empty is the proof."""
    unsearched: tuple[str, ...] = ()
    """What could not be searched, with the next step: sentences in Chinese."""

    @property
    def known(self) -> bool:
        """Whether anything was there at all."""
        return bool(self.rows or self.derived or self.records or any(self.elsewhere.values()))


def forget(store: AudienceStore, user: str) -> ForgetReport:
    """`user`: original id, or pseudonym. May be called again: it then finds nothing and changes nothing.

    Original exports outside the workspace are the shop's to delete. Raises StorageError.
    """
    with alone(store.workspace.data):
        return _forget(store, find_person(store, user))


def _forget(store: AudienceStore, person: Person) -> ForgetReport:
    removed = erase_rows(store, pl.Series("user", [person.pseudonym]))
    rows: dict[str, int] = {}
    derived: dict[str, int] = {}
    for name, count in removed.items():
        table = name.partition("/")[0]
        target, key = (rows, table) if table in TABLES else (derived, name)
        target[key] = target.get(key, 0) + count
    models = _mark_models(store, set(derived))
    records = _forget_records(store, person, sum(removed.values()))
    elsewhere = {name: eraser(store.workspace, person) for name, eraser in registered().items()}
    return ForgetReport(
        pseudonym=person.pseudonym,
        rows=rows,
        derived=derived,
        records=records,
        elsewhere=elsewhere,
        models=models,
        remaining=tuple(places(store.workspace.data, person.names)),
        unsearched=unsearched(store.workspace),
    )


def find_person(store: AudienceStore, user: str) -> Person:
    """Who is meant. An id that looks like a pseudonym is one when the data know it as one."""
    hashed = store.pseudonyms.of_id(user)
    if is_pseudonym(user) and (not _holds(store, hashed) or _holds(store, user)):
        return Person(user, "")
    return Person(hashed, user.strip())


def readmit(store: AudienceStore, user: str) -> bool:
    """Lets a person come in again with a later import, after they asked for it. False when they were not barred."""
    mark = store.pseudonyms.mark(find_person(store, user).pseudonym)
    with explained(store.path), transaction(store.database) as database:
        barred = database.execute("DELETE FROM forgotten WHERE mark = ?", (mark,)).rowcount > 0
    if barred:
        store.save_report(READMISSION, {})
    return barred


def _holds(store: AudienceStore, pseudonym: str) -> bool:
    if store.path.is_file() and store.database.execute("SELECT 1 FROM consent WHERE user = ?", (pseudonym,)).fetchone():
        return True
    return any(
        pl.scan_parquet(path).filter(pl.col("user") == pseudonym).head(1).collect().height
        for path in files_with_people(store.folder)
    )


def _forget_records(store: AudienceStore, person: Person, rows: int) -> int:
    """Consent answers go; examples in reports and cards are blacked out; free pages are overwritten."""
    records = 0
    with explained(store.path):
        with transaction(store.database) as database:
            records += database.execute("DELETE FROM consent WHERE user = ?", (person.pseudonym,)).rowcount
            for word in person.names:
                for table, column in TEXTS:
                    query = f"UPDATE {table} SET {column} = replace({column}, ?, ?) WHERE instr({column}, ?)"
                    records += database.execute(query, (word, GONE, word)).rowcount
            mark = store.pseudonyms.mark(person.pseudonym)
            values = (mark, now().isoformat(), rows)
            database.execute("INSERT OR IGNORE INTO forgotten VALUES (?, ?, ?)", values)
        store.database.execute("VACUUM")
        store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return records


def _mark_models(store: AudienceStore, changed: set[str]) -> tuple[str, ...]:
    """Cards whose `training` (file relative to the audience folder) lost the person."""
    stale = tuple(name for name, card in store.cards().items() if card.get("training") in changed)
    for name in stale:
        card = {key: value for key, value in store.cards()[name].items() if key != "at"}
        store.save_card(name, {**card, "stale": "训练数据里有人要求删除，请重新训练"})
    return stale
