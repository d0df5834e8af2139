"""Where a draft stands with its reviewers. Verdicts hold for the words they were given on, found by hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.draft import Draft
from agent.fingerprint import copy_sha256
from agent.storage.reviews import Review, Verdict

VERDICT_NAMES: dict[Verdict, str] = {"approve": "通过", "changes": "改后通过", "reject": "退回"}
ORIGIN_NAMES = {"cli": "命令行", "docx": "Word 审阅单", "html": "网页审阅单", "text": "文字答复"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What counts for the draft's words as they are now."""

    valid: tuple[Review, ...]
    """Each role's latest verdict on these very words, oldest first."""
    void: tuple[Review, ...]
    """Verdicts on other words of the same draft or another version of it."""
    missing: tuple[str, ...]
    """Required roles that have not approved."""

    @property
    def refused(self) -> tuple[Review, ...]:
        """Standing verdicts that are no approval, of required roles and others alike."""
        return tuple(one for one in self.valid if one.verdict != "approve")

    @property
    def approved(self) -> bool:
        """Somebody approved, every required role did, and nobody's no stands."""
        return bool(self.valid) and not self.missing and not self.refused


def standing(draft: Draft, reviews: Sequence[Review], required: Sequence[str] = ()) -> Standing:
    """`reviews` oldest first, of all versions (`Journal.reviews`)."""
    words = copy_sha256(draft.copy)
    latest: dict[str, Review] = {}
    for one in reviews:
        if words and one.content_sha256 == words:
            latest.pop(one.role, None)
            latest[one.role] = one
    approved = {role for role, one in latest.items() if one.verdict == "approve"}
    return Standing(
        valid=tuple(latest.values()),
        void=tuple(one for one in reviews if one.content_sha256 != words or not words),
        missing=tuple(role for role in required if role not in approved),
    )


def describe(review: Review) -> str:
    """One line: who said what, when, and why."""
    when = f"{review.recorded_at.astimezone():%Y-%m-%d %H:%M}"
    comment = f"：{' '.join(review.comment.split())}" if review.comment else ""
    origin = ORIGIN_NAMES[review.origin]
    return f"{when} {review.role} {review.name} {VERDICT_NAMES[review.verdict]}（{origin}）{comment}"
