"""Law rules judged in context: `examine` for any text, `compliance` for a draft."""

from __future__ import annotations

from agent.checks.compliance.check import compliance, examine

__all__ = ["compliance", "examine"]
