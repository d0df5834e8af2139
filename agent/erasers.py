"""What this room keeps about people, and how `wenan audience forget` and `why` find it.

`register` is called by the command group, so that both commands know of the journal whatever else was loaded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from knowledge_base.audience.privacy import erasers, explainers

if TYPE_CHECKING:
    from knowledge_base.audience.privacy.erasers import Person
    from knowledge_base.audience.store import AudienceStore
    from knowledge_base.workspace import Workspace

JOURNAL = "稿件和活动"
TRIGGERS = "触发"


def register() -> None:
    """Tells the registries of the journal and of the triggers. May be called again."""
    # In this order: the triggers know which drafts were made for a person until they forget.
    erasers.register(JOURNAL, forget_in_journal, unsearched_recipients)
    erasers.register(TRIGGERS, _forget_in_triggers)
    explainers.register_by_person(JOURNAL, explain_drafts)
    explainers.register(TRIGGERS, _explain_triggers)


def forget_in_journal(workspace: Workspace, person: Person) -> int:
    """Removes drafts that were made for a person or name them, in all their versions, and units addressed to them.

    Returns the rows that went. Raises StorageError. What was published elsewhere is not here.
    """
    from agent.journal import JOURNAL_NAME
    from agent.storage.erase import erase

    path = workspace.data / JOURNAL_NAME
    if not path.is_file():
        return 0
    return erase(path, person.names, _recipient(workspace, person), _triggered(workspace, person))


def unsearched_recipients(workspace: Workspace) -> Sequence[str]:
    """One sentence for each campaign whose recipients have no ids: their rows cannot be told to be one person's."""
    from agent.journal import JOURNAL_NAME
    from agent.storage.connection import connect, explained

    path = workspace.data / JOURNAL_NAME
    if not path.is_file():
        return ()
    connection, _ = connect(path)
    with closing(connection), explained(path):
        plans = connection.execute("SELECT id, name, plan FROM campaigns ORDER BY created_at").fetchall()
        found = []
        for row in plans:
            recipients = json.loads(row["plan"]).get("recipients") or {}
            if not recipients or recipients.get("id"):
                continue
            units = connection.execute("SELECT values_json FROM units WHERE campaign = ?", (row["id"],))
            people = {json.loads(unit["values_json"]).get("recipient") for unit in units} - {"", None}
            found.append(
                f"活动「{row['name']}」的收件人文件 {recipients['file']}（没有编号列，{len(people)} 行）："
                "打开文件找到这个人的那一行删掉，再运行 wenan campaign plan；"
                "以后在计划里写 recipients.id: 编号那一列，就能自动找到"
            )
    return tuple(found)


def explain_drafts(store: AudienceStore, person: Person) -> Sequence[str]:
    """One sentence in Chinese for each draft made for a person or naming them, newest first."""
    from datetime import datetime

    from agent.journal import JOURNAL_NAME
    from agent.storage.erase import drafts_of

    path = store.workspace.data / JOURNAL_NAME
    if not path.is_file():
        return ()
    workspace = store.workspace
    found = drafts_of(path, person.names, _recipient(workspace, person), _triggered(workspace, person))
    return tuple(
        f"{datetime.fromisoformat(row.created_at).astimezone():%Y-%m-%d %H:%M} 为这个人写了一稿 {row.id}"
        f"（{ORIGINS.get(row.origin, row.origin)}）：{row.headline or '没有写成'}"
        for row in found
    )


ORIGINS = {"cli": "手工", "campaign": "活动", "trigger": "触发", "desk": "客服台", "chat": "对话", "eval": "评测"}


def _recipient(workspace: Workspace, person: Person) -> str:
    """The key by which campaigns know a person of a recipients' file with this id; empty when it cannot be told."""
    from agent.campaign.recipients import SECRET_NAME, recipient_key, secret_of

    if not person.original or not (workspace.data / SECRET_NAME).is_file():
        return ""
    return recipient_key(secret_of(workspace), person.original)


def _triggered(workspace: Workspace, person: Person) -> tuple[str, ...]:
    from knowledge_base.audience.triggers.rights import drafts_about

    return drafts_about(workspace, person.pseudonym)


def _forget_in_triggers(workspace: Workspace, person: Person) -> int:
    from knowledge_base.audience.triggers.rights import forget_in_triggers

    return forget_in_triggers(workspace, person)


def _explain_triggers(store: AudienceStore, pseudonym: str) -> Sequence[str]:
    from knowledge_base.audience.triggers.rights import explain_triggers

    return explain_triggers(store, pseudonym)
