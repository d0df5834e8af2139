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

from agent.codec import dumps, to_plain
from agent.context import PastDraft
from agent.draft import Attempt, Draft
from agent.ids import new_id
from agent.model import Prompt
from agent.storage.connection import connect, explained, transaction
from agent.storage.queries import Filters, find_ids, list_rows, matching_ids, past_drafts, version_rows
from agent.storage.reviews import Review, family_reviews, is_repeat, review_values, rules_of
from agent.storage.rows import (
    DraftRow,
    Final,
    attempt_values,
    draft_values,
    search_body,
    storable,
    to_draft,
    to_final,
    utc_text,
)
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

    def attempt_started(self, id: str, prompt: Prompt, model: str, *, prompt_sha256: str, ordinal: int = 0) -> None:
        """Notes a call before it leaves; it stays `sent` until `attempt_finished`, `attempt_failed` or `save`."""
        values = attempt_values(
            Attempt(
                id=id,
                template_id=prompt.template_id,
                template_version=prompt.version,
                template_sha256=prompt.sha256,
                prompt_sha256=prompt_sha256,
                model=model,
                raw="",
            )
        )
        self._run(lambda: self._put_attempt(values | {"ordinal": ordinal, "state": "sent", "sent_at": _now()}))

    def attempt_finished(self, attempt: Attempt) -> None:
        """Keeps the answer of a started attempt before anything else happens to it."""
        values = self._redacted_attempt(attempt) | {"state": "answered", "settled_at": _now()}
        self._run(lambda: self._put_attempt(values))

    def attempt_failed(self, id: str, error: str) -> None:
        """Notes why a started attempt brought no answer."""
        query = "UPDATE attempts SET state = 'failed', settled_at = ?, error = ? WHERE id = ?"
        self._run(lambda: self._connection.execute(query, (_now(), storable(error), id)))

    def unsettled(self) -> tuple[str, ...]:
        """Ids of attempts whose request left and whose answer never came: they may have been paid for."""
        query = "SELECT id FROM attempts WHERE state = 'sent' ORDER BY id"
        return self._run(lambda: tuple(row[0] for row in self._connection.execute(query)))

    def find(self, wanted: str) -> str:
        """The id meant by an id, its unique beginning or last digits (four at least), `last`, or `last~N`.

        Raises UnknownIdError when none fits, BadInputError listing them when several do.
        """
        return self._run(lambda: self._find(wanted))

    def get(self, wanted: str) -> Draft:
        """The draft that `find` finds."""
        return self._run(lambda: self._get(self._find(wanted)))

    def versions(self, wanted: str) -> tuple[DraftRow, ...]:
        """All versions of a draft, oldest first, whichever of them is named."""
        return self._run(lambda: version_rows(self._connection, self._find(wanted)))

    def list(self, filters: Filters = Filters()) -> tuple[DraftRow, ...]:  # noqa: B008 - frozen
        """Matching drafts, newest first."""
        return self._run(lambda: list_rows(self._connection, filters))

    def search(self, text: str, filters: Filters = Filters()) -> tuple[DraftRow, ...]:  # noqa: B008 - frozen
        """Drafts whose copy or published text holds every word of `text`, newest first."""

        def found() -> tuple[DraftRow, ...]:
            ids = matching_ids(self._connection, storable(text), self._indexed)
            return list_rows(self._connection, filters, ids)

        return self._run(found)

    def past(self, product: str, persona: str, limit: int) -> Sequence[PastDraft]:
        """Earlier texts for the same product or persona, nearest kinship first, then newest."""
        return self._run(lambda: past_drafts(self._connection, product, persona, limit))

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
        values = draft_values(self._redacted(draft))
        with transaction(self._connection):
            self._insert("drafts", values)
            for position, product in enumerate(_products(draft)):
                self._insert(
                    "draft_products",
                    {
                        "draft_id": draft.id,
                        "position": position,
                        "product_id": storable(product),
                        "persona": values["persona"],
                    },
                )
            for ordinal, attempt in enumerate(draft.attempts):
                known = {"draft_id": draft.id, "ordinal": ordinal, "state": "answered", "settled_at": _now()}
                self._write_attempt(self._redacted_attempt(attempt) | known)
            if draft.copy is not None:
                self._insert_text(draft.id, search_body(draft.copy))

    def _put_attempt(self, values: dict[str, object]) -> None:
        with transaction(self._connection):
            self._write_attempt(values)

    def _write_attempt(self, values: dict[str, object]) -> None:
        """Inserts, or completes the row that was written when the request left."""
        full = {"sent_at": _now(), "ordinal": 0, "error": ""} | values
        update = ", ".join(f"{name} = excluded.{name}" for name in values if name not in ("id", "sent_at"))
        self._insert("attempts", full, f" ON CONFLICT(id) DO UPDATE SET {update}")

    def _insert(self, table: str, values: dict[str, object], tail: str = "") -> None:
        marks = ", ".join("?" for _ in values)
        query = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks}){tail}"
        self._connection.execute(query, tuple(values.values()))

    def _insert_text(self, draft_id: str, text: str) -> None:
        row = self._connection.execute("INSERT INTO texts (draft_id, text) VALUES (?, ?)", (draft_id, text))
        if self._indexed:
            self._connection.execute("INSERT INTO texts_index (rowid, text) VALUES (?, ?)", (row.lastrowid, text))

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
            self._insert(
                "finals",
                {
                    "id": final.id,
                    "draft_id": draft_id,
                    "recorded_at": utc_text(final.recorded_at),
                    "text": text,
                    "sha256": hashlib.sha256(text.encode()).hexdigest(),
                },
            )
            self._insert_text(draft_id, text)
        return final

    def _record_review(self, review: Review) -> bool:
        with transaction(self._connection):
            if is_repeat(family_reviews(self._connection, review.draft_id), review):
                return False
            self._insert("reviews", review_values(review))
        return True

    def _redacted(self, draft: Draft) -> Draft:
        brief = draft.brief
        history = tuple(replace(turn, text=self._redact(turn.text)) for turn in brief.history)
        return replace(draft, brief=replace(brief, message=self._redact(brief.message), history=history))

    def _redacted_attempt(self, attempt: Attempt) -> dict[str, object]:
        """A raw answer may repeat what the customer said."""
        return attempt_values(attempt) | {"raw": dumps(to_plain(self._redact(attempt.raw)))}


def _products(draft: Draft) -> tuple[str, ...]:
    """The products named in the brief, else those the customer turned out to mean."""
    return tuple(dict.fromkeys(draft.brief.products or (product.id for product in draft.context.products)))


def _now() -> str:
    return utc_text(datetime.now(UTC))


def _unknown(wanted: str, hint: str) -> UnknownIdError:
    error = UnknownIdError("稿件", wanted)
    error.hint = hint
    return error
