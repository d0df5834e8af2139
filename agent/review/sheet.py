"""What a review file shows of a draft, as plain values: the same for Word and for the web page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.channels.preview_view import ClaimView, FindingView, view
from agent.copies import ArticleCopy, fields
from agent.draft import Draft
from agent.fingerprint import copy_sha256
from agent.label.explicit import declaration, label_text
from agent.part_names import part_name
from agent.review.standing import describe, standing
from agent.storage.reviews import Review

CODE_CHARS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    name: str
    """Field of the copy."""
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One draft on a review file."""

    number: int
    id: str
    code: str
    """Beginning of the hash of the words shown: a verdict that comes back names it."""
    heading: str
    about: str
    """Product, persona, angle."""
    made: str
    """Who wrote it, when, which version, whom it is for."""
    message: str
    """The customer's words that a reply answers."""
    parts: tuple[Part, ...]
    label: str
    """The explicit AI label, and what to set at the platform."""
    claims: tuple[ClaimView, ...]
    findings: tuple[FindingView, ...]
    link: str
    earlier: tuple[str, ...]
    """Verdicts already given."""

    @property
    def blocked(self) -> int:
        return sum(one.severity == "block" for one in self.findings)

    @property
    def unproved(self) -> int:
        return sum(one.verdict == "unsupported" for one in self.claims)


def sheet(draft: Draft, number: int, reviews: Sequence[Review] = ()) -> Sheet:
    """`number` counts from 1 within the file."""
    shown = view(draft, number)
    made = [shown.model, f"{draft.created_at.astimezone():%Y-%m-%d %H:%M}", f"第 {draft.version} 版"]
    now = standing(draft, reviews)
    return Sheet(
        number=number,
        id=draft.id,
        code=copy_sha256(draft.copy)[:CODE_CHARS],
        heading=f"第 {number} 稿 · {shown.form}",
        about=shown.subject,
        made=" · ".join([*made, f"核对日 {draft.brief.today}"]),
        message=draft.brief.message,
        parts=tuple(parts_of(draft)),
        label="；".join(part for part in (label_text(draft), declaration(draft)) if part),
        claims=shown.claims,
        findings=shown.findings,
        link=shown.link,
        earlier=tuple(describe(one) + ("（已作废：文字改过）" if one in now.void else "") for one in reviews),
    )


def parts_of(draft: Draft) -> list[Part]:
    """The copy's fields in the order of the file: what goes out first, candidates last."""
    if draft.copy is None:
        return []
    named = fields(draft.copy)
    if isinstance(draft.copy, ArticleCopy):
        named = dict(sorted(named.items(), key=lambda one: one[0].startswith("titles[")))
    return [Part(name=name, label=part_name(name), text=text) for name, text in named.items() if text.strip()]
