"""How often customers come back and whether they are still there: BG/NBD.

Source of every formula: P. Fader, B. Hardie and K. L. Lee, "Counting Your Customers" the Easy Way, Marketing Science
24(2), 2005. While active, a customer buys as a Poisson process whose rate is Gamma(r, alpha) over customers; after any
purchase they leave for good with a probability that is Beta(a, b) over customers. It says when data are not so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from knowledge_base.errors import BadInputError

Floats = np.ndarray[Any, np.dtype[np.float64]]

FEWEST_CUSTOMERS = 100
FEWEST_REPEATS = 30
"""Repeat purchases below which four parameters cannot be told apart."""
WORST_DISTANCE = 0.10
"""Total variation distance of found and expected repeat counts from which the model is said not to fit."""
MOST_SHOWN = 7
"""Repeat counts from here on are one class, as in the source."""
LARGEST_LOG = 12.0
"""Logarithms of parameters stay within this; a fit that ends there did not converge to anything meaningful."""
CLOSE_TO_ONE = 1e-6


@dataclass(frozen=True, slots=True)
class Fit:
    """BG/NBD parameters. Times are in the unit of the data they come from."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int
    observed: tuple[int, ...]
    """Customers with 0, 1, ... repeat purchases; the last entry is MOST_SHOWN or more."""
    expected: tuple[float, ...]
    """The same by the model."""
    converged: bool

    @property
    def distance(self) -> float:
        """Half the sum of differences of shares, 0..1."""
        pairs = zip(self.observed, self.expected, strict=True)
        return sum(abs(seen - thought) for seen, thought in pairs) / 2 / self.customers

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the model should not be used, in Chinese; empty when it fits."""
        found = []
        if not self.converged or any(abs(np.log(p)) > LARGEST_LOG - 1 for p in (self.r, self.alpha, self.a, self.b)):
            found.append("估计没有收敛：参数跑到了边界，数据里看不出流失或购买快慢的差别")
        if self.distance > WORST_DISTANCE:
            found.append(f"复购次数的分布对不上：相差 {100 * self.distance:.0f}%（上限 {100 * WORST_DISTANCE:.0f}%）")
        return tuple(found)

    def expected_purchases(self, t: float, frequency: Floats, recency: Floats, age: Floats) -> Floats:
        """(customers,) expected number of purchases in the next `t` units of time, given the past (equation 10)."""
        from scipy.special import hyp2f1

        x = frequency
        z = t / (self.alpha + age + t)
        gauss = hyp2f1(self.r + x, self.b + x, self.a + self.b + x - 1, z)
        # The formula has a removable gap at a = 1.
        short = self.a - 1 if abs(self.a - 1) > CLOSE_TO_ONE else CLOSE_TO_ONE
        factor = (self.a + self.b + x - 1) / short
        shrink = ((self.alpha + age) / (self.alpha + age + t)) ** (self.r + x)
        found: Floats = factor * (1 - shrink * gauss) / (1 + self._odds_left(frequency, recency, age))
        return found

    def p_alive(self, frequency: Floats, recency: Floats, age: Floats) -> Floats:
        """(customers,) probability of not having left; 1 for those without a repeat purchase, as the model has it."""
        return 1 / (1 + self._odds_left(frequency, recency, age))

    def _odds_left(self, frequency: Floats, recency: Floats, age: Floats) -> Floats:
        x = np.maximum(frequency, 1)
        odds = self.a / (self.b + x - 1) * ((self.alpha + age) / (self.alpha + recency)) ** (self.r + frequency)
        return np.where(frequency > 0, odds, 0.0)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b, "log_likelihood": self.log_likelihood,
            "customers": self.customers, "observed": list(self.observed), "expected": list(self.expected),
            "distance": self.distance, "problems": list(self.problems),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class HoldOut:
    """The model against what happened afterwards, and against "everybody goes on at their own past rate"."""

    t: float
    customers: int
    actual: int
    predicted: float
    error: float
    """Mean absolute error of a customer's number of purchases."""
    naive: float
    naive_error: float

    @property
    def use(self) -> bool:
        """Its total is nearer and its mean error not larger than the naive rule's."""
        nearer = abs(self.predicted - self.actual) <= abs(self.naive - self.actual)
        return nearer and self.error <= self.naive_error

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in (*self.__slots__, "use")}


