"""One fitted model, whatever its kind: fit, predict_proba, explain."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from knowledge_base.audience.propensity.calibrate import Calibration
from knowledge_base.audience.propensity.examples import Encoding, Examples, Floats
from knowledge_base.audience.propensity.models import KINDS, Preparation, one_thread, raw_scores

BATCH = 20_000
"""Rows scored at once."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one feature does to one person's probability."""

    feature: str
    value: float
    """The person's own; NaN when missing."""
    usual: float
    """The middle one of the people the model learnt from; for a category the share of them who have it."""
    effect: float
    """Probability as it is, minus probability had the feature the usual value. In -1..1."""


class Propensity:
    """`kind` is a key of KINDS. Probabilities are those of the outcome within the horizon it was trained for."""

    def __init__(self, kind: str, seed: int = 0) -> None:
        self.kind, self.seed = kind, seed
        self.calibration: Calibration | None = None
        """Set by the one who holds predictions on unseen rows; without it raw scores are returned."""
        self.encoding: Encoding
        self.preparation: Preparation | None = None
        self.estimator: Any = None
        self.usual: Floats

    def fit(self, examples: Examples) -> Self:
        """Learns from every row given."""
        self.encoding = examples.encoding
        from sklearn.exceptions import ConvergenceWarning

        known = ~np.isnan(examples.matrix).all(axis=0)
        self.usual = np.full(examples.matrix.shape[1], np.nan)
        self.usual[known] = np.nanmedian(examples.matrix[:, known], axis=0)
        if KINDS[self.kind].prepared:
            self.preparation = Preparation.of(examples.matrix)
        self.estimator = KINDS[self.kind].build(self.seed)
        with one_thread(), warnings.catch_warnings():
            # A network that would still improve after its last round is judged as it is, like every other kind.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.estimator.fit(self._prepared(examples.matrix), examples.outcome)
        return self

    def scores(self, matrix: Floats) -> Floats:
        """(rows,) raw scores in 0..1, good for ranking."""
        with one_thread():
            # Prepared piece by piece: of many people all at once would be several times the matrix.
            parts = [matrix[start : start + BATCH] for start in range(0, max(len(matrix), 1), BATCH)]
            return np.concatenate([raw_scores(self.estimator, self._prepared(part)) for part in parts])

    def predict_proba(self, matrix: Floats) -> Floats:
        """(rows,) calibrated probabilities. `matrix` has the columns of `encoding`."""
        return self.calibrated(self.scores(matrix))

    def calibrated(self, scores: Floats) -> Floats:
        """Raw scores -> probabilities; unchanged without a calibration."""
        return scores if self.calibration is None else self.calibration.apply(scores)

    def explain(self, row: Floats, top: int = 5) -> tuple[Reason, ...]:
        """The `top` features that move one person's probability most, each exchanged alone for the usual value.

        All columns of one category are exchanged together. Effects need not add up: features act together.
        """
        sources = list(dict.fromkeys(column.source for column in self.encoding.columns))
        variants = np.tile(row, (len(sources) + 1, 1))
        for number, source in enumerate(sources, 1):
            places = [p for p, column in enumerate(self.encoding.columns) if column.source == source]
            variants[number, places] = self.usual[places]
        found = self.predict_proba(variants)
        reasons = []
        for number, source in enumerate(sources, 1):
            places = [p for p, column in enumerate(self.encoding.columns) if column.source == source]
            # Of a category the column that the person has; its value is 1.
            place = max(places, key=lambda p: float(np.nan_to_num(row[p]))) if len(places) > 1 else places[0]
            effect = float(found[0] - found[number])
            reasons.append(
                Reason(self.encoding.columns[place].name, float(row[place]), float(self.usual[place]), effect)
            )
        moved = [reason for reason in reasons if reason.effect]
        return tuple(sorted(moved, key=lambda reason: -abs(reason.effect))[:top])

    def _prepared(self, matrix: Floats) -> Floats:
        if self.preparation is not None:
            return self.preparation.apply(matrix)
        # Trees take gaps, but not a column of nothing else, which a fold of few people can have.
        unknown = np.isnan(self.usual)
        return np.where(unknown, 0.0, matrix) if unknown.any() else matrix
