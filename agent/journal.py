"""The journal: every draft with its whole trail, in one SQLite file of the workspace.

All reading and writing happens on one thread of its own, so the calls may come from any thread or task.
Every method raises StorageError when the file cannot be read or written.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

from agent.context import PastDraft
from agent.draft import Draft
from agent.ids import new_id
from agent.storage.connection import connect, explained, transaction
from agent.storage.many import drafts_by_id
from agent.storage.queries import ALL, Filters, find_ids, list_rows, matching_ids, past_drafts, version_rows
from agent.storage.reviews import Review, family_reviews, is_repeat, review_values, rules_of
from agent.storage.rows import (
    DraftRow,
    Final,
    storable,
    to_draft,
    to_final,
    utc_text,
)
from agent.storage.writes import insert, insert_draft, insert_text
from knowledge_base.errors import BadInputError, UnknownIdError
from knowledge_base.workspace import Workspace

JOURNAL_NAME = "journal.db"
R = TypeVar("R")
Redact = Callable[[str], str]


def _as_it_is(text: str) -> str:
    return text


class Journal:
    """Open with `Journal.open`, close when done."""

    def __init__(self, path: Path, *, redact: Redact = _as_it_is) -> None:
        """`redact` hides personal data in what customers said, before it is stored."""
        self.path = path
        self._redact = redact
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        try:
            self._connection, self._indexed = self._thread.submit(connect, path).result()
        except BaseException:
            self._thread.shutdown()
            raise

    @classmethod
    def open(cls, workspace: Workspace, *, redact: Redact = _as_it_is) -> Self:
        """The workspace's journal, created when there is none."""
        return cls(workspace.data / JOURNAL_NAME, redact=redact)

    def close(self) -> None:
        """May be called twice."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._connection.close).result()
            self._thread.shutdown()

    def save(self, draft: Draft) -> None:
        """Keeps a draft with its attempts, all or nothing. Saving the same id again is an error (IntegrityError)."""
        self._run(lambda: self._save(draft))

    async def asave(self, draft: Draft) -> None:
        """`save` for coroutines."""
        await asyncio.to_thread(self.save, draft)

    def find(self, wanted: str) -> str:
        """The id meant by an id, its unique beginning or last digits (four at least), `last`, or `last~N`.

        Raises UnknownIdError when none fits, BadInputError listing them when several do.
        """
        return self._run(lambda: self._find(wanted))

    def get(self, wanted: str) -> Draft:
        """The draft that `find` finds."""
        return self._run(lambda: self._get(self._find(wanted)))

    def many(self, ids: Sequence[str]) -> tuple[Draft, ...]:
        """Drafts by their whole ids, in that order; ids that no draft has are passed over."""
        return self._run(lambda: drafts_by_id(self._connection, ids))

    def versions(self, wanted: str) -> tuple[DraftRow, ...]:
        """All versions of a draft, oldest first, whichever of them is named."""
        return self._run(lambda: version_rows(self._connection, self._find(wanted)))

    def list(self, filters: Filters = ALL) -> tuple[DraftRow, ...]:
        """Matching drafts, newest first."""
        return self._run(lambda: list_rows(self._connection, filters))

    def search(self, text: str, filters: Filters = ALL) -> tuple[DraftRow, ...]:
        """Drafts whose copy or published text holds every word of `text`, newest first."""

        def found() -> tuple[DraftRow, ...]:
            ids = matching_ids(self._connection, storable(text), self._indexed)
            return list_rows(self._connection, filters, ids)

        return self._run(found)

    def past(self, product: str, persona: str, limit: int) -> Sequence[PastDraft]:
        """Earlier texts for the same product or persona, nearest kinship first, then newest."""
        return self._run(lambda: past_drafts(self._connection, product, persona, limit))

    def recent_texts(self, limit: int) -> tuple[tuple[str, str], ...]:
        """(draft id, text) of the newest copies and published texts."""
        query = "SELECT draft_id, text FROM texts ORDER BY number DESC LIMIT ?"
        return self._run(lambda: tuple((row[0], row[1]) for row in self._connection.execute(query, (limit,))))

    def record_final(self, wanted: str, text: str) -> Final:
        """Keeps the text that people edited and published for a draft; a draft may have several over time."""
        return self._run(lambda: self._record_final(self._find(wanted), storable(text)))

    def finals(self, wanted: str) -> tuple[Final, ...]:
        """The published texts of a draft, oldest first."""
        query = "SELECT * FROM finals WHERE draft_id = ? ORDER BY id"
        return self._run(lambda: tuple(to_final(r) for r in self._connection.execute(query, (self._find(wanted),))))

    def record_review(self, review: Review) -> bool:
        """Keeps a verdict; False when it says nothing new (`agent.storage.reviews.is_repeat`)."""
        return self._run(lambda: self._record_review(review))

    def reviews(self, wanted: str) -> tuple[Review, ...]:
        """Verdicts on any version of a draft, oldest first."""
        return self._run(lambda: family_reviews(self._connection, self._find(wanted)))

    def rules(self, wanted: str) -> dict[str, str]:
        """Versions of the rules by which a draft was checked when it was saved; empty for drafts of older programs."""
        return self._run(lambda: rules_of(self._connection, self._find(wanted)))

    def _run(self, work: Callable[[], R]) -> R:
        with explained(self.path):
            return self._thread.submit(work).result()

    def _save(self, draft: Draft) -> None:
        with transaction(self._connection):
            insert_draft(self._connection, self._redacted(draft), indexed=self._indexed)

    def _find(self, wanted: str) -> str:
        wanted = wanted.strip()
        name, _, back = wanted.partition("~")
        if name == "last" and (not back or back.isdecimal()):
            query = "SELECT id FROM drafts ORDER BY id DESC LIMIT 1 OFFSET ?"
            row = self._connection.execute(query, (int(back or 0),)).fetchone()
            if row is None:
                raise _unknown(wanted, "稿件库里还没有这么多稿子；先写一稿。")
            return str(row[0])
        ids = find_ids(self._connection, wanted)
        if len(ids) == 1:
            return ids[0]
        if ids:
            raise BadInputError(f"「{wanted}」对应不止一篇稿子：{'、'.join(ids)}", hint="多写几位，或写全编号。")
        raise _unknown(wanted, "用 wenan log list 看写过的稿子；编号可以只写末尾几位，或写 last。")

    def _get(self, id: str) -> Draft:
        row = self._connection.execute("SELECT * FROM drafts WHERE id = ?", (id,)).fetchone()
        query = "SELECT * FROM attempts WHERE draft_id = ? ORDER BY ordinal"
        return to_draft(row, self._connection.execute(query, (id,)).fetchall())

    def _record_final(self, draft_id: str, text: str) -> Final:
        final = Final(id=new_id("f"), draft_id=draft_id, recorded_at=datetime.now(UTC), text=text)
        with transaction(self._connection):
            insert(
                self._connection,
                "finals",
                {
                    "id": final.id,
                    "draft_id": draft_id,
                    "recorded_at": utc_text(final.recorded_at),
                    "text": text,
                    "sha256": hashlib.sha256(text.encode()).hexdigest(),
                },
            )
            insert_text(self._connection, draft_id, text, indexed=self._indexed)
        return final

    def _record_review(self, review: Review) -> bool:
        with transaction(self._connection):
            if is_repeat(family_reviews(self._connection, review.draft_id), review):
                return False
            insert(self._connection, "reviews", review_values(review))
        return True

    def _redacted(self, draft: Draft) -> Draft:
        brief = draft.brief
        history = tuple(replace(turn, text=self._redact(turn.text)) for turn in brief.history)
        # A raw answer may repeat what the customer said.
        attempts = tuple(replace(attempt, raw=self._redact(attempt.raw)) for attempt in draft.attempts)
        return replace(
            draft, brief=replace(brief, message=self._redact(brief.message), history=history), attempts=attempts
        )


def _unknown(wanted: str, hint: str) -> UnknownIdError:
    error = UnknownIdError("稿件", wanted)
    error.hint = hint
    return error