def fit(frequency: Floats, recency: Floats, age: Floats) -> Fit:
    """Maximum likelihood. One place a customer: repeat purchases x, time of the last one since the first (0 without),
    time observed since the first, T.

    Raises BadInputError when there are too few customers or repeat purchases, or times are impossible.
    """
    from scipy.optimize import minimize

    _possible(frequency, recency, age)
    # Parameters near 1 are what the search likes; the unit of time comes back at the end.
    unit = float(age.mean())
    data = np.stack([frequency, recency / unit, age / unit])
    kinds, counts = np.unique(data, axis=1, return_counts=True)

    def loss(logs: Floats) -> float:
        return -float(counts @ _log_likelihood(np.exp(logs), *kinds)) / len(frequency)

    bounds = [(-LARGEST_LOG, LARGEST_LOG)] * 4
    starts = ([0.0, 0.0, 0.0, 0.0], [-1.0, -2.0, 0.0, 1.0], [0.5, 0.5, -1.0, 1.0])
    options = {"maxiter": 500, "ftol": 1e-12, "gtol": 1e-7}
    found = [minimize(loss, start, method="L-BFGS-B", bounds=bounds, options=options) for start in starts]
    best = min(found, key=lambda one: float(one.fun))
    r, alpha, a, b = (float(value) for value in np.exp(best.x) * [1, unit, 1, 1])
    observed = np.bincount(np.minimum(frequency, MOST_SHOWN).astype(int), minlength=MOST_SHOWN + 1)
    likelihood = -float(best.fun) * len(frequency) - float(frequency.sum()) * float(np.log(unit))
    return Fit(
        r, alpha, a, b, likelihood, len(frequency), tuple(observed.tolist()),
        tuple(_expected_counts(r, alpha, a, b, age).tolist()), bool(best.success),
    )  # fmt: skip


def hold_out(fit: Fit, frequency: Floats, recency: Floats, age: Floats, t: float, actual: Floats) -> HoldOut:
    """`actual`: (customers,) purchases in the `t` units after the calibration period."""
    predicted = fit.expected_purchases(t, frequency, recency, age)
    naive = frequency / np.maximum(age, 1e-9) * t
    return HoldOut(
        t=t, customers=len(actual), actual=int(actual.sum()), predicted=float(predicted.sum()),
        error=float(np.abs(predicted - actual).mean()), naive=float(naive.sum()),
        naive_error=float(np.abs(naive - actual).mean()),
    )  # fmt: skip


def _log_likelihood(parameters: Floats, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """Equation 6, one entry a customer, in logarithms throughout."""
    from scipy.special import betaln, gammaln

    r, alpha, a, b = parameters
    start = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stayed = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
    left = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
    found: Floats = start + np.logaddexp(stayed, np.where(x > 0, left, -np.inf))
    return found


def _expected_counts(r: float, alpha: float, a: float, b: float, age: Floats) -> Floats:
    """Customers with 0, 1, ... MOST_SHOWN or more repeat purchases, summed over their own times (equation 8)."""
    from scipy.special import betaln, gammaln

    ages, customers = np.unique(age, return_counts=True)
    counts = np.arange(MOST_SHOWN)[:, None]
    log_terms = gammaln(r + counts) - gammaln(r) - gammaln(counts + 1) + counts * np.log(ages / (alpha + ages))
    poisson = np.exp(log_terms) * (alpha / (alpha + ages)) ** r
    before = np.cumsum(poisson, axis=0) - poisson
    stay = np.exp(betaln(a, b + counts) - betaln(a, b))
    leave = np.where(counts > 0, np.exp(betaln(a + 1, b + np.maximum(counts, 1) - 1) - betaln(a, b)), 0.0)
    chances = stay * poisson + leave * (1 - before)
    found = chances @ customers
    return np.append(found, len(age) - found.sum())


def _possible(frequency: Floats, recency: Floats, age: Floats) -> None:
    if len(frequency) < FEWEST_CUSTOMERS or frequency.sum() < FEWEST_REPEATS:
        raise BadInputError(
            f"只有 {len(frequency)} 位买过的顾客、{int(frequency.sum())} 次复购，估计不出复购规律",
            hint=f"至少要 {FEWEST_CUSTOMERS} 位顾客、{FEWEST_REPEATS} 次复购；导入更长时间的订单。",
        )
    wrong = (age <= 0) | (recency < 0) | (recency > age) | (frequency < 0) | ((frequency == 0) & (recency > 0))
    if wrong.any():
        raise BadInputError(f"{int(wrong.sum())} 位顾客的购买时间前后矛盾", hint="检查订单时间。")
