"""Scores -> probabilities, learnt from predictions on rows that the model had not seen.

Sigmoid: J. Platt, 1999. Isotonic: B. Zadrozny and C. Elkan, KDD 2002. Isotonic bends to anything and needs many buyers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from knowledge_base.audience.propensity.examples import Bools, Floats

Method = Literal["sigmoid", "isotonic"]

ISOTONIC_FROM = 500
"""Buyers among unseen predictions from which isotonic is considered; below it overfits."""
SMALLEST = 1e-6
"""Probabilities stay this far from 0 and 1: nobody's purchase is certain."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising curve: probability = interpolation of `knots` (scores) -> `values`, or a sigmoid of the log-odds."""

    method: Method
    knots: tuple[float, ...]
    """Isotonic: scores, rising. Sigmoid: slope and intercept."""
    values: tuple[float, ...] = ()

    def apply(self, scores: Floats) -> Floats:
        """Scores in 0..1 -> probabilities, strictly inside 0..1."""
        if self.method == "sigmoid":
            slope, intercept = self.knots
            found = 1 / (1 + np.exp(-(slope * _log_odds(scores) + intercept)))
        else:
            found = np.interp(scores, self.knots, self.values)
        return np.clip(found, SMALLEST, 1 - SMALLEST)


def calibrate(scores: Floats, outcome: Bools) -> Calibration:
    """The method with the smaller log loss on rows it was not fitted on (two halves)."""
    if min(outcome.sum(), (~outcome).sum()) < ISOTONIC_FROM:
        return fit("sigmoid", scores, outcome)
    halves = np.arange(len(scores)) % 2 == 0
    losses = {method: _cross_loss(method, scores, outcome, halves) for method in ("sigmoid", "isotonic")}
    return fit("isotonic" if losses["isotonic"] < losses["sigmoid"] else "sigmoid", scores, outcome)


def fit(method: str, scores: Floats, outcome: Bools) -> Calibration:
    """One method on all rows."""
    if method == "sigmoid":
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=1e6).fit(_log_odds(scores)[:, None], outcome)
        # A falling curve would turn the ranking round: then nothing was learnt, and the share of all is promised.
        slope = max(float(model.coef_[0, 0]), 0.0)
        share = float(_log_odds(np.array([outcome.mean()]))[0])
        return Calibration("sigmoid", (slope, float(model.intercept_[0]) if slope else share))
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression(out_of_bounds="clip").fit(scores, outcome.astype(float))
    return Calibration("isotonic", tuple(curve.X_thresholds_.tolist()), tuple(curve.y_thresholds_.tolist()))


def _cross_loss(method: str, scores: Floats, outcome: Bools, halves: Bools) -> float:
    losses = []
    for left in (halves, ~halves):
        found = fit(method, scores[left], outcome[left]).apply(scores[~left])
        losses.append(-np.log(np.where(outcome[~left], found, 1 - found)).mean())
    return float(np.mean(losses))


def _log_odds(scores: Floats) -> Floats:
    inside = np.clip(scores, SMALLEST, 1 - SMALLEST)
    found: Floats = np.log(inside / (1 - inside))
    return found
