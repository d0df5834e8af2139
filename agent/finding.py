"""The one shape in which every check, report and export speaks of a problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "warn", "info"]
Status = Literal["violation", "needs_evidence", "unsupported", "unparsable", "spec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    check: str
    """Which check found it: spec, facts, promotion, style, compliance, parse ..."""
    rule_id: str
    """Stable id within the check, e.g. moments.card-16x9.max_chars."""
    severity: Severity
    status: Status
    message: str
    """Chinese: what is wrong and what to do."""
    field: str = ""
    """Field of the copy (see `agent.copies.fields`), e.g. title, sections[1].text; empty for the whole copy."""
    start: int = 0
    end: int = 0
    """Code-point span in the original field; start == end when the finding is about the field as a whole."""
    text: str = ""
    """The offending text, field[start:end]."""
    law: str = ""
    rewrite: str = ""
    """A safe replacement for `text`; empty when none is known."""
    evidence_ids: tuple[str, ...] = ()
    exemption: str = ""
    """Why this was let pass, when severity is info."""


def blocking(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that keep a draft from leaving."""
    return tuple(f for f in findings if f.severity == "block")
