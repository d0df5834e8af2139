"""What became of one row, in the words of a report."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from evals.records import Row, Score

Verdict = Literal["pass", "fail", "measured", "error"]
VERDICT_NAMES: dict[Verdict, str] = {"pass": "通过", "fail": "未过", "measured": "只有分数", "error": "出错"}


def verdict(row: Row, advisory: Collection[str] = ()) -> Verdict:
    """`fail` when any score fails; `measured` when none passes or fails. Advisory judges have no say."""
    if row.outcome == "error":
        return "error"
    said = [score.passed for score in row.scores if score.passed is not None and score.scorer not in advisory]
    return "measured" if not said else "pass" if all(said) else "fail"


def failures(row: Row, advisory: Collection[str] = ()) -> tuple[Score, ...]:
    """The scores that fail, those that must pass first."""
    failed = [score for score in row.scores if score.passed is False and score.scorer not in advisory]
    return tuple(sorted(failed, key=lambda score: not score.must_pass))


def must_failures(row: Row, advisory: Collection[str] = ()) -> tuple[Score, ...]:
    """The failing scores that a gate does not forgive: their own `must_pass`, or all when the case must pass."""
    return tuple(score for score in failures(row, advisory) if score.must_pass or row.must_pass)


def not_applicable(row: Row) -> bool:
    """Scored, yet no scorer had anything to say."""
    return row.outcome == "scored" and all(score.value is None and score.passed is None for score in row.scores)
