"""A campaign's drafts with what reviewers said of them: read in pieces, written only where nobody else wrote since."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from agent.campaign.plan_file import CampaignPlan
from agent.campaign.rows import State
from agent.campaign.units import Unit, unit_from_json
from agent.draft import Draft
from agent.journal import JOURNAL_NAME
from agent.review.standing import Standing, standing
from agent.storage.connection import connect, explained, transaction
from agent.storage.reviews import Review, family_reviews, is_repeat, review_values
from agent.storage.rows import storable, to_draft
from agent.storage.writes import insert, insert_draft
from knowledge_base.errors import UnknownIdError, WenanError
from knowledge_base.workspace import Workspace

CHUNK = 200
UNDONE = "撤销了上一个结论"
"""Comment of a verdict that takes the one before it back: verdicts are never deleted."""
WRITTEN: tuple[State, ...] = ("passed", "needs_review")
"""States of units whose draft waits for people."""


class ChangedError(WenanError):
    """Somebody else reviewed, changed or rewrote the draft since it was read; `now` is how it stands."""

    def __init__(self, message: str, now: Entry | None = None) -> None:
        super().__init__(message, hint="看看现在的样子，再决定一次。")
        self.now = now


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A unit as it stood when it was read."""

    key: str
    number: int
    unit: Unit
    state: State
    reason: str
    """Why it failed or needs a person: type of error or rule id."""
    message: str
    draft: Draft | None
    """None for units that are not written yet or failed."""
    reviews: tuple[Review, ...] = ()
    """Of all versions, oldest first."""
    required: tuple[str, ...] = ()
    """Roles that have to approve."""

    @cached_property
    def standing(self) -> Standing | None:
        return standing(self.draft, self.reviews, self.required) if self.draft is not None else None

    @property
    def approved(self) -> bool:
        """People approved these very words, all who had to, and nobody's no stands."""
        return self.standing is not None and self.standing.approved

    @property
    def refused(self) -> bool:
        """Somebody's no stands; one that was taken back is none."""
        return self.standing is not None and any(one.comment != UNDONE for one in self.standing.refused)


