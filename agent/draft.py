"""A finished draft and the trail that led to it. Pure values; `agent/journal.py` stores them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agent.brief import Brief
from agent.context import Context
from agent.copies import Copy
from agent.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call to the model and what came of it."""

    id: str
    template_id: str
    template_version: str
    template_sha256: str
    prompt_sha256: str
    """Hash of the rendered messages."""
    model: str
    raw: str
    findings: tuple[Finding, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = None
    latency: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    id: str
    created_at: datetime
    brief: Brief
    context: Context
    copy: Copy | None
    """None when no attempt could be parsed; then `findings` says why."""
    findings: tuple[Finding, ...]
    attempts: tuple[Attempt, ...]
    model: str
    offline: bool
    """True when the offline templates wrote it; shown as 离线模板 wherever the draft appears."""
    parent: str = ""
    """The draft this one revises."""
    version: int = 1
