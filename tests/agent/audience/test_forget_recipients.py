"""What cannot be searched for a person is named with its file, rows and next step, and never passed over."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("polars")

from agent.erasers import register, unsearched_recipients
from agent.journal import JOURNAL_NAME, Journal
from knowledge_base.audience.store import AudienceStore
from knowledge_base.workspace import Workspace


def campaign(path: Path, id: str, file: str, column: str, people: int) -> None:
    """A campaign of one unit a person, as the planner leaves it."""
    plan = {"recipients": {"file": file, "id": column}}
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "INSERT INTO campaigns (id, name, created_at, planned_at, plan, plan_sha256) VALUES (?, ?, '', '', ?, '')",
            (id, f"活动{id}", json.dumps(plan)),
        )
        for number in range(people):
            database.execute(
                "INSERT INTO units (key, campaign, number, values_json, product, persona, angle, form, state)"
                " VALUES (?, ?, ?, ?, '', '', '', '', 'planned')",
                (f"{id}-{number}", id, number, json.dumps({"recipient": f"r{number}"})),
            )


def test_recipients_without_ids_are_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert unsearched_recipients(workspace) == ()
    workspace.data.mkdir(parents=True, exist_ok=True)
    path = workspace.data / JOURNAL_NAME
    Journal(path).close()
    campaign(path, "a", "名单.csv", "", 3)
    campaign(path, "b", "会员.csv", "会员号", 5)
    register()
    with AudienceStore.open(workspace) as store:
        report = store.forget("U-1001")
    assert len(report.unsearched) == 1
    for word in ("活动a", "名单.csv", "3 行", "recipients.id"):
        assert word in report.unsearched[0]
