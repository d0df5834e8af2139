"""Several judges' opinions of one thing made one: the median level, the majority's winner, and how far they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from evals.judges.grade import Grade
from evals.judges.prefer import Preference, Winner


def quorum(size: int) -> int:
    """How many of a panel must have spoken for it to say anything: more than half."""
    return size // 2 + 1


def middle(grades: Sequence[Grade]) -> tuple[float | None, str]:
    """The median level of a panel and a Chinese line saying how it came about; None without a quorum."""
    levels = [grade.level for grade in grades if grade.level is not None]
    if len(levels) < quorum(len(grades)):
        return None, _no_quorum(len(levels), len(grades), [grade.why for grade in grades if grade.level is None])
    said = "、".join("无" if grade.level is None else str(grade.level) for grade in grades)
    return float(median(levels)), f"{len(grades)} 位评委给 {said}，取中位数"


def majority(preferences: Sequence[Preference]) -> tuple[Winner | None, str]:
    """The winner that more than half of those who spoke name, else a tie; None without a quorum."""
    winners = [one.winner for one in preferences if one.winner is not None]
    if len(winners) < quorum(len(preferences)):
        return None, _no_quorum(len(winners), len(preferences), [p.why for p in preferences if p.winner is None])
    counts = Counter(winners)
    best, times = counts.most_common(1)[0]
    winner: Winner = best if times * 2 > len(winners) else "tie"
    return winner, f"{len(winners)} 位评委：这篇好 {counts['a']}，那篇好 {counts['b']}，平 {counts['tie']}"


def spread(levels: Sequence[int]) -> int:
    """Levels between the kindest and the harshest judge."""
    return max(levels) - min(levels)


def dissent(winners: Sequence[Winner]) -> float:
    """Share of the judges in [0, 1] who named another winner than the most frequent one."""
    return 1 - Counter(winners).most_common(1)[0][1] / len(winners)


def _no_quorum(spoke: int, size: int, whys: Sequence[str]) -> str:
    reasons = "；".join(dict.fromkeys(whys))
    return reasons if size == 1 else f"{size} 位评委只有 {spoke} 位给出结果，没有过半：{reasons}"
