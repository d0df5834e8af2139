"""Differential privacy for figures that leave the house: integer Laplace noise, and a ledger of what it has cost.

The noise is the discrete Laplace distribution drawn exactly, with integers only and the system's random source
(Canonne, Kamath and Steinke, NeurIPS 2020, section 5.3): floating-point noise can be told apart from the true value
(Mironov 2012). OpenDP does the same in 260 MB and five seconds of import, and diffprivlib does not run with current
scikit-learn, which is why these few lines are ours.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from knowledge_base.audience.database import explained, transaction
from knowledge_base.audience.store import now
from knowledge_base.errors import BadInputError, WenanError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

LIMIT = 4.0
"""Total epsilon a workspace may spend unless [audience] epsilon_limit in wenan.toml says otherwise."""
MECHANISM = "离散拉普拉斯"

Label = TypeVar("Label")


class BudgetError(WenanError):
    """Publishing once more would say too much about single people."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Spent:
    at: datetime
    what: str
    mechanism: str
    epsilon: float


class Budget:
    """The ledger. Releases about the same people add up (sequential composition)."""

    def __init__(self, store: AudienceStore) -> None:
        self._store = store

    @property
    def limit(self) -> float:
        """Raises BadInputError when wenan.toml holds no positive number."""
        value = self._store.workspace.section("audience").get("epsilon_limit", LIMIT)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise BadInputError("应当是正数", file="wenan.toml", field="audience.epsilon_limit")
        return float(value)

    def spent(self) -> float:
        """Epsilon of everything published so far."""
        return float(self._store.database.execute("SELECT COALESCE(SUM(epsilon), 0) FROM budget").fetchone()[0])

    def ledger(self) -> tuple[Spent, ...]:
        """Every release, oldest first."""
        rows = self._store.database.execute("SELECT at, what, mechanism, epsilon FROM budget ORDER BY id")
        return tuple(Spent(datetime.fromisoformat(row["at"]), *tuple(row)[1:]) for row in rows)

    def spend(self, what: str, epsilon: float) -> None:
        """Books a release before it is made. Raises BudgetError when the limit would be passed."""
        if not 0 < epsilon < float("inf"):
            raise ValueError(f"epsilon must be positive, not {epsilon}")
        with explained(self._store.path), transaction(self._store.database) as database:
            before = self.spent()
            if before + epsilon > self.limit + 1e-9:
                raise BudgetError(
                    f"隐私预算不够：已用 ε {before:g}，这次要 {epsilon:g}，上限 {self.limit:g}",
                    hint="用更小的 ε，或在 wenan.toml 的 [audience] 里调高 epsilon_limit（会降低保护）。",
                )
            values = (now().isoformat(), what, MECHANISM, epsilon)
            database.execute("INSERT INTO budget (at, what, mechanism, epsilon, delta) VALUES (?, ?, ?, ?, 0)", values)


def noisy_counts(
    budget: Budget, what: str, counts: Mapping[Label, int], epsilon: float, *, each: int = 1
) -> dict[Label, int]:
    """Counts of people with noise, none below 0; booked under `what`.

    `each`: in how many of these counts one person can appear at most. The labels must be known without looking at
    the data (all categories of the shop, not only those that occur), or their presence tells something.
    """
    if each < 1:
        raise ValueError(f"each must be at least 1, not {each}")
    budget.spend(what, epsilon)
    scale = Fraction(each) / Fraction(epsilon).limit_denominator(10**6)
    return {label: max(0, count + discrete_laplace(scale)) for label, count in counts.items()}


def noisy_total(budget: Budget, what: str, values: Sequence[float], epsilon: float, *, most: float) -> float:
    """The sum of one value a person (each cut to 0..most) with noise, to the hundredth; booked under `what`."""
    if most <= 0:
        raise ValueError(f"most must be positive, not {most}")
    budget.spend(what, epsilon)
    cents = sum(round(min(max(value, 0.0), most) * 100) for value in values)
    scale = Fraction(round(most * 100)) / Fraction(epsilon).limit_denominator(10**6)
    return max(0, cents + discrete_laplace(scale)) / 100


def discrete_laplace(scale: Fraction) -> int:
    """A whole number x with probability proportional to exp(-|x| / scale). Raises ValueError unless scale > 0."""
    if scale <= 0:
        raise ValueError(f"scale must be positive, not {scale}")
    while True:
        # |x| in units of 1/numerator: a uniform low part that is kept with probability exp(-low/numerator) ...
        low = secrets.randbelow(scale.numerator)
        if not _happens(Fraction(low, scale.numerator)):
            continue
        high = 0
        while _happens(Fraction(1)):
            high += 1
        size = (low + scale.numerator * high) // scale.denominator
        negative = secrets.randbelow(2) == 1
        # Nought has no sign: without this it would come twice as often.
        if not (negative and size == 0):
            return -size if negative else size


def _happens(rate: Fraction) -> bool:
    """True with probability exp(-rate), for a rate from 0 to 1: von Neumann's race of shrinking odds."""
    turn = 1
    while secrets.randbelow(rate.denominator * turn) < rate.numerator:
        turn += 1
    return turn % 2 == 1
