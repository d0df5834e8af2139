"""The cases that a reader should look at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.records import Row
from evals.reports.figures import figure
from evals.reports.outcomes import failures, must_failures
from evals.reports.scorer_info import ScorerInfo
from evals.reports.summary import Arm, Cell

HEADS = ("必须过的没过", "原来过、现在没过", "没过")
DROP = 0.25
"""A fall of this part of a scorer's range over the run is worth a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """One row to look at, and why."""

    case_id: str
    arm: str
    weight: float
    why: tuple[str, ...]


def worst(
    arms: Sequence[Arm],
    infos: Sequence[ScorerInfo],
    cells: Mapping[tuple[str, str], Cell],
    limit: int = 10,
) -> tuple[Bad, ...]:
    """Rows by weight: failed must-pass scores, other failed scores, falls against the same case of the first arm.

    Errors are not here: they say something of the endpoint, nothing of the copy. One line a case and arm, its worst
    sample. What others are compared with is listed only when nothing is compared: else the question is what changed.
    """
    advisory = {info.name for info in infos if info.caution}
    rows = {arm.key: {(row.case_id, row.sample): row for row in arm.rows} for arm in arms}
    spans = _spans(arms, infos, cells)
    found: dict[tuple[str, str], Bad] = {}
    for arm in [arm for arm in arms if arm.reference] or arms:
        for row in arm.rows:
            if row.outcome != "scored":
                continue
            bad = _weigh(row, arm.key, rows.get(arm.reference, {}).get((row.case_id, row.sample)), spans, advisory)
            before = found.get((row.case_id, arm.key))
            if bad.why and (before is None or bad.weight > before.weight):
                found[(row.case_id, arm.key)] = bad
    return tuple(sorted(found.values(), key=lambda bad: -bad.weight)[:limit])


def _weigh(row: Row, arm: str, before: Row | None, spans: Mapping[str, tuple[str, float]], advisory: set[str]) -> Bad:
    musts = must_failures(row, advisory)
    weight, heads, falls = 0.0, dict[str, list[str]](), []
    had = {score.scorer: score for score in before.scores} if before is not None else {}
    for score in failures(row, advisory):
        fresh = score.scorer in had and had[score.scorer].passed is True
        weight += (10.0 if score in musts else 1.0) + (1.0 if fresh else 0.0)
        head = HEADS[0] if score in musts else HEADS[1] if fresh else HEADS[2]
        label = spans[score.scorer][0]
        heads.setdefault(head, []).append(f"{label}（{score.explanation}）" if score.explanation else label)
    for score in row.scores:
        old, (label, span) = had.get(score.scorer), spans[score.scorer]
        if old is None or not span or old.value is None or score.value is None or score.passed is False:
            continue
        fall = (old.value - score.value) / span
        if fall >= DROP and score.scorer not in advisory:
            weight += fall
            falls.append(f"{label}从 {figure(old.value)} 变成 {figure(score.value)}")
    why = [f"{head}：{'、'.join(heads[head])}" for head in HEADS if head in heads]
    return Bad(case_id=row.case_id, arm=arm, weight=weight, why=(*why, *falls))


def _spans(
    arms: Sequence[Arm], infos: Sequence[ScorerInfo], cells: Mapping[tuple[str, str], Cell]
) -> dict[str, tuple[str, float]]:
    """Label and signed range by scorer: positive where a fall is bad, 0 where there is nothing to compare."""
    found = {}
    for info in infos:
        lows = [low for arm in arms if (low := cells[arm.key, info.name].low) is not None]
        highs = [high for arm in arms if (high := cells[arm.key, info.name].high) is not None]
        span = max(highs) - min(lows) if lows and highs else 0.0
        direction = 0 if info.higher_is_better is None or info.tier == "cost" else 1 if info.higher_is_better else -1
        found[info.name] = (info.label, span * direction)
    return found
