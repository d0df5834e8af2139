"""What a trait says about buying: P(buy | trait) and lift, smoothed, with intervals, aware that many traits are tried.

A lift is a difference found, not a cause: members buy more, and people who buy a lot become members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from knowledge_base.audience.estimate import LEVEL, Estimate
from knowledge_base.errors import BadInputError

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Verdict = Literal["more", "less", "unclear"]

PRIOR_STRENGTH = 20.0
"""How many people of average behaviour each estimate starts from: a trait of three people says little."""
DRAWS = 20_000
FALSE_DISCOVERIES = 0.05
"""Expected share of false ones among the traits called different (Benjamini and Hochberg, 1995)."""
SMALLEST_GROUP = 20
"""Traits that fewer people have (or lack) are not reported: privacy, and no use."""


@dataclass(frozen=True, slots=True)
class TraitLift:
    """One trait."""

    trait: str
    users: int
    """People with the trait."""
    buyers: int
    probability: Estimate
    """P(buy | trait): posterior mean and credible interval."""
    lift: Estimate
    """P(buy | trait) / P(buy | without the trait): posterior median and credible interval."""
    p: float
    """Two-sided exact test (Fisher) that the trait makes no difference."""
    q: float
    """`p` adjusted for all traits of the same call."""

    @property
    def verdict(self) -> Verdict:
        """`more` or `less` only where the adjusted test and the interval agree."""
        if self.q > FALSE_DISCOVERIES or self.lift.low <= 1 <= self.lift.high:
            return "unclear"
        return "more" if self.lift.value > 1 else "less"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "trait": self.trait, "users": self.users, "buyers": self.buyers, "verdict": self.verdict,
            "probability": self.probability.as_dict(), "lift": self.lift.as_dict(), "p": self.p, "q": self.q,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TraitReport:
    """All traits, sure ones first, larger effects first, and those that too few people have."""

    base: float
    """Share of buyers among all."""
    traits: tuple[TraitLift, ...]
    too_small: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"base": self.base, "traits": [t.as_dict() for t in self.traits], "too_small": list(self.too_small)}


def trait_lifts(
    traits: Mapping[str, Bools],
    bought: Bools,
    *,
    prior_strength: float = PRIOR_STRENGTH,
    smallest: int = SMALLEST_GROUP,
    seed: int = 0,
) -> TraitReport:
    """`traits`: name -> (people,) has it. `bought`: (people,). Prior: Beta with mean the share of buyers among all.

    Raises BadInputError when nobody or everybody bought.
    """
    from scipy.stats import beta, false_discovery_control, fisher_exact

    if not len(bought) or bought.all() or not bought.any():
        raise BadInputError("没有人买或所有人都买了，比不出特征的作用", hint="换一个时间段。")
    base = float(bought.mean())
    prior = np.array([base, 1 - base]) * prior_strength
    rng = np.random.default_rng(seed)
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    measured: list[tuple[str, int, int, Estimate, Estimate, float]] = []
    too_small = []
    for name, has in traits.items():
        users, buyers = int(has.sum()), int((has & bought).sum())
        others, other_buyers = len(bought) - users, int(bought.sum()) - buyers
        if min(users, others) < smallest:
            too_small.append(name)
            continue
        with_it = prior + np.array([buyers, users - buyers])
        without = prior + np.array([other_buyers, others - other_buyers])
        low, high = beta.ppf(ends, *with_it)
        probability = Estimate(float(with_it[0] / with_it.sum()), float(low), float(high))
        ratio = rng.beta(with_it[0], with_it[1], DRAWS) / rng.beta(without[0], without[1], DRAWS)
        low, middle, high = np.quantile(ratio, [ends[0], 0.5, ends[1]])
        p = float(fisher_exact([[buyers, users - buyers], [other_buyers, others - other_buyers]]).pvalue)
        measured.append((name, users, buyers, probability, Estimate(float(middle), float(low), float(high)), p))
    adjusted: Sequence[float] = false_discovery_control([one[-1] for one in measured]).tolist() if measured else []
    found = [TraitLift(*one, q) for one, q in zip(measured, adjusted, strict=True)]
    found.sort(key=lambda one: (one.verdict == "unclear", -abs(float(np.log(one.lift.value)))))
    return TraitReport(base, tuple(found), tuple(too_small))
