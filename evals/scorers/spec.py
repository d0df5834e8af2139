"""Does the copy fit its place: the channel check's findings on the draft, counted. Nothing is checked again."""

from __future__ import annotations

from agent.finding import Finding
from evals.records import Sampled, Score, Tier
from evals.scorers.view import quoted, spans, unreadable

CHECKS = frozenset({"spec", "label", "parse"})


class Spec:
    name = "spec"
    tier: Tier = "compliance"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        """`spec` 1 when nothing blocks, else 0; `spec.warn` the number of warnings."""
        if sampled.draft.copy is None:
            return unreadable(self.name, sampled)
        found = [f for f in sampled.draft.findings if f.check in CHECKS]
        return passing(self.name, found, "合版位要求")


def passing(name: str, found: list[Finding], good: str) -> tuple[Score, Score]:
    """A pass-or-fail score and the number of warnings, from findings."""
    blocks = [f for f in found if f.severity == "block"]
    warns = [f for f in found if f.severity == "warn"]
    why = told(blocks) if blocks else good
    return (
        Score(name, 0.0 if blocks else 1.0, not blocks, why, spans(blocks)),
        Score(f"{name}.warn", float(len(warns)), None, told(warns) if warns else "没有提醒", spans(warns)),
    )


def told(findings: list[Finding]) -> str:
    """What was found, in one line: the first message and how many more."""
    first = findings[0]
    said = f"{quoted(first.text)}：{first.message}" if first.text else first.message
    return f"{said}（另有 {len(findings) - 1} 处）" if len(findings) > 1 else said
