"""One line of a lint report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.finding import Finding
from knowledge_base.rules.editor import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    rule: str
    """Stable id, e.g. tag.section, css.position, link.external."""
    severity: Severity
    line: int
    column: int
    """1-based, in code points."""
    text: str
    """What it is about, as written: a tag, a declaration, an address."""
    message: str
    """Chinese: what the editor does to it."""
    fix: str = ""
    """Chinese: the smallest change that mends it; empty when there is none."""
    fixable: bool = False
    """Whether --fix makes that change."""


def as_findings(rows: Iterable[Row]) -> tuple[Finding, ...]:
    """For whoever speaks in findings."""
    return tuple(
        Finding(
            check="editor",
            rule_id=f"editor.{row.rule}",
            severity=row.severity,
            status="spec",
            message=f"{row.line}:{row.column} {row.message}",
            field="html",
            text=row.text,
            rewrite=row.fix,
        )
        for row in rows
    )
