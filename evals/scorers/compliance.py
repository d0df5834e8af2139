"""Is the copy lawful and clean by the agent's own rules: findings on the draft, counted. Nothing is checked again.

The agent passed or failed by these same rules before the draft came here, so a report shows them apart from quality.
"""

from __future__ import annotations

from evals.records import Sampled, Score, Tier
from evals.scorers.spec import passing, told
from evals.scorers.view import spans, unreadable

CHECKS = frozenset({"compliance", "promotion"})


class Compliance:
    name = "compliance"
    tier: Tier = "compliance"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`compliance` 1 when no rule of law or promotion blocks, else 0; `compliance.block` counts what blocks in all
        checks together, `compliance.warn` the rules' warnings."""
        if sampled.draft.copy is None:
            return unreadable(self.name, sampled)
        findings = sampled.draft.findings
        blocks = [f for f in findings if f.severity == "block"]
        why = told(blocks) if blocks else "没有拦下的问题"
        return (
            *passing(self.name, [f for f in findings if f.check in CHECKS], "没有违规的话"),
            Score("compliance.block", float(len(blocks)), not blocks, why, spans(blocks)),
        )
