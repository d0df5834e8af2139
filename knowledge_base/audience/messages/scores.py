"""How good a classifier is on texts whose labels are known, with and without the texts it abstains on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from knowledge_base.audience.messages.verdict import verdicts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TARGET = 0.85
"""Share of answers that should be right; the threshold is the lowest one that reaches it."""
LOWEST, HIGHEST = 0.2, 0.6
"""A threshold outside would answer anything, or nothing."""


def scores(classes: Sequence[str], probabilities: Any, truth: Sequence[str], threshold: float) -> dict[str, float]:
    """accuracy and macro_f1 of the best label; answered and accuracy_answered at the threshold."""
    from sklearn.metrics import f1_score

    said = verdicts(classes, probabilities, threshold)
    right = [one.best == wanted for one, wanted in zip(said, truth, strict=True)]
    answered = [ok for ok, one in zip(right, said, strict=True) if one.probability >= threshold]
    best = [one.best for one in said]
    return {
        "accuracy": sum(right) / len(right),
        "macro_f1": float(f1_score(list(truth), best, average="macro", zero_division=0)),
        "answered": len(answered) / len(right),
        "accuracy_answered": sum(answered) / len(answered) if answered else 0.0,
    }


def majority(train: Sequence[str], test: Sequence[str]) -> float:
    """Accuracy of always saying what is commonest."""
    commonest = Counter(train).most_common(1)[0][0]
    return sum(label == commonest for label in test) / len(test)


def threshold_for(probabilities: NDArray[np.float64], right: NDArray[np.bool_], target: float = TARGET) -> float:
    """The lowest threshold whose answers are right often enough, in [LOWEST, HIGHEST]."""
    import numpy as np

    best = probabilities.max(axis=1)
    order = np.argsort(-best, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    reached = np.flatnonzero(precision >= target)
    found = float(best[order][reached[-1]]) if len(reached) else HIGHEST
    return min(max(found, LOWEST), HIGHEST)
