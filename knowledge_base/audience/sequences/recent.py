"""Gradient boosting on the last actions, the visit so far, and the person's past before it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from knowledge_base.audience.propensity.examples import Bools
from knowledge_base.audience.propensity.models import one_thread
from knowledge_base.audience.sequences.steps import END, START, Floats, Ints, Steps

ITERATIONS = 40
UNSEEN = 1e-4
"""Probability mass shared by actions that never followed in training: nothing is impossible."""


class Recent:
    """fit and predict_proba over Steps."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.estimator: Any = None
        self.empty: Bools
        """Columns with no value at all in training: they are not looked at."""

    def fit(self, steps: Steps, places: Ints) -> Self:
        """Learns from these rows; those whose following action is not known are not learnt from."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        known = places[steps.following[places] >= 0]
        matrix = _matrix(steps, known)
        self.empty = np.asarray(np.isnan(matrix).all(axis=0))
        self.estimator = HistGradientBoostingClassifier(
            learning_rate=0.1, max_iter=ITERATIONS, max_leaf_nodes=8, min_samples_leaf=30, l2_regularization=1.0,
            early_stopping=False, random_state=self.seed,
        )  # fmt: skip
        with one_thread():
            self.estimator.fit(np.where(self.empty, 0.0, matrix), steps.following[known])
        return self

    def predict_proba(self, steps: Steps, places: Ints) -> Floats:
        """(places, next) probabilities, all above 0."""
        found = np.zeros((len(places), END + 1))
        with one_thread():
            found[:, self.estimator.classes_.astype(int)] = self.estimator.predict_proba(
                np.where(self.empty, 0.0, _matrix(steps, places))
            )
        return (1 - UNSEEN) * found + UNSEEN / (END + 1)


def _matrix(steps: Steps, places: Ints) -> Floats:
    # One 0/1 column for each code and place: the codes have no order.
    ones = np.eye(START + 1)[steps.recent[places]].reshape(len(places), -1)
    return np.hstack([ones, steps.context[places]])
