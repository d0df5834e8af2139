"""How two arms differ, as reports show it: taken from evals.compare, never computed here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from evals.reports.scorer_info import ScorerInfo
from evals.reports.summary import Arm
from evals.stats.values import Arm as Side
from evals.stats.values import Comparison, Interval, ScorerComparison, Slice
from evals.stats.values import Verdict as Proved

Verdict = Proved | Literal["changed"]
"""`changed`: proved to differ, where neither end is better."""
VERDICT_NAMES: dict[Verdict, str] = {
    "better": "更好",
    "worse": "更差",
    "unclear": "看不出差别",
    "same": "完全一样",
    "unjudged": "不下结论",
    "none": "没有数据",
    "changed": "有变化",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One scorer, arm minus reference, paired by case, with the keys that the report gives its arms."""

    reference: str
    arm: str
    neutral: bool
    """Neither end of the scorer is better."""
    found: ScorerComparison

    @property
    def scorer(self) -> str:
        return self.found.scorer

    @property
    def verdict(self) -> Verdict:
        proved = self.found.verdict
        if proved == "different" or (self.neutral and proved in ("better", "worse")):
            return "changed"
        return proved

    @property
    def missing(self) -> int:
        """Cases without a value on one side."""
        return len(self.found.missing)

    @property
    def win_interval(self) -> Interval | None:
        return self.found.wins.interval if self.found.wins else None

    @property
    def win_rate(self) -> float | None:
        """Of the cases that do not tie."""
        return self.found.wins.rate if self.found.wins else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A difference within the cases of one tag or persona."""

    scorer: str
    arm: str
    found: Slice


def differences(
    comparisons: Iterable[Comparison], arms: Sequence[Arm], infos: Sequence[ScorerInfo]
) -> tuple[Difference, ...]:
    """Every scorer of every comparison whose two sides are arms of the report, in the order of `infos`."""
    places = {info.name: place for place, info in enumerate(infos)}
    neutral = {info.name for info in infos if info.higher_is_better is None}
    found = [
        Difference(reference=a, arm=b, neutral=one.scorer in neutral, found=one)
        for comparison in comparisons
        if (a := _key(comparison.a, arms, baseline=True)) and (b := _key(comparison.b, arms, baseline=False))
        for one in comparison.scorers
    ]
    return tuple(sorted(found, key=lambda one: places[one.scorer]))


def parts(found: Iterable[Difference]) -> tuple[Part, ...]:
    """The slices of all differences."""
    return tuple(
        Part(scorer=one.scorer, arm=one.arm, found=piece) for one in found for piece in one.found.slices if piece.n
    )


def _key(side: Side, arms: Sequence[Arm], *, baseline: bool) -> str:
    """A run compared with itself has two arms of one name; the baseline's comes first."""
    fitting = [arm for arm in arms if (arm.run_id, arm.variant) == (side.run_id, side.variant)]
    wanted = [arm for arm in fitting if arm.baseline == baseline] or fitting
    return wanted[0].key if wanted else ""
