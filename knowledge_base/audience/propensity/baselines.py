"""The plain rules that a model must beat before anybody uses it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knowledge_base.audience.propensity.examples import Examples, Floats
from knowledge_base.audience.propensity.scores import area


@dataclass(frozen=True, slots=True)
class Baseline:
    """Ranks people by one column, or not at all."""

    id: str
    name: str
    """In Chinese."""
    column: int | None
    sign: float = 1.0
    missing: float = 0.0
    """Stands in for a gap: the value that ranks last."""

    def scores(self, matrix: Floats) -> Floats:
        """(rows,): higher is likelier; all alike for the base rate."""
        if self.column is None:
            return np.zeros(len(matrix))
        values = self.sign * matrix[:, self.column]
        return np.where(np.isnan(values), self.missing, values)


def baselines(examples: Examples, recency: str | None) -> tuple[Baseline, ...]:
    """The base rate, the recency rule where the data know recency (a column name: smaller is more recent), and the one
    feature that alone ranked best on these rows."""
    found = [Baseline("base_rate", "人人都按平均购买率", None)]
    if recency in examples.names:
        place = examples.names.index(recency)
        found.append(_ranked(examples, "recency", "最近来过的先买", place, -1.0))
    if examples.names:
        areas = [area(np.nan_to_num(column, nan=-1e300), examples.outcome) for column in examples.matrix.T]
        best = int(np.argmax([abs(area - 0.5) for area in areas]))
        sign = 1.0 if areas[best] >= 0.5 else -1.0
        found.append(_ranked(examples, "single", f"只看「{examples.names[best]}」", best, sign))
    return tuple(found)


def _ranked(examples: Examples, id: str, name: str, place: int, sign: float) -> Baseline:
    values = sign * examples.matrix[:, place]
    known = values[~np.isnan(values)]
    return Baseline(id, name, place, sign, float(known.min()) - 1 if len(known) else 0.0)
