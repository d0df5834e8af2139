"""What a gate says, as pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evals.stats.values import Interval

Verdict = Literal["ok", "regression", "inconclusive", "infrastructure"]
EXIT_CODES: dict[Verdict, int] = {"ok": 0, "infrastructure": 4, "regression": 6, "inconclusive": 7}
ORDER: tuple[Verdict, ...] = ("infrastructure", "regression", "inconclusive", "ok")
"""The first that any check says is the gate's. A broken measurement comes first: what remains of it proves nothing."""


@dataclass(frozen=True, slots=True)
class Offender:
    """A case that counts against the gate."""

    case_id: str
    why: str
    """Chinese, one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition on one variant."""

    condition: str
    variant: str
    verdict: Verdict
    reason: str
    """Chinese, with the figure, its interval and its n."""
    n: int = 0
    missing: int = 0
    """Cases with a figure on one side only."""
    value: float | None = None
    interval: Interval | None = None
    cases: tuple[Offender, ...] = ()
    """The worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    run_id: str
    baseline_id: str
    """Empty without a baseline."""
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        said = {check.verdict for check in self.checks}
        return next((verdict for verdict in ORDER if verdict in said), "ok")

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]

    @property
    def offenders(self) -> tuple[str, ...]:
        """Cases behind whatever is not ok, each once, in the order of the checks."""
        bad = [check for check in self.checks if check.verdict != "ok"]
        return tuple(dict.fromkeys(case.case_id for check in bad for case in check.cases))
