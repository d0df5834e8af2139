"""The kinds of model, simplest first. Trees take raw numbers with gaps; the others take prepared ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from knowledge_base.audience.propensity.examples import Bools, Floats

PARALLEL_FROM = 50_000
"""Rows from which several threads pay."""
MOST_ROWS = 200_000
"""Rows that any kind is fitted on; more say little more of a purchase."""
SKEWED = 2.0
"""Skewness from which a column is taken on a logarithmic scale."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """Gaps filled with the median and marked, skewed columns on a signed log scale, all of mean 0 and deviation 1."""

    logs: Bools
    medians: Floats
    means: Floats
    scales: Floats
    gaps: Bools
    """Columns whose missing values get a 0/1 column of their own."""

    @classmethod
    def of(cls, matrix: Floats) -> Preparation:
        """Learnt from the rows that a model is fitted on, never from others."""
        width = matrix.shape[1]
        gaps, logs = np.zeros(width, bool), np.zeros(width, bool)
        medians, means, scales = np.zeros(width), np.zeros(width), np.ones(width)
        # Column by column: whole copies of the matrix would cost several times its memory.
        for place, column in enumerate(matrix.T):
            missing = np.isnan(column)
            gaps[place] = missing.any()
            medians[place] = 0.0 if missing.all() else np.median(column[~missing])
            filled = np.where(missing, medians[place], column)
            logs[place] = abs(_skewness(filled)) > SKEWED
            scaled = _signed_log(filled) if logs[place] else filled
            means[place], scales[place] = scaled.mean(), scaled.std() or 1.0
        return cls(logs, medians, means, scales, gaps)

    def apply(self, matrix: Floats) -> Floats:
        """(rows, columns + columns with gaps)."""
        width = matrix.shape[1]
        marked = np.flatnonzero(self.gaps)
        out = np.empty((len(matrix), width + len(marked)))
        for place, column in enumerate(matrix.T):
            filled = np.where(np.isnan(column), self.medians[place], column)
            scaled = _signed_log(filled) if self.logs[place] else filled
            out[:, place] = (scaled - self.means[place]) / self.scales[place]
        out[:, width:] = np.isnan(matrix[:, marked])
        return out


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of model."""

    name: str
    """In Chinese, for people."""
    build: Callable[[int], Any]
    """Seed -> an unfitted scikit-learn classifier."""
    prepared: bool
    """Takes a Preparation's output."""
    most_rows: int = MOST_ROWS
    """A draw of this many is fitted on where there are more: this kind would take minutes."""


def _logistic(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, max_iter=1000, random_state=seed)


def _bayes(seed: int) -> Any:
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB(var_smoothing=1e-3)


def _svm(seed: int) -> Any:
    from sklearn.svm import LinearSVC

    # The primal problem is the fast one for more rows than columns; a finer tolerance takes three times as long and
    # ranks people the same.
    return LinearSVC(C=0.1, dual=False, tol=1e-2, random_state=seed)


def _tree(seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=6, min_samples_leaf=20, random_state=seed)


def _forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=200, min_samples_leaf=4, n_jobs=2, random_state=seed)


def _boosting(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=150, max_leaf_nodes=15, min_samples_leaf=20, l2_regularization=1.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip


def _network(seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        (32,), alpha=1e-2, learning_rate_init=0.01, early_stopping=True, max_iter=200, n_iter_no_change=20,
        random_state=seed,
    )  # fmt: skip


KINDS: Mapping[str, Kind] = {
    "logistic": Kind("逻辑回归", _logistic, True),
    "bayes": Kind("朴素贝叶斯", _bayes, True),
    "svm": Kind("线性支持向量机", _svm, True, 100_000),
    "tree": Kind("决策树", _tree, False),
    "forest": Kind("随机森林", _forest, False, 50_000),
    "boosting": Kind("梯度提升", _boosting, False),
    "network": Kind("多层感知机", _network, True, 50_000),
}
"""Simplest to explain first: of equally good kinds the first is taken."""


def threads(rows: int) -> AbstractContextManager[Any]:
    """One thread for little data: on a busy machine threads waiting for each other cost a hundred times the work."""
    return one_thread() if rows < PARALLEL_FROM else nullcontext()


def one_thread() -> AbstractContextManager[Any]:
    """For classifiers, whatever the rows: boosting of 50,000 took four times as long with two threads as with one."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


def raw_scores(estimator: Any, matrix: Floats) -> Floats:
    """Scores in 0..1, not yet calibrated: the estimator's probability, or its margin through a sigmoid."""
    if getattr(estimator, "n_jobs", None) not in (None, 1):
        # Trees vote in the order in which their threads end, and floats added in another order differ in the last bit.
        estimator.set_params(n_jobs=1)
    if hasattr(estimator, "predict_proba"):
        found: Floats = estimator.predict_proba(matrix)[:, 1]
        return found
    margin = np.clip(estimator.decision_function(matrix), -30, 30)
    squashed: Floats = 1 / (1 + np.exp(-margin))
    return squashed


def _signed_log(values: Floats) -> Floats:
    found: Floats = np.sign(values) * np.log1p(np.abs(values))
    return found


def _skewness(values: Floats) -> float:
    centred = values - values.mean()
    deviation = centred.std()
    return float(((centred / deviation) ** 3).mean()) if deviation > 0 else 0.0
