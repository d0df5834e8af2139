"""Forgetting a person, and saying why they were written to (PIPL Arts. 24, 47). Register both:

    erasers.register("触发", forget_in_triggers)
    explainers.register("触发", explain_triggers)

Erase the journal first: `drafts_about` tells which drafts were made for a person, and forgetting here ends that.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from knowledge_base.audience.clock import DEFAULT_ZONE
from knowledge_base.audience.database import explained, transaction
from knowledge_base.audience.triggers import hits
from knowledge_base.audience.triggers.database import NAME, connect
from knowledge_base.audience.triggers.person import load
from knowledge_base.audience.triggers.rules import Status
from knowledge_base.audience.triggers.spans import Clock

if TYPE_CHECKING:
    from knowledge_base.audience.privacy.erasers import Person
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

STATUS_NAMES: dict[Status, str] = {
    "new": "等着写",
    "drafted": "写了一稿",
    "failed": "没写成",
    "expired": "过期没写",
    "withdrawn": "撤回了",
}
_TABLES = ("people", "wants", "waiting", "hits")


def forget_in_triggers(workspace: Workspace, person: Person) -> int:
    """Removes a person's timers, waiting events and hits; free pages are overwritten. A running watcher notices."""
    path = workspace.data / NAME
    if not path.is_file():
        return 0
    with closing(connect(path)) as database, explained(path):
        with transaction(database):
            removed = sum(
                database.execute(f"DELETE FROM {table} WHERE user = ?", (person.pseudonym,)).rowcount
                for table in _TABLES
            )
        if removed:
            database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return removed


def drafts_about(workspace: Workspace, pseudonym: str) -> tuple[str, ...]:
    """Ids of the drafts that were made for a person."""
    path = workspace.data / NAME
    if not path.is_file():
        return ()
    with closing(connect(path)) as database:
        return tuple(one.draft for one in hits.of_user(database, pseudonym) if one.draft)


def explain_triggers(store: AudienceStore, pseudonym: str) -> Sequence[str]:
    """One sentence a hit and a timer: what, when, of which article, and what became of it."""
    path = store.workspace.data / NAME
    if not path.is_file():
        return ()
    clock = Clock(DEFAULT_ZONE)
    with closing(connect(path)) as database:
        row = database.execute("SELECT body FROM people WHERE user = ?", (pseudonym,)).fetchone()
        found = [
            f"{clock.text(one.hit.at)} 规则 {one.hit.rule}{f'，商品 {one.hit.item}' if one.hit.item else ''}："
            f"起因在 {clock.text(one.hit.since)}；{STATUS_NAMES[one.status]}"
            for one in hits.of_user(database, pseudonym)
        ]
    timers = load(row[0]).pending if row else []
    return (
        *found,
        *(
            f"规则 {one.rule} 在计时{f'，商品 {one.item}' if one.item else ''}，{clock.text(one.due)} 到时"
            for one in sorted(timers)
        ),
    )
