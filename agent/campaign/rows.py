"""Rows of campaigns, units and their calls, as values and as statements on an open connection."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Literal

from agent.campaign.plan_file import CampaignPlan, plan_json, plan_sha256
from agent.campaign.units import Unit, key_and_json, unit_from_json
from agent.ids import new_id
from agent.model import Completion
from agent.storage.rows import storable
from agent.storage.writes import now_text

State = Literal["planned", "running", "drafted", "passed", "needs_review", "failed"]
STATES: tuple[State, ...] = ("planned", "running", "drafted", "passed", "needs_review", "failed")
STATE_NAMES: dict[str, str] = {
    "planned": "待写",
    "running": "在写",
    "drafted": "已写待判",
    "passed": "通过",
    "needs_review": "待人看",
    "failed": "失败",
}
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What putting a plan into the ledger changed, in units."""

    added: int
    kept: int
    retired: int
    revived: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A unit that this process alone works on, with the answers that are already paid for."""

    unit: Unit
    key: str
    draft_id: str
    tries: int
    round: int
    """How often the unit was sent back to be written anew; its calls are named after it."""
    answers: dict[str, Completion] = field(default_factory=dict)
    """By slot."""
    parent: str = ""
    """The draft that this one replaces; empty for a unit's first."""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a campaign's calls have used so far, every attempt counted."""

    calls: int = 0
    answered: int = 0
    failed: int = 0
    unsettled: int = 0
    """Calls that left and whose answer never came: possibly paid."""
    tokens: int = 0
    cost: Decimal = Decimal(0)


UNKNOWN_YET: dict[str, object] = {
    "template_id": "",
    "template_version": "",
    "template_sha256": "",
    "raw": '""',
    "findings": "[]",
    "input_tokens": 0,
    "output_tokens": 0,
    "cost": None,
    "latency": 0.0,
}
"""Columns that only the draft knows; keeping it fills them in."""


def put_plan_rows(connection: sqlite3.Connection, id: str, plan: CampaignPlan, units: Iterable[Unit]) -> PlanChange:
    """Makes the ledger hold exactly `units`, which are read once and never held together."""
    connection.execute(
        "INSERT INTO campaigns (id, name, created_at, planned_at, plan, plan_sha256) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT(id) DO UPDATE SET name = excluded.name, planned_at = excluded.planned_at, plan = excluded.plan, "
        "plan_sha256 = excluded.plan_sha256, cancelled = 0",
        (id, plan.name, now_text(), now_text(), plan_json(plan), plan_sha256(plan)),
    )
    before = _counted(connection, id)
    # The plan's keys go into a table that SQLite keeps on disk: a hundred thousand of them held here would be the
    # largest thing that planning holds.
    connection.execute("CREATE TEMP TABLE wanted (key TEXT PRIMARY KEY) WITHOUT ROWID")
    rows = (_row(id, number, unit) for number, unit in enumerate(units))
    while chunk := list(islice(rows, CHUNK)):
        connection.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((row[0],) for row in chunk))
        connection.executemany(
            "INSERT INTO units (key, campaign, number, values_json, product, persona, angle, form, state) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'planned') "
            "ON CONFLICT(key) DO UPDATE SET number = excluded.number, retired = 0 "
            "WHERE retired OR number != excluded.number",
            chunk,
        )
    unwanted = "key NOT IN (SELECT key FROM wanted)"
    total, left = _counted(connection, id).total(), _counted(connection, id, unwanted)
    connection.execute(f"UPDATE units SET retired = 1 WHERE campaign = ? AND retired = 0 AND {unwanted}", (id,))
    connection.execute("DROP TABLE wanted")
    return PlanChange(
        added=total - before.total(), kept=before[0] - left[0], retired=left[0], revived=before[1] - left[1]
    )


def _row(campaign: str, number: int, unit: Unit) -> tuple[str | int, ...]:
    """A unit as columns, its key first."""
    key, text = key_and_json(unit)
    return key, campaign, number, text, storable(unit.product), storable(unit.persona), unit.angle or "", unit.form


def _counted(connection: sqlite3.Connection, campaign: str, which: str = "true") -> Counter[int]:
    """Units in the plan (0) and retired ones (1)."""
    query = f"SELECT retired, count(*) FROM units WHERE campaign = ? AND {which} GROUP BY retired"
    return Counter({retired: count for retired, count in connection.execute(query, (campaign,))})


def claim_rows(connection: sqlite3.Connection, campaign: str, owner: str, limit: int) -> tuple[Claim, ...]:
    found = connection.execute(
        "SELECT key, values_json, draft_id, tries, round FROM units "
        "WHERE campaign = ? AND retired = 0 AND state = 'planned' "
        "AND NOT EXISTS (SELECT 1 FROM campaigns WHERE id = campaign AND cancelled) "
        "ORDER BY tries, number LIMIT ?",
        (campaign, limit),
    ).fetchall()
    claims = []
    for row in found:
        draft_id = row["draft_id"] or new_id("d")
        connection.execute(
            "UPDATE units SET state = 'running', owner = ?, draft_id = ? WHERE key = ?", (owner, draft_id, row["key"])
        )
        claims.append(
            Claim(
                unit=unit_from_json(row["values_json"]),
                key=row["key"],
                draft_id=draft_id,
                tries=row["tries"],
                round=row["round"],
                answers=_answers(connection, row["key"], row["round"]),
            )
        )
    return tuple(claims)


def _answers(connection: sqlite3.Connection, key: str, round: int) -> dict[str, Completion]:
    """Every answer of the unit's present round, whoever asked for it."""
    query = "SELECT * FROM attempts WHERE unit = ? AND slot GLOB ? AND state = 'answered' ORDER BY id"
    return {
        row["slot"]: Completion(
            text=json.loads(row["raw"]),
            model=row["model"],
            input_tokens=row["input_tokens"],
            output_tokens=row["output_tokens"],
            estimated=bool(row["estimated"]),
            cost=Decimal(row["cost"]) if row["cost"] is not None else None,
            latency=row["latency"],
            finish_reason=row["finish_reason"],
            call_id=row["id"],
        )
        for row in connection.execute(query, (key, f"{round}.*"))
    }


def spent_on(connection: sqlite3.Connection, campaign: str) -> Spent:
    query = (
        "SELECT a.state, count(*), sum(a.input_tokens + a.output_tokens) FROM attempts a "
        "JOIN units u ON u.key = a.unit WHERE u.campaign = ? GROUP BY a.state"
    )
    calls: dict[str, int] = {}
    tokens = 0
    for state, count, used in connection.execute(query, (campaign,)):
        calls[state], tokens = count, tokens + (used or 0)
    costs = connection.execute(
        "SELECT a.cost, count(*) FROM attempts a JOIN units u ON u.key = a.unit "
        "WHERE u.campaign = ? AND a.cost IS NOT NULL GROUP BY a.cost",
        (campaign,),
    )
    return Spent(
        calls=sum(calls.values()),
        answered=calls.get("answered", 0),
        failed=calls.get("failed", 0),
        unsettled=calls.get("sent", 0),
        tokens=tokens,
        cost=sum((Decimal(cost) * count for cost, count in costs), Decimal(0)),
    )
