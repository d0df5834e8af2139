"""The figures of a run, each with its n: an arm is one variant of one run, a cell one scorer of one arm."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import fsum, isfinite
from statistics import median

from evals.records import Row, Run, Variant
from evals.reports.outcomes import Verdict, verdict
from evals.reports.scorer_info import ScorerInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    key: str
    """A, B, C ...; A is what the others are compared with."""
    label: str
    run_id: str
    variant: Variant
    baseline: bool
    """From the run that is the baseline."""
    reference: str
    """Key of the arm it is compared with; empty for one that is compared with none."""
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One scorer over one arm. `n + missing + errored` is the number of the arm's rows."""

    n: int
    """Rows with a value."""
    missing: int
    """Scored rows for which this scorer has no value; not zeros."""
    errored: int
    mean: float | None
    median: float | None
    low: float | None
    high: float | None
    passed: int
    judged: int
    """Rows that this scorer passes or fails."""
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """One arm as a whole."""

    rows: int
    verdicts: Mapping[Verdict, int]
    tokens: int
    cost: Decimal | None
    """Yuan over the `priced` rows; None when no row has a price."""
    priced: int
    latency_median: float | None
    """Seconds."""
    latency_p95: float | None


def arms(run: Run, baseline: Run | None = None) -> tuple[Arm, ...]:
    """The variants in the order of the rows, the baseline's first.

    An arm is compared with the baseline's variant of the same name, or its only one where both runs have one; without
    a baseline with the first arm. This is how `evals.compare.compare_all` pairs them.
    """
    found: list[tuple[Run, Variant, list[Row], bool]] = []
    for one in (baseline, run):
        if one is None:
            continue
        rows: dict[Variant, list[Row]] = {}
        for row in one.rows:
            rows.setdefault(row.variant, []).append(row)
        found += [(one, variant, kept, one is baseline) for variant, kept in rows.items()]
    return tuple(
        Arm(
            key=_letters(i),
            label=f"基线 {_name(variant)}" if based else _name(variant),
            run_id=one.id,
            variant=variant,
            baseline=based,
            reference=_reference(i, variant, based, [(v, b) for _, v, _, b in found]),
            rows=tuple(kept),
        )
        for i, (one, variant, kept, based) in enumerate(found)
    )


def _name(variant: Variant) -> str:
    """Of a template's path only the file: paths are long, and the whole one is in the run's settings."""
    prompt = variant.prompt.replace("\\", "/").rpartition("/")[2] if variant.prompt.endswith(".j2") else variant.prompt
    return Variant(prompt, variant.model).name


def _reference(at: int, variant: Variant, based: bool, every: list[tuple[Variant, bool]]) -> str:
    before = [i for i, (_, is_base) in enumerate(every) if is_base]
    if based or not at:
        return ""
    if not before:
        return _letters(0)
    if len(before) == 1 and len(every) == 2:
        return _letters(0)
    return next((_letters(i) for i in before if every[i][0] == variant), "")


def cell(arm: Arm, scorer: str) -> Cell:
    """Counts and averages of one scorer; a value that is not finite counts as missing."""
    values: list[float] = []
    passed = judged = errored = 0
    for row in arm.rows:
        if row.outcome == "error":
            errored += 1
            continue
        for score in row.scores:
            if score.scorer != scorer:
                continue
            if score.value is not None and isfinite(score.value):
                values.append(score.value)
            if score.passed is not None:
                judged += 1
                passed += score.passed
            break
    return Cell(
        n=len(values),
        missing=len(arm.rows) - errored - len(values),
        errored=errored,
        mean=fsum(values) / len(values) if values else None,
        median=median(values) if values else None,
        low=min(values, default=None),
        high=max(values, default=None),
        passed=passed,
        judged=judged,
        values=tuple(values),
    )


def cells(found: Iterable[Arm], infos: Iterable[ScorerInfo]) -> dict[tuple[str, str], Cell]:
    """Every cell by (arm key, scorer name)."""
    names = [info.name for info in infos]
    return {(arm.key, name): cell(arm, name) for arm in found for name in names}


def totals(arm: Arm, advisory: Collection[str] = ()) -> Totals:
    counts: dict[Verdict, int] = {"pass": 0, "fail": 0, "measured": 0, "error": 0}
    for row in arm.rows:
        counts[verdict(row, advisory)] += 1
    costs = [row.cost for row in arm.rows if row.cost is not None]
    times = sorted(row.latency for row in arm.rows if row.outcome == "scored")
    return Totals(
        rows=len(arm.rows),
        verdicts=counts,
        tokens=sum(row.input_tokens + row.output_tokens for row in arm.rows),
        cost=sum(costs, Decimal(0)) if costs else None,
        priced=len(costs),
        latency_median=median(times) if times else None,
        latency_p95=times[min(len(times) - 1, int(0.95 * len(times)))] if times else None,
    )


def _letters(number: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
