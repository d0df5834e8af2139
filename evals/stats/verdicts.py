"""Wins, and passes against fails, case by case."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, binomtest

from evals.stats.pairing import Floats, Paired
from evals.stats.values import Change, Interval, McNemar, Wins


def wilson(successes: int, of: int, level: float = 0.95) -> Interval | None:
    """Wilson's interval of a share; None of nothing."""
    if not of:
        return None
    span = binomtest(successes, of).proportion_ci(level, method="wilson")
    return Interval(float(span.low), float(span.high), level, "wilson")


def wins(gain: Floats, level: float = 0.95) -> Wins:
    """`gain` is positive where b is better."""
    won, lost = int(np.count_nonzero(gain > 0)), int(np.count_nonzero(gain < 0))
    decisive = won + lost
    return Wins(
        wins=won,
        ties=int(gain.size) - decisive,
        losses=lost,
        rate=won / decisive if decisive else None,
        interval=wilson(won, decisive, level),
    )


def passes(paired: Paired, interval: Interval | None) -> McNemar:
    """`paired` holds pass rates; `interval` is of their mean difference.

    A case's verdict is that of most of its samples; one split evenly has none. Both p are McNemar's, the mid-p one
    after Fagerland, Lydersen and Laake 2013: the exact test is too strict where few cases are discordant.
    """
    decided = (paired.a != 0.5) & (paired.b != 0.5)
    a, b = paired.a > 0.5, paired.b > 0.5
    gained, lost = _named(paired, decided & ~a & b), _named(paired, decided & a & ~b)
    both_pass, both_fail = int(np.sum(decided & a & b)), int(np.sum(decided & ~a & ~b))
    exact, mid = mcnemar_p(len(gained), len(lost))
    return McNemar(
        n=len(paired.case_ids),
        both_pass=both_pass,
        both_fail=both_fail,
        gained=gained,
        lost=lost,
        undecided=_named(paired, ~decided),
        p_exact=exact,
        p_mid=mid,
        rate_a=float(paired.a.mean()),
        rate_b=float(paired.b.mean()),
        difference=float(paired.difference.mean()),
        interval=interval,
    )


def mcnemar_p(gained: int, lost: int) -> tuple[float, float]:
    """Exact and mid-p, two-sided; 1 when nothing is discordant. Both are binomial tests of the discordant cases."""
    discordant = gained + lost
    if not discordant:
        return 1.0, 1.0
    exact = float(binomtest(gained, discordant).pvalue)
    if gained == lost:
        return 1.0, 1.0 - float(binom.pmf(gained, discordant, 0.5)) / 2
    return exact, exact - float(binom.pmf(min(gained, lost), discordant, 0.5))


def _named(paired: Paired, mask: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(paired.case_ids[place] for place in np.flatnonzero(mask))


def changes(paired: Paired, *, better: bool, higher_is_better: bool | None) -> tuple[Change, ...]:
    """The cases that got better, or those that got worse; the largest change first. None where neither is better."""
    if higher_is_better is None:
        return ()
    sign = 1 if better == higher_is_better else -1
    found = [
        Change(case_id, float(a), float(b))
        for case_id, a, b, gap in zip(paired.case_ids, paired.a, paired.b, paired.difference, strict=True)
        if gap * sign > 0
    ]
    return tuple(sorted(found, key=lambda change: (-abs(change.b - change.a), change.case_id)))
