"""What a comparison says. Pure values: no numpy, nothing computed here, so that any report can import them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from evals.records import Variant

Side = Literal["a", "b", "both"]
Verdict = Literal["better", "worse", "different", "unclear", "same", "unjudged", "none"]
"""Of b against a, after Holm: proved better or worse in the scorer's direction, or different where it has none; not
shown; no case differs; not to be judged, as `note` says; no data."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval."""

    low: float
    high: float
    level: float = 0.95
    method: str = "bootstrap-t"
    """bootstrap-t | adjusted (few cases differ, so the interval errs on the wide side) | wilson"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One side of a comparison: one variant of one run."""

    run_id: str
    variant: Variant
    planned: int
    """Rows, cases x samples; always scored + errors."""
    scored: int
    errors: Mapping[str, int]
    """Rows in error by type; they are no scores and never zeros."""
    cases: int

    @property
    def name(self) -> str:
        return f"{self.run_id} · {self.variant.name}"


@dataclass(frozen=True, slots=True)
class MissingPair:
    """A case that could not be compared, and why. Never left out silently."""

    case_id: str
    side: Side
    """Which side has no value."""
    reason: str
    """Chinese."""


@dataclass(frozen=True, slots=True)
class Change:
    """One case on which the two sides differ; means over the samples of each side."""

    case_id: str
    a: float
    b: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wins:
    """On how many cases b is better than a, in the scorer's direction."""

    wins: int
    ties: int
    losses: int
    rate: float | None
    """wins / (wins + losses); None when every case ties."""
    interval: Interval | None
    """Wilson, over the cases that do not tie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """Pass or fail by case (majority of its samples). p is of the discordant cases only."""

    n: int
    both_pass: int
    both_fail: int
    gained: tuple[str, ...]
    """Cases that fail in a and pass in b."""
    lost: tuple[str, ...]
    undecided: tuple[str, ...]
    """Half of a side's samples pass: such a case has no verdict and is left out of the table."""
    p_exact: float
    p_mid: float
    rate_a: float
    """Mean pass rate over the paired cases, samples averaged within each case."""
    rate_b: float
    difference: float
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What this many cases can show: paired t-test, two-sided 5 %, power 80 %, at the spread seen here."""

    n: int
    detectable: float
    """Smallest true difference found four times out of five."""
    target: float
    """A difference worth finding: 0.05 for scores in 0..1, else 5 % of a's mean."""
    needed: int
    """Cases to find `target`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flakiness:
    """How much one side's answers to the same case differ between samples."""

    cases: int
    """Cases with at least two scored samples; only those can tell."""
    changed: int
    """Of them, cases whose value is not the same in all samples."""
    share: float | None
    interval: Interval | None
    verdict_cases: int
    """Cases with at least two verdicts passed/failed."""
    verdict_changed: int
    spread: float | None
    """Standard deviation between samples of one case, pooled over the cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The difference within one tag or persona. Exploratory: many slices are looked at, so p is Holm's over them."""

    kind: str
    """tag | persona"""
    name: str
    n: int
    missing: int
    """Cases with a value on one side only."""
    mean_a: float | None
    mean_b: float | None
    difference: float | None
    interval: Interval | None
    p_value: float | None
    p_adjusted: float | None = None
    """Holm over the slices of the same kind and scorer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerComparison:
    scorer: str
    higher_is_better: bool | None
    """None where neither end is better, e.g. a length."""
    n: int
    """Paired cases: both sides have at least one value."""
    missing: tuple[MissingPair, ...]
    mean_a: float | None
    mean_b: float | None
    difference: float | None
    """mean_b - mean_a over the paired cases."""
    interval: Interval | None
    p_value: float | None
    p_method: str
    """sign-flip | sign-flip exact | mcnemar mid-p | empty when there is none"""
    p_adjusted: float | None = None
    """Holm over the scorers of this comparison."""
    verdict: Verdict = "none"
    wins: Wins | None = None
    passes: McNemar | None = None
    """None when the scorer gives no verdicts."""
    power: Power | None = None
    flakiness_a: Flakiness | None = None
    flakiness_b: Flakiness | None = None
    slices: tuple[Slice, ...] = ()
    worse: tuple[Change, ...] = ()
    """Cases on which b is worse, the worst first; empty where neither end is better."""
    better: tuple[Change, ...] = ()
    changed: int = 0
    """Cases on which the two sides differ at all."""
    advisory: str = ""
    """Why this scorer may not decide anything, e.g. an uncalibrated judge; empty when it may."""
    note: str = ""
    """What a reader has to know about these figures, Chinese; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """b against a. a is the baseline."""

    a: Arm
    b: Arm
    scorers: tuple[ScorerComparison, ...]
    missing: tuple[MissingPair, ...]
    """Cases without any answer on one side at all."""
    notes: tuple[str, ...] = ()
    resamples: int = 10_000
    seed: int = 0
    level: float = 0.95

    def scorer(self, name: str) -> ScorerComparison | None:
        return next((one for one in self.scorers if one.scorer == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One variant's place among several."""

    name: str
    strength: float
    """Bradley-Terry log-odds, mean 0 over the variants."""
    low: float
    high: float
    win_rate: float | None
    """Share of its decisive case-by-case comparisons that it won."""
    decisive: int
    ties: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Several variants by one scorer, best first."""

    scorer: str
    places: tuple[Ranked, ...]
    cases: int
    missing: tuple[MissingPair, ...] = ()
    """`side` is both; the reason names the variant that has no value."""
    level: float = 0.95
    note: str = ""
    settings: Mapping[str, int] = field(default_factory=dict)
