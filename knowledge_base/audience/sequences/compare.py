"""How ways of predicting did on the same later steps: figures with intervals over people, and paired differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from knowledge_base.audience.estimate import LEVEL, Estimate
from knowledge_base.audience.propensity.scores import RESAMPLES, resample
from knowledge_base.audience.sequences.steps import Floats, Ints

TOP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one way of predicting did on the later steps."""

    name: str
    learnt: int
    """Steps it learnt from."""
    loss: Estimate
    """Mean of -ln(probability of what came next)."""
    accuracy: Estimate
    top: Estimate
    """Share of steps whose next action was among the three likeliest."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        figures = {one: getattr(self, one).as_dict() for one in ("loss", "accuracy", "top")}
        return {"name": self.name, "learnt": self.learnt, **figures}


class Comparison:
    """All ways are measured on the same draws of people, so that differences are paired."""

    def __init__(self, users: Ints, following: Ints, seed: int) -> None:
        self.users, self.following = users, following
        people = np.unique(users, return_inverse=True)[1].astype(np.int64)
        self.draws = list(resample(people, RESAMPLES, seed))
        self.found: dict[str, Floats] = {}
        self.learnt: dict[str, int] = {}

    def add(self, name: str, found: Floats, learnt: int) -> None:
        """Probabilities (rows, next) of one way."""
        self.found[name], self.learnt[name] = found, learnt

    def results(self) -> tuple[Result, ...]:
        """In the order added."""
        return tuple(self._result(name) for name in self.found)

    def going_on(self, end: int, seed: int) -> tuple[Result, ...]:
        """The same ways where the visit went on, the chance of `end` shared out; nothing where it never did."""
        kept = np.flatnonzero(self.following != end)
        if not len(kept):
            return ()
        found = Comparison(self.users[kept], self.following[kept], seed)
        for name, chances in self.found.items():
            found.add(name, without(chances[kept], end), self.learnt[name])
        return found.results()

    def gain(self, name: str, over: str) -> Estimate:
        """Loss of `over` minus loss of `name`: above 0, `name` is better."""
        return self._mean(self._losses(over) - self._losses(name))

    def _result(self, name: str) -> Result:
        found = self.found[name]
        own = found[np.arange(len(found)), self.following]
        # Ties count as half ahead, so that a constant prediction gains nothing from them.
        ahead = (found > own[:, None]).sum(axis=1) + ((found == own[:, None]).sum(axis=1) - 1) / 2
        return Result(
            name=name,
            learnt=self.learnt[name],
            loss=self._mean(self._losses(name)),
            accuracy=self._mean((ahead < 1).astype(float)),
            top=self._mean((ahead < TOP).astype(float)),
        )

    def _losses(self, name: str) -> Floats:
        losses: Floats = -np.log(self.found[name][np.arange(len(self.following)), self.following])
        return losses

    def _mean(self, values: Floats) -> Estimate:
        """Mean with its bootstrap interval over people."""
        means = np.concatenate([weights @ values / weights.sum(axis=1) for weights in self.draws])
        low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Estimate(float(values.mean()), float(low), float(high))


def without(chances: Floats, end: int) -> Floats:
    """(rows, `end`) probabilities of what has a code below `end`, given that it is one of them."""
    rest = chances[:, :end]
    found: Floats = rest / rest.sum(axis=1, keepdims=True)
    return found
