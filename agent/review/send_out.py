"""Drafts -> one review file for legal and the boss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from agent.draft import Draft
from agent.journal import Journal
from agent.review.page import write_page
from agent.review.sheet import sheet
from agent.review.word import write_word

Form = Literal["docx", "html"]


def review_file(drafts: Sequence[Draft], form: Form, roles: Sequence[str], journal: Journal) -> bytes:
    """The file's bytes: each draft with claims, findings, earlier verdicts, and blanks for each role."""
    sheets = [sheet(draft, number, journal.reviews(draft.id)) for number, draft in enumerate(drafts, 1)]
    if form == "docx":
        return write_word(sheets, drafts, roles)
    return write_page(sheets, drafts, roles).encode("utf-8", "replace")
