"""The ledger of a campaign: what is planned, who works on it, every call before it leaves and every answer.

Lives in the journal's database, so that one transaction settles a unit and its draft. An answer that is committed is
never asked for again; a call whose answer never came stays `sent` and is reported as possibly paid.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from typing import Self

from agent.campaign.plan_file import CampaignPlan
from agent.campaign.rows import (
    STATES,
    UNKNOWN_YET,
    Claim,
    PlanChange,
    Spent,
    State,
    claim_rows,
    put_plan_rows,
    spent_on,
)
from agent.campaign.units import Unit
from agent.codec import dumps
from agent.draft import Draft
from agent.journal import JOURNAL_NAME
from agent.model import Completion
from agent.storage.group import GroupWriter
from agent.storage.rows import storable
from agent.storage.writes import insert_draft, now_text, write_attempt
from knowledge_base.errors import UnknownIdError
from knowledge_base.workspace import Workspace

AT_WORK = "campaign = ? AND retired IN (0, 1)"
"""All of a campaign's units, said so that the index by state is used: a hundred thousand rows need not be read."""


class Ledger:
    """Open with `Ledger.open`, close when done. Coroutines write; each returns once its change is committed."""

    def __init__(self, writer: GroupWriter) -> None:
        self._writer = writer

    @classmethod
    def open(cls, workspace: Workspace) -> Self:
        """Raises StorageError."""
        return cls(GroupWriter(workspace.data / JOURNAL_NAME))

    def close(self) -> None:
        self._writer.close()

    async def put_plan(self, id: str, plan: CampaignPlan, units: Iterable[Unit]) -> PlanChange:
        """Makes the ledger hold exactly these units: new ones are added, absent ones retired, done ones kept."""
        return await self._writer.run(lambda connection: put_plan_rows(connection, id, plan, units))

    async def plan(self, wanted: str) -> tuple[str, CampaignPlan]:
        """(id, plan as it was last put) of a campaign by id or name. Raises UnknownIdError."""

        def work(connection: sqlite3.Connection) -> tuple[str, str]:
            query = "SELECT id, plan FROM campaigns WHERE id = ? OR name = ?"
            row = connection.execute(query, (wanted, wanted)).fetchone()
            if row is not None:
                return str(row["id"]), str(row["plan"])
            names = tuple(str(one[0]) for one in connection.execute("SELECT id FROM campaigns ORDER BY planned_at"))
            error = UnknownIdError("活动", wanted, names)
            error.hint = f"已有的活动：{'、'.join(names)}。" if names else "先 wenan campaign run 计划.yaml。"
            raise error

        id, text = await self._writer.run(work)
        return id, CampaignPlan.model_validate_json(text)

    async def first_day(self, id: str) -> date | None:
        """The day a campaign was first planned; None for a new one. A plan without dates stays on that day."""
        query = "SELECT created_at FROM campaigns WHERE id = ?"

        def work(connection: sqlite3.Connection) -> date | None:
            row = connection.execute(query, (id,)).fetchone()
            return datetime.fromisoformat(row["created_at"]).astimezone().date() if row else None

        return await self._writer.run(work)

    async def campaigns(self) -> tuple[tuple[str, str, bool], ...]:
        """(id, when it was last planned, cancelled) of every campaign, the newest first."""
        query = "SELECT id, planned_at, cancelled FROM campaigns ORDER BY planned_at DESC"
        return await self._writer.run(lambda c: tuple((r[0], r[1], bool(r[2])) for r in c.execute(query)))

    async def cancel(self, campaign: str, *, cancelled: bool) -> None:
        """A cancelled campaign hands out no further units, in whatever process."""
        query = "UPDATE campaigns SET cancelled = ? WHERE id = ?"
        await self._writer.run(lambda c: c.execute(query, (int(cancelled), campaign)).rowcount)

    async def reasons(self, campaign: str) -> tuple[tuple[State, str, str, int], ...]:
        """(state, reason, one message, how many) of units that failed or need a person, the most frequent first."""
        query = (
            "SELECT state, reason, max(message), count(*) AS n FROM units WHERE campaign = ? AND retired = 0 "
            "AND state IN ('failed', 'needs_review') GROUP BY state, reason ORDER BY n DESC, reason"
        )
        return await self._writer.run(lambda c: tuple((r[0], r[1], r[2], r[3]) for r in c.execute(query, (campaign,))))

    async def claim(self, campaign: str, owner: str, limit: int) -> tuple[Claim, ...]:
        """Up to `limit` planned units, in order, now this owner's alone."""
        return await self._writer.run(lambda connection: claim_rows(connection, campaign, owner, limit))

    async def owners(self, campaign: str) -> tuple[str, ...]:
        """Owners that hold units at work."""
        query = f"SELECT DISTINCT owner FROM units WHERE {AT_WORK} AND state IN ('running', 'drafted')"
        return await self._writer.run(lambda c: tuple(str(row[0]) for row in c.execute(query, (campaign,))))

    async def release(self, campaign: str, owner: str) -> int:
        """Puts what this owner was writing back to planned. Returns how many."""
        query = f"UPDATE units SET state = 'planned', owner = '' WHERE {AT_WORK} AND owner = ? AND state = 'running'"
        return await self._writer.run(lambda c: c.execute(query, (campaign, owner)).rowcount)

    async def unjudged(self, campaign: str, owner: str) -> tuple[tuple[str, str], ...]:
        """(key, draft id) of what this owner wrote and did not come to judge."""
        query = f"SELECT key, draft_id FROM units WHERE {AT_WORK} AND owner = ? AND state = 'drafted' ORDER BY number"
        return await self._writer.run(
            lambda c: tuple((str(key), str(draft)) for key, draft in c.execute(query, (campaign, owner)))
        )

    async def put_back(self, key: str) -> None:
        """One unit back to planned, one try older."""
        query = "UPDATE units SET state = 'planned', owner = '', tries = tries + 1 WHERE key = ?"
        await self._writer.run(lambda c: c.execute(query, (key,)).rowcount)

    async def sent(self, attempt: str, key: str, slot: str, model: str, prompt_sha256: str) -> None:
        """Notes a call before it leaves."""
        values: dict[str, object] = {
            "id": attempt,
            "unit": key,
            "slot": slot,
            "state": "sent",
            "model": storable(model),
            "prompt_sha256": prompt_sha256,
            **UNKNOWN_YET,
        }
        await self._writer.run(lambda c: write_attempt(c, values))

    async def refused(self, attempt: str, error: str) -> None:
        """Notes why a call brought no answer."""
        query = "UPDATE attempts SET state = 'failed', settled_at = ?, error = ? WHERE id = ? AND state = 'sent'"
        await self._writer.run(lambda c: c.execute(query, (now_text(), storable(error), attempt)).rowcount)

    async def answered(self, attempt: str, key: str, slot: str, completion: Completion, prompt_sha256: str) -> None:
        """Keeps an answer before anything else happens to it; from now on it is paid and never asked for again."""
        values: dict[str, object] = UNKNOWN_YET | {
            "id": attempt,
            "unit": key,
            "slot": slot,
            "state": "answered",
            "settled_at": now_text(),
            "model": storable(completion.model),
            "prompt_sha256": prompt_sha256,
            "raw": dumps(completion.text),
            "input_tokens": completion.input_tokens,
            "output_tokens": completion.output_tokens,
            "estimated": int(completion.estimated),
            "cost": str(completion.cost) if completion.cost is not None else None,
            "latency": completion.latency,
            "finish_reason": completion.finish_reason,
        }
        await self._writer.run(lambda c: write_attempt(c, values))

    async def drafted(self, key: str, drafts: tuple[Draft, ...], chosen: Draft) -> None:
        """Keeps the drafts of a unit, `chosen` among them, and its new state in one transaction."""

        def work(connection: sqlite3.Connection) -> None:
            for draft in drafts:
                insert_draft(connection, draft, indexed=self._writer.indexed)
            query = "UPDATE units SET state = 'drafted', draft_id = ?, message = '', settled_at = ? WHERE key = ?"
            connection.execute(query, (chosen.id, now_text(), key))

        await self._writer.run(work)

    async def judged(self, key: str, state: State, reason: str = "", message: str = "") -> None:
        """The verdict on a drafted unit."""
        query = "UPDATE units SET state = ?, owner = '', reason = ?, message = ? WHERE key = ?"
        values = (state, storable(reason), storable(message), key)
        await self._writer.run(lambda c: c.execute(query, values).rowcount)

    async def fail(self, key: str, reason: str, message: str) -> None:
        """Ends a unit without a draft, for a typed reason."""
        query = "UPDATE units SET state = 'failed', owner = '', reason = ?, message = ?, settled_at = ? WHERE key = ?"
        values = (reason, storable(message), now_text(), key)
        await self._writer.run(lambda c: c.execute(query, values).rowcount)

    async def again(self, campaign: str, states: tuple[State, ...]) -> int:
        """Puts units in these states back to planned; their next draft gets a new id. Returns how many."""
        marks = ", ".join("?" for _ in states)
        query = (
            f"UPDATE units SET state = 'planned', owner = '', draft_id = NULL, tries = 0, "
            f"round = round + 1 "
            f"WHERE campaign = ? AND retired = 0 AND state IN ({marks})"
        )
        return await self._writer.run(lambda c: c.execute(query, (campaign, *states)).rowcount)

    async def counts(self, campaign: str) -> dict[State, int]:
        """Units in the plan by state; every state is there."""
        query = "SELECT state, count(*) FROM units WHERE campaign = ? AND retired = 0 GROUP BY state"

        def work(connection: sqlite3.Connection) -> dict[State, int]:
            found = dict(connection.execute(query, (campaign,)).fetchall())
            return {state: int(found.get(state, 0)) for state in STATES}

        return await self._writer.run(work)

    async def spent(self, campaign: str) -> Spent:
        """What the campaign's calls have used, retired units included: that money is gone too."""
        return await self._writer.run(lambda c: spent_on(c, campaign))