class Book:
    """One reader's and reviewer's connection to the journal. Every method raises StorageError."""

    def __init__(self, workspace: Workspace, required: Sequence[str] = ()) -> None:
        self._path = workspace.data / JOURNAL_NAME
        self._connection, self._indexed = connect(self._path)
        self._required = tuple(required)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def campaign(self, wanted: str) -> tuple[str, CampaignPlan]:
        """(id, plan) by id or name. Raises UnknownIdError."""
        with explained(self._path):
            query = "SELECT id, plan FROM campaigns WHERE id = ? OR name = ?"
            row = self._connection.execute(query, (storable(wanted), storable(wanted))).fetchone()
            names = [str(one[0]) for one in self._connection.execute("SELECT id FROM campaigns ORDER BY planned_at")]
        if row is None:
            error = UnknownIdError("活动", wanted, tuple(names))
            error.hint = f"已有的活动：{'、'.join(names)}。" if names else "先 wenan campaign run 计划.yaml。"
            raise error
        return str(row["id"]), CampaignPlan.model_validate_json(row["plan"])

    def keys(self, campaign: str, states: Sequence[State] = WRITTEN) -> list[str]:
        """Units of the plan in these states, in order of work."""
        query = (
            "SELECT key FROM units WHERE campaign = ? AND retired = 0 AND state IN (SELECT value FROM json_each(?)) "
            "ORDER BY number"
        )
        with explained(self._path):
            return [str(row[0]) for row in self._connection.execute(query, (campaign, json.dumps(states)))]

    def entries(self, keys: Sequence[str]) -> Iterator[Entry]:
        """In the order of `keys`, a few hundred in memory at a time."""
        for start in range(0, len(keys), CHUNK):
            some = keys[start : start + CHUNK]
            with explained(self._path):
                found = self._read(some)
            yield from (found[key] for key in some if key in found)

    def entry(self, key: str) -> Entry:
        """One unit as it is now."""
        return next(self.entries([key]))

    def record(self, entry: Entry, review: Review) -> bool:
        """Keeps a verdict on the draft as it was read; False when it says nothing new. Raises ChangedError."""
        with explained(self._path), transaction(self._connection):
            self._unchanged(entry)
            if is_repeat(entry.reviews, review):
                return False
            insert(self._connection, "reviews", review_values(review))
            return True

    def put_version(self, entry: Entry, draft: Draft, verdict: tuple[State, str, str]) -> None:
        """Keeps a new version of the unit's draft and makes it the unit's. Raises ChangedError."""
        with explained(self._path), transaction(self._connection):
            self._unchanged(entry)
            insert_draft(self._connection, draft, indexed=self._indexed)
            self._point(entry.key, draft.id, verdict)

    def point_back(self, entry: Entry, before: Entry) -> None:
        """Gives a unit its earlier draft back; the later one stays in the journal. Raises ChangedError."""
        assert before.draft is not None
        with explained(self._path), transaction(self._connection):
            self._unchanged(entry)
            self._point(entry.key, before.draft.id, (before.state, before.reason, before.message))

    def take(self, entry: Entry, owner: str, draft_id: str) -> int:
        """Claims a written unit for one more round and returns the round's number. Raises ChangedError."""
        with explained(self._path), transaction(self._connection):
            self._unchanged(entry)
            self._connection.execute(
                "UPDATE units SET state = 'running', owner = ?, draft_id = ?, tries = 0, round = round + 1 "
                "WHERE key = ?",
                (owner, draft_id, entry.key),
            )
            row = self._connection.execute("SELECT round FROM units WHERE key = ?", (entry.key,)).fetchone()
            return int(row[0])

    def give_back(self, entry: Entry, owner: str) -> None:
        """A claimed unit as it was before, where the rewriting came to nothing."""
        assert entry.draft is not None
        query = (
            "UPDATE units SET state = ?, owner = '', draft_id = ?, reason = ?, message = ? WHERE key = ? AND owner = ?"
        )
        values = (entry.state, entry.draft.id, entry.reason, entry.message, entry.key, owner)
        with explained(self._path), transaction(self._connection):
            self._connection.execute(query, values)

    def rows(self, query: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """What a reading statement of ours finds; `values` hold whatever comes from users."""
        with explained(self._path):
            return self._connection.execute(query, tuple(values)).fetchall()

    def _point(self, key: str, draft_id: str, verdict: tuple[State, str, str]) -> None:
        state, reason, message = verdict
        self._connection.execute(
            "UPDATE units SET draft_id = ?, state = ?, reason = ?, message = ?, owner = '' WHERE key = ?",
            (draft_id, state, storable(reason), storable(message), key),
        )

    def _unchanged(self, entry: Entry) -> None:
        """Inside a transaction. Raises ChangedError when the unit has another draft, state or verdicts by now."""
        now = self._read([entry.key]).get(entry.key)
        if now is None or entry.draft is None:
            raise ChangedError("这一稿已经不在活动里了", now)
        if now.state == "running":
            raise ChangedError("这一稿正在重写", now)
        if now.draft is None or now.draft.id != entry.draft.id:
            raise ChangedError("这一稿刚刚被别人改过", now)
        if len(now.reviews) != len(entry.reviews):
            last = now.reviews[-1]
            raise ChangedError(f"{last.role} {last.name} 刚刚审过这一稿", now)

    def _read(self, keys: Sequence[str]) -> dict[str, Entry]:
        units = self._by("SELECT * FROM units WHERE key IN (SELECT value FROM json_each(?))", keys)
        ids = [row["draft_id"] for row in units if row["draft_id"] and row["state"] in (*WRITTEN, "drafted")]
        drafts = {
            row["id"]: row for row in self._by("SELECT * FROM drafts WHERE id IN (SELECT value FROM json_each(?))", ids)
        }
        attempts: dict[str, list[sqlite3.Row]] = {}
        query = "SELECT * FROM attempts WHERE draft_id IN (SELECT value FROM json_each(?)) ORDER BY draft_id, ordinal"
        for row in self._by(query, ids):
            attempts.setdefault(row["draft_id"], []).append(row)
        reviews = self._reviews(drafts)
        found: dict[str, Entry] = {}
        for row in units:
            id = row["draft_id"] if row["draft_id"] in drafts else ""
            found[row["key"]] = Entry(
                key=row["key"],
                number=row["number"],
                unit=unit_from_json(row["values_json"]),
                state=row["state"],
                reason=row["reason"],
                message=row["message"],
                draft=to_draft(drafts[id], attempts.get(id, [])) if id else None,
                reviews=reviews(id) if id else (),
                required=self._required,
            )
        return found

    def _reviews(self, drafts: dict[str, sqlite3.Row]) -> Callable[[str], tuple[Review, ...]]:
        """Most drafts have no verdict and no other version: two statements tell which do."""
        ids = list(drafts)
        query = (
            "SELECT draft_id FROM reviews WHERE draft_id IN (SELECT value FROM json_each(?)) "
            "UNION SELECT parent FROM drafts WHERE parent IN (SELECT value FROM json_each(?))"
        )
        told = {row[0] for row in self._connection.execute(query, (json.dumps(ids), json.dumps(ids)))}
        told |= {id for id, row in drafts.items() if row["parent"]}
        return lambda id: family_reviews(self._connection, id) if id in told else ()

    def _by(self, query: str, values: Sequence[str]) -> list[sqlite3.Row]:
        return self._connection.execute(query, (json.dumps(list(values)),)).fetchall()
