"""A model's answer read and checked: the step between a completion and a draft."""

from __future__ import annotations

from agent.brief import Brief
from agent.checks import check
from agent.context import Context
from agent.copies import Copy
from agent.finding import Finding
from agent.parse import parse


def judge(text: str, brief: Brief, context: Context) -> tuple[Copy | None, tuple[Finding, ...]]:
    """Parses a model's answer and runs every check on it against the untrimmed context."""
    copy, parse_findings = parse(text, brief)
    if copy is None:
        return None, parse_findings
    return copy, (*parse_findings, *check(copy, brief, context))
