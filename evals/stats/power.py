"""What a suite of this size can show: smallest detectable difference, and cases needed for a wanted one."""

from __future__ import annotations

import math
from functools import lru_cache

from scipy.optimize import brentq
from scipy.special import nctdtr, stdtrit

from evals.stats.pairing import Paired
from evals.stats.values import Power

POWER = 0.8
ALPHA = 0.05
WANTED = 0.05
"""Five points of a score in 0..1, or 5 % of the baseline's mean otherwise."""
MOST = 1_000_000
"""More cases than this are not a plan."""


def power(paired: Paired) -> Power | None:
    """At the spread of differences seen here; None where there is no spread to plan with."""
    n = len(paired.case_ids)
    if n < 3:
        return None
    spread = float(paired.difference.std(ddof=1))
    if spread <= 1e-12:
        return None
    wanted = WANTED if paired.proportion else WANTED * abs(float(paired.a.mean()))
    if wanted <= 0:
        return None
    return Power(n=n, detectable=detectable(n) * spread, target=wanted, needed=needed(wanted / spread))


@lru_cache(maxsize=256)
def detectable(n: int) -> float:
    """Smallest effect in standard deviations of the differences that n >= 3 cases find with 80 % power."""
    return float(brentq(lambda effect: chance(effect, n) - POWER, 1e-6, 20))


def needed(effect: float) -> int:
    """Cases that find `effect` (standard deviations, > 0) with 80 % power; at least 3, at most about MOST.

    The normal answer is at most a few cases short; from there the exact power is asked upwards.
    """
    n = max(3, math.ceil((2.8 / effect) ** 2) - 1)
    while n < MOST and chance(effect, n) < POWER:
        n += 1
    return min(n, MOST)


def chance(effect: float, n: int) -> float:
    """Power of the paired t-test: both tails of the noncentral t beyond the critical value.

    scipy cannot compute tails that are far out and says NaN: the near one is then 1, the far one 0, to many digits.
    """
    limit, shift = float(stdtrit(n - 1, 1 - ALPHA / 2)), effect * math.sqrt(n)
    near, far = 1 - float(nctdtr(n - 1, shift, limit)), float(nctdtr(n - 1, shift, -limit))
    return (1.0 if math.isnan(near) else near) + (0.0 if math.isnan(far) else far)
