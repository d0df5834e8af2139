"""What people do first when they come back: the next visit's first action, by the last one of the visit before.

Ways of predicting that are learnt within visits say little here: a visit begins with reading, however the last one
ended. So those who are gone get a chain of their own, used only where it beats what everybody does most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from knowledge_base.audience.estimate import Estimate
from knowledge_base.audience.sequences.compare import Comparison, Result
from knowledge_base.audience.sequences.steps import OWN, Floats, Ints, Steps

COMMON, CHAIN = "人人都做最常见的", "看上次最后做了什么"
FEWEST = 50
"""Later returns below which nothing is compared, and the plain rule stays."""


@dataclass(frozen=True, slots=True)
class Returning:
    """Counts of first actions."""

    plain: Floats
    """(own actions,)"""
    after: Floats
    """(last action, own actions); without rows when the plain rule is used."""

    @classmethod
    def fit(cls, last: Ints, first: Ints, *, chained: bool) -> Returning:
        """`last` and `first`: codes of actions, a pair a return."""
        counts = np.zeros((len(OWN), len(OWN)))
        np.add.at(counts, (last, first), 1.0)
        return cls(counts.sum(axis=0), counts if chained else counts[:0])

    @property
    def chained(self) -> bool:
        return len(self.after) > 0

    def predict_proba(self, last: Ints) -> Floats:
        """(rows, own actions) probabilities, all above 0, by the last action before they left."""
        plain = (self.plain + 1) / (self.plain + 1).sum()
        if not self.chained:
            return np.tile(plain, (len(last), 1))
        seen = self.after[last]
        # As in the chain within visits: the more different actions followed, the more is left to the plain rule.
        kinds = (seen > 0).sum(axis=1, keepdims=True)
        total = seen.sum(axis=1, keepdims=True)
        found: Floats = np.where(total == 0, plain, (seen + kinds * plain) / np.maximum(total + kinds, 1))
        return found

    def arrays(self) -> list[Any]:
        """What the constructor takes, for the file."""
        return [self.plain, self.after]


@dataclass(frozen=True, slots=True)
class Learnt:
    """How the way was chosen; `results` is empty where there were too few returns to compare."""

    returning: Returning | None
    """None where nobody ever came back."""
    results: tuple[Result, ...] = ()
    gain: Estimate | None = None
    """Loss of the plain rule minus loss of the chain."""


def learn(steps: Steps, until: int, seed: int = 0) -> Learnt:
    """Compares on returns from `until` (microseconds since 1970) on, then learns from all."""
    rows = returns(steps)
    last, first, moments = steps.recent[rows, 0], steps.recent[rows + 1, 0], steps.moments[rows + 1]
    early, late = moments < until, moments >= until
    if not len(rows):
        return Learnt(None)
    if min(int(early.sum()), int(late.sum())) < FEWEST:
        return Learnt(Returning.fit(last, first, chained=False))
    compared = Comparison(steps.users[rows[late]], first[late], seed)
    for name, chained in ((COMMON, False), (CHAIN, True)):
        way = Returning.fit(last[early], first[early], chained=chained)
        compared.add(name, way.predict_proba(last[late]), int(early.sum()))
    gain = compared.gain(CHAIN, COMMON)
    return Learnt(Returning.fit(last, first, chained=gain.low > 0), compared.results(), gain)


def returns(steps: Steps) -> Ints:
    """Places of the last rows of visits after which their person came back: the row behind each begins a visit."""
    begins = steps.column("第几步") == 0
    same = np.append(steps.users[1:] == steps.users[:-1], False)
    return np.flatnonzero(same & np.append(begins[1:], False))
