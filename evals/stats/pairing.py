"""Rows -> one number a case, scorer and side; and the list of what could not be paired."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.records import Row, Run, Score, Variant
from evals.stats.counts import error_types
from evals.stats.values import MissingPair, Side
from knowledge_base.errors import BadInputError

Floats = NDArray[np.float64]
LARGEST = 1e100
"""Squares of anything up to this are still numbers."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case as one arm answered it. Lists hold one entry a scored sample that has a value or a verdict."""

    rows: tuple[Row, ...]
    values: dict[str, list[float]]
    verdicts: dict[str, list[bool]]
    silent: dict[str, str]
    """Scorer -> why it gave no value, where no sample has one."""

    @property
    def answered(self) -> bool:
        return any(row.outcome == "scored" for row in self.rows)


@dataclass(frozen=True, slots=True)
class Table:
    """All cases of one arm."""

    run_id: str
    cases: Mapping[str, Case]

    @property
    def scorers(self) -> set[str]:
        return {name for case in self.cases.values() for name in (*case.values, *case.silent)}

    @property
    def judged(self) -> set[str]:
        """Scorers that say passed or failed of some case."""
        return {name for case in self.cases.values() for name in case.verdicts}


@dataclass(frozen=True, slots=True)
class Paired:
    """One scorer over the cases that both sides have a value for; arrays are aligned with `case_ids`."""

    case_ids: tuple[str, ...]
    a: Floats
    b: Floats
    missing: tuple[MissingPair, ...] = ()
    amount: bool = False
    """Seconds, yuan or tokens, which are no proportions even where all of them lie in 0..1."""

    @property
    def difference(self) -> Floats:
        """b - a; exactly 0 where the two differ by rounding only, so that ties are ties."""
        raw = self.b - self.a
        size = np.maximum(1.0, np.maximum(np.abs(self.a), np.abs(self.b)))
        exact: Floats = np.where(np.abs(raw) <= 1e-12 * size, 0.0, raw)
        return exact

    @property
    def proportion(self) -> bool:
        """All values lie in 0..1, and not by chance."""
        return (
            not self.amount
            and bool(self.a.size)
            and bool(min(self.a.min(), self.b.min()) >= 0 and max(self.a.max(), self.b.max()) <= 1)
        )


def table(run: Run, variant: Variant) -> Table:
    """Raises BadInputError for a value that is NaN, infinite or beyond LARGEST."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in run.rows:
        if row.variant == variant:
            rows[row.case_id].append(row)
    return Table(run.id, {case_id: _case(run.id, case_id, own) for case_id, own in rows.items()})


def case_ids(a: Table, b: Table) -> tuple[str, ...]:
    """Every case of either side, a's order first."""
    return tuple(dict.fromkeys((*a.cases, *b.cases)))


def pair(
    a: Table, b: Table, scorer: str, *, ids: Sequence[str], verdicts: bool = False, amount: bool = False
) -> Paired:
    """Means over the samples of each case; with `verdicts`, pass rates instead of values."""
    names, left, right, missing = [], [], [], []
    for case_id in ids:
        one, other = _mean(a.cases.get(case_id), scorer, verdicts), _mean(b.cases.get(case_id), scorer, verdicts)
        if one is None or other is None:
            missing.append(_missing(a, b, scorer, case_id, one is None, other is None))
        else:
            names.append(case_id)
            left.append(one)
            right.append(other)
    return Paired(tuple(names), np.array(left, dtype=float), np.array(right, dtype=float), tuple(missing), amount)


def unanswered(a: Table, b: Table, ids: Iterable[str]) -> tuple[MissingPair, ...]:
    """Cases that one side never answered, whatever the scorer."""
    found = []
    for case_id in ids:
        left, right = a.cases.get(case_id), b.cases.get(case_id)
        no_a, no_b = left is None or not left.answered, right is None or not right.answered
        if no_a or no_b:
            found.append(_missing(a, b, "", case_id, no_a, no_b))
    return tuple(found)


def labels(a: Table, b: Table, kind: str, ids: Iterable[str]) -> dict[str, list[int]]:
    """Tag or persona -> positions in `ids` of the cases that carry it, the largest first."""
    found: dict[str, list[int]] = defaultdict(list)
    for place, case_id in enumerate(ids):
        row = (a.cases.get(case_id) or b.cases[case_id]).rows[0]
        for name in dict.fromkeys(row.tags if kind == "tag" else (row.persona,)):
            if name:
                found[name].append(place)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def _case(run_id: str, case_id: str, rows: list[Row]) -> Case:
    case = Case(tuple(rows), {}, {}, {})
    for row in rows:
        by_scorer: dict[str, list[Score]] = {}
        for score in row.scores if row.outcome == "scored" else ():
            by_scorer.setdefault(score.scorer, []).append(score)
        for name, scores in by_scorer.items():
            _take(run_id, case, case_id, name, scores)
    return case


def _take(run_id: str, case: Case, case_id: str, name: str, scores: list[Score]) -> None:
    """One sample's scores of one name, e.g. several assertions of a kind: mean value, and passed only when all pass."""
    verdicts = [score.passed for score in scores if score.passed is not None]
    values = [
        float(score.passed) if score.value is None and score.passed is not None else score.value for score in scores
    ]
    numbers = [value for value in values if value is not None]
    bad = next((value for value in numbers if not abs(value) <= LARGEST), None)
    if bad is not None:
        raise BadInputError(
            f"评测 {run_id} 用例「{case_id}」的 {name} 得分是 {bad}，不是能拿来算的数",
            hint="评分器给不出分时应返回空值；修好评分器后用 wenan eval replay 重新评分。",
        )
    if verdicts:
        case.verdicts.setdefault(name, []).append(all(verdicts))
    if numbers:
        case.values.setdefault(name, []).append(math.fsum(numbers) / len(numbers))
        case.silent.pop(name, None)
    elif name not in case.values:
        case.silent[name] = next((score.explanation for score in scores if score.explanation), "")


def _mean(case: Case | None, scorer: str, verdicts: bool) -> float | None:
    found = case and (case.verdicts if verdicts else case.values).get(scorer)
    return math.fsum(found) / len(found) if found else None


def _missing(a: Table, b: Table, scorer: str, case_id: str, no_a: bool, no_b: bool) -> MissingPair:
    side: Side = "both" if no_a and no_b else "a" if no_a else "b"
    why = [
        f"{name}{_why(of.cases.get(case_id), scorer)}" for name, of, no in (("基线", a, no_a), ("新的", b, no_b)) if no
    ]
    return MissingPair(case_id, side, "；".join(why))


def _why(case: Case | None, scorer: str) -> str:
    if case is None:
        return "没有这个用例"
    if not case.answered:
        return "全部出错（" + "、".join(f"{kind}×{times}" for kind, times in error_types(case.rows).items()) + "）"
    if scorer not in case.silent:
        return "没有这项分数"
    return f"给不出分：{case.silent[scorer]}" if case.silent[scorer] else "给不出分"
