"""Every check of a draft. Each is `(copy, brief, context) -> findings`; new ones join CHECKS."""

from __future__ import annotations

from collections.abc import Callable

from agent.brief import Brief
from agent.checks.compliance import compliance
from agent.checks.facts import ClaimSupport, check_facts, ledger
from agent.checks.promotion import check_promotion
from agent.checks.similarity import check_similarity
from agent.checks.slots import check_slots
from agent.checks.spec import check_spec
from agent.checks.style import check_style
from agent.context import Context
from agent.copies import Copy
from agent.finding import Finding
from agent.label.check import check_label

Check = Callable[[Copy, Brief, Context], tuple[Finding, ...]]
CHECKS: tuple[Check, ...] = (
    check_spec,
    check_label,
    check_slots,
    check_facts,
    compliance,
    check_promotion,
    check_style,
    check_similarity,
)
"""In the order a reader wants them: what the platform refuses, what is untrue, what is out of date, what is weak."""
_GRAVITY = {"block": 0, "warn": 1, "info": 2}

__all__ = ["CHECKS", "Check", "ClaimSupport", "check", "ledger"]


def check(copy: Copy, brief: Brief, context: Context) -> tuple[Finding, ...]:
    """All findings, blocking ones first, else in the order of the checks. Pass the untrimmed context."""
    found = [finding for each in CHECKS for finding in each(copy, brief, context)]
    return tuple(sorted(found, key=lambda finding: _GRAVITY[finding.severity]))
