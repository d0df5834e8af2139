"""One draft a hit: its id comes from the hit's, so a second attempt at the same hit finds the first one's draft."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agent.audience.watch.briefs import Briefs
from agent.errors import BadAnswerError, ContentFilterError, ContextTooLongError, ModelError
from agent.fingerprint import copy_sha256
from agent.ids import new_id
from agent.journal import Journal
from agent.storage.reviews import Review
from agent.write import Tools, write_draft
from knowledge_base.audience.triggers import hits
from knowledge_base.audience.triggers.hits import Kept
from knowledge_base.audience.triggers.spans import SECOND
from knowledge_base.errors import BadInputError, UnknownIdError, UsageError

if TYPE_CHECKING:
    from knowledge_base.audience.triggers.rules import Hit, Status

AT_ONCE = 4
MOST_TRIES = 5
TRIGGER = "触发"
"""Role under which withdrawn drafts are marked in the journal."""


def draft_id(hit: Hit) -> str:
    """A UUIDv7 as drafts have: its time is the hit's, its random part the hit's id."""
    milliseconds, chance = hit.at // 1000 % (1 << 48), int(hit.id, 16)
    number = milliseconds << 80 | 0x7 << 76 | (chance >> 64 & 0xFFF) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    return f"d_{number:032x}"


@dataclass(slots=True)
class Round:
    """What one round of drafting brought."""

    settled: list[Kept] = field(default_factory=list)
    trouble: ModelError | None = None
    """The endpoint failed in a way that may pass; what is left waits for the next round."""


class Drafter:
    def __init__(self, database: sqlite3.Connection, briefs: Briefs, tools: Tools, journal: Journal, most: int) -> None:
        """`most`: drafts that this run may make."""
        self._database, self._briefs, self._tools, self._journal = database, briefs, tools, journal
        self._left = most

    @property
    def exhausted(self) -> bool:
        """Whether this run has made all the drafts it may."""
        return self._left <= 0

    def recover(self) -> None:
        """After a crash: drafts that were kept before it was noted that they were. Before anything new is read."""
        while found := [one for one in hits.waiting(self._database, 1000) if self._exists(draft_id(one.hit))]:
            for one in found:
                hits.settle(self._database, one.hit.id, "drafted", draft=draft_id(one.hit))
        self.mark_withdrawn()

    async def round(self, now: int) -> Round:
        """Drafts what waits, a few at a time. Raises ModelError when no draft can be made at all, StorageError."""
        done = Round()
        while done.trouble is None and (page := hits.waiting(self._database, AT_ONCE)):
            stale = [one for one in page if self._stale(one.hit, now)]
            done.settled += [self._settle(one, "expired", reason="过了有效期") for one in stale]
            fresh = [one for one in page if one not in stale][: self._left]
            if not fresh and not stale:
                break
            results = await asyncio.gather(*(self._one(one) for one in fresh), return_exceptions=True)
            for one, result in zip(fresh, results, strict=True):
                if isinstance(result, BaseException):
                    self._failed(one, result, done)
                else:
                    self._left -= 1
                    done.settled.append(result)
        return done

    def mark_withdrawn(self) -> None:
        """A draft that was overtaken by what the customer did since is turned down, with the reason."""
        for one in hits.drafted_then_withdrawn(self._database):
            if self._exists(one.draft):
                draft = self._journal.get(one.draft)
                self._journal.record_review(
                    Review(
                        id=new_id("v"),
                        draft_id=draft.id,
                        recorded_at=datetime.now(UTC),
                        verdict="reject",
                        name="自动",
                        role=TRIGGER,
                        content_sha256=copy_sha256(draft.copy),
                        comment="触发之后顾客已经买了或回来了，这一稿不要再发",
                    )
                )
            hits.marked(self._database, one.hit.id)

    async def _one(self, kept: Kept) -> Kept:
        id = draft_id(kept.hit)
        rule = self._briefs.rules.by_id.get(kept.hit.rule)
        if rule is None:
            return self._settle(kept, "failed", reason="规则文件里已经没有这条规则")
        if not await asyncio.to_thread(self._exists, id):
            try:
                brief = self._briefs.brief(kept.hit, rule)
                await write_draft(brief, self._tools, draft_id=id)
            except (BadInputError, UsageError) as error:
                return self._settle(kept, "failed", reason=f"{error.message}{f'；{error.hint}' if error.hint else ''}")
        return self._settle(kept, "drafted", draft=id)

    def _failed(self, kept: Kept, error: BaseException, done: Round) -> None:
        """The hit's own fault settles it; trouble that passes is kept for later; all else is raised."""
        if not isinstance(error, ModelError):
            raise error
        own = isinstance(error, ContextTooLongError | ContentFilterError | BadAnswerError)
        if error.retryable and kept.tries + 1 < MOST_TRIES:
            hits.failed_once(self._database, kept.hit.id)
            done.trouble = error
        elif error.retryable or own:
            done.settled.append(self._settle(kept, "failed", reason=error.message))
        else:
            raise error

    def _settle(self, kept: Kept, status: Status, *, draft: str = "", reason: str = "") -> Kept:
        hits.settle(self._database, kept.hit.id, status, draft=draft, reason=reason)
        return replace(kept, status=status, draft=draft, reason=reason)

    def _stale(self, hit: Hit, now: int) -> bool:
        rule = self._briefs.rules.by_id.get(hit.rule)
        return rule is not None and now - hit.at > rule.expires

    def _exists(self, id: str) -> bool:
        try:
            return self._journal.find(id) == id
        except UnknownIdError:
            return False


def backoff(failures: int) -> int:
    """Microseconds to wait after so many rounds in a row that failed: 2 seconds, doubling, a minute at most."""
    return min(60, 1 << failures) * SECOND
