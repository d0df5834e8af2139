"""Batches of calls in the journal: every step is committed before the next one, so that a kill costs none of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, Self

from agent.campaign.rows import UNKNOWN_YET
from agent.ids import new_id
from agent.journal import JOURNAL_NAME
from agent.storage.group import GroupWriter
from agent.storage.rows import storable
from agent.storage.writes import insert, now_text, write_attempt
from knowledge_base.workspace import Workspace

BatchState = Literal["building", "uploaded", "creating", "running", "merged", "failed"]
BATCH_NAMES: dict[str, str] = {
    "building": "还没提交",
    "uploaded": "文件传上去了，还没提交",
    "creating": "提交时中断，不知道平台收没收到",
    "running": "平台在写",
}
OPEN: tuple[BatchState, ...] = ("building", "uploaded", "creating", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    id: str
    campaign: str
    model: str
    state: BatchState
    input_file: str = ""
    remote: str = ""
    requests: int = 0
    since: str = ""
    """When it was begun; ISO with offset."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One line of the file: a unit's first call."""

    attempt: str
    """Id of the attempt, and the line's custom_id."""
    unit: str
    slot: str
    prompt_sha256: str


class BatchBook:
    """Open with `BatchBook.open`, close when done. Coroutines return once committed; all raise StorageError."""

    def __init__(self, writer: GroupWriter) -> None:
        self._writer = writer

    @classmethod
    def open(cls, workspace: Workspace) -> Self:
        return cls(GroupWriter(workspace.data / JOURNAL_NAME))

    def close(self) -> None:
        self._writer.close()

    async def begin(self, campaign: str, model: str) -> Batch:
        """A batch that nobody has heard of yet."""
        batch = Batch(id=new_id("b"), campaign=campaign, model=model, state="building")
        values: dict[str, object] = {"id": batch.id, "campaign": campaign, "model": storable(model)}
        values |= {"state": batch.state, "created_at": now_text()}
        await self._writer.run(lambda c: insert(c, "batches", values))
        return batch

    async def move(
        self, id: str, state: BatchState, *, input_file: str = "", remote: str = "", error: str = ""
    ) -> None:
        """Notes a step; empty values stay as they are."""
        query = (
            "UPDATE batches SET state = ?, input_file = coalesce(nullif(?, ''), input_file), "
            "remote = coalesce(nullif(?, ''), remote), error = coalesce(nullif(?, ''), error), "
            "settled_at = CASE WHEN ? THEN ? END WHERE id = ?"
        )
        done = state in ("merged", "failed")
        values = (state, input_file, remote, storable(error), done, now_text(), id)
        await self._writer.run(lambda c: c.execute(query, values).rowcount)

    async def asking(self, batch: Batch, asks: Collection[Ask]) -> None:
        """Notes every call of the batch as sent, before the platform is told to make them."""

        def work(connection: sqlite3.Connection) -> None:
            for ask in asks:
                values: dict[str, object] = UNKNOWN_YET | {
                    "id": ask.attempt,
                    "unit": ask.unit,
                    "slot": ask.slot,
                    "state": "sent",
                    "model": storable(batch.model),
                    "prompt_sha256": ask.prompt_sha256,
                    "batch": batch.id,
                }
                write_attempt(connection, values)
            query = "UPDATE batches SET state = 'creating', requests = ? WHERE id = ?"
            connection.execute(query, (len(asks), batch.id))

        await self._writer.run(work)

    async def open_batches(self, campaign: str) -> tuple[Batch, ...]:
        """Batches that are not settled, the oldest first."""
        query = (
            "SELECT id, campaign, model, state, input_file, remote, requests, created_at AS since FROM batches "
            "WHERE campaign = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY id"
        )
        values = (campaign, json.dumps(OPEN))
        return await self._writer.run(lambda c: tuple(Batch(**dict(row)) for row in c.execute(query, values)))

    async def unsettled(self, batch: str) -> dict[str, Ask]:
        """Calls of a batch whose answer is not in yet, by custom_id."""
        query = "SELECT id, unit, slot, prompt_sha256 FROM attempts WHERE batch = ? AND state = 'sent'"
        return await self._writer.run(lambda c: {row[0]: Ask(*row) for row in c.execute(query, (batch,))})

    async def known(self, batch: str) -> frozenset[str]:
        """Every custom_id of a batch."""
        query = "SELECT id FROM attempts WHERE batch = ?"
        return await self._writer.run(lambda c: frozenset(row[0] for row in c.execute(query, (batch,))))

    async def units(self, batch: str) -> frozenset[str]:
        """Every unit that a batch holds a call of."""
        query = "SELECT DISTINCT unit FROM attempts WHERE batch = ?"
        return await self._writer.run(lambda c: frozenset(row[0] for row in c.execute(query, (batch,))))

    async def refuse(self, attempts: Iterable[str], error: str) -> None:
        """Calls that brought no answer, all for one reason."""
        query = "UPDATE attempts SET state = 'failed', settled_at = ?, error = ? WHERE id = ? AND state = 'sent'"
        values = [(now_text(), storable(error), id) for id in attempts]
        await self._writer.run(lambda c: c.executemany(query, values).rowcount)

    async def release(self, owner: str, keep: Collection[str]) -> None:
        """Gives back what `owner` holds but for the units in `keep`."""
        query = (
            "UPDATE units SET state = 'planned', owner = '' WHERE owner = ? AND state = 'running' "
            "AND key NOT IN (SELECT value FROM json_each(?))"
        )
        await self._writer.run(lambda c: c.execute(query, (owner, json.dumps(list(keep)))).rowcount)
