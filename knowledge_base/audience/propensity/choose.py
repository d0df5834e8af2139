"""From examples to a model that may be used: leaks out, kinds compared, calibrated, checked once on rows kept aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from knowledge_base.audience.estimate import Estimate
from knowledge_base.audience.propensity.baselines import Baseline, baselines
from knowledge_base.audience.propensity.calibrate import calibrate
from knowledge_base.audience.propensity.examples import Bools, Examples, Floats, Ints
from knowledge_base.audience.propensity.folds import How, Split, folds, hold_out
from knowledge_base.audience.propensity.leaks import Leak, find_leaks
from knowledge_base.audience.propensity.models import KINDS
from knowledge_base.audience.propensity.propensity import Propensity
from knowledge_base.audience.propensity.scores import auc, auc_gain, best_threshold, measure
from knowledge_base.errors import BadInputError

FOLDS = 3
CHECK_SHARE = 0.3
COMPARE_ROWS = 10_000
"""Rows on which kinds are compared; the chosen one is fitted on up to FIT_ROWS."""
FIT_ROWS = 200_000
FEWEST_BUYERS = 30
"""With and without the outcome, below which no model is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a model was made from and how good it was on rows it had never seen."""

    kind: str
    split: How
    rows: int
    people: int
    share: float
    """Of rows with the outcome."""
    features: tuple[str, ...]
    leaks: tuple[Leak, ...]
    kept_leaks: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    compared: Mapping[str, float]
    """Kind -> mean AUC over the folds."""
    calibration: str
    threshold: float
    scores: Mapping[str, Estimate]
    gains: Mapping[str, Estimate]
    """Name of a baseline -> AUC of the model minus the baseline's."""
    curve: tuple[tuple[float, float, int], ...]
    """Calibration curve: promised share, found share, rows; up to ten bins."""
    importance: tuple[tuple[str, float], ...]
    """Feature -> AUC lost when its values are shuffled, largest first."""
    use: bool
    """It beats every baseline: the interval of the gain lies above 0."""
    made: str
    """UTC, ISO."""
    notes: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "kind": self.kind, "name": KINDS[self.kind].name, "made": self.made, "split": self.split,
            "rows": self.rows, "people": self.people, "share": round(self.share, 6), "features": list(self.features),
            "leaks": [{"feature": one.feature, "kind": one.kind, "reason": one.reason} for one in self.leaks],
            "kept_leaks": list(self.kept_leaks), "left_out": [list(one) for one in self.left_out],
            "compared": {kind: round(area, 6) for kind, area in self.compared.items()},
            "calibration": self.calibration, "threshold": round(self.threshold, 6),
            "scores": {name: one.as_dict() for name, one in self.scores.items()},
            "gains": {name: one.as_dict() for name, one in self.gains.items()},
            "curve": [list(point) for point in self.curve],
            "importance": [[name, round(lost, 6)] for name, lost in self.importance],
            "use": self.use, **self.notes,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trained:
    """The model, fitted on all rows outside the final check, and its card."""

    model: Propensity
    card: Card


def train(
    examples: Examples,
    *,
    kinds: Sequence[str] = tuple(KINDS),
    leaks_after: Collection[str] = (),
    keep_leaks: Collection[str] = (),
    recency: str | None = None,
    check: Split | None = None,
    notes: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Trained:
    """Chooses among `kinds` by AUC over folds; the card says whether the winner may be used.

    `keep_leaks`: suspected features to learn from all the same. `check`: rows of the final check, default the latest
    30 %. Raises BadInputError when there is too little to learn from.
    """
    buyers = int(examples.outcome.sum())
    if min(buyers, len(examples) - buyers) < FEWEST_BUYERS:
        raise BadInputError(
            f"有结果的 {buyers} 行、没有的 {len(examples) - buyers} 行，太少，学出来的靠不住",
            hint=f"两种至少各要 {FEWEST_BUYERS} 行：多导入一些数据，或把预测的天数放长。",
        )
    leaks = find_leaks(examples, leaks_after=leaks_after)
    clean = examples.without({leak.feature for leak in leaks} - set(keep_leaks))
    if not clean.names:
        raise BadInputError("去掉结果之后才知道的特征，就没有特征可用了", hint="看看特征是不是都算到了截止时间之后。")
    split = check or hold_out(clean, CHECK_SHARE, seed)
    fit = clean.rows(_some(split.fit, FIT_ROWS, seed))
    if min(fit.outcome.sum(), (~fit.outcome).sum()) < FEWEST_BUYERS / 3:
        raise BadInputError("较早的数据里有结果的人太少，不能按时间先后检验", hint="导入更早的数据。")
    compared, unseen = _compare(fit, kinds, seed)
    kind = max(compared, key=lambda one: compared[one])
    model = Propensity(kind, seed).fit(fit)
    scores, outcome = unseen[kind]
    model.calibration = calibrate(scores, outcome)
    threshold = best_threshold(model.calibration.apply(scores), outcome)
    rules = baselines(fit, recency)
    judged = _judge(model, clean.rows(split.check), rules, threshold, seed)
    return Trained(model, Card(
        kind=kind, split=split.how, rows=len(examples), people=len(np.unique(examples.users)),
        share=float(examples.outcome.mean()), features=clean.names, leaks=leaks,
        kept_leaks=tuple(sorted(set(keep_leaks) & {leak.feature for leak in leaks})), left_out=examples.left_out,
        compared=compared, calibration=model.calibration.method, threshold=threshold,
        made=datetime.now(UTC).isoformat(timespec="seconds"), notes=notes or {}, **judged,
    ))  # fmt: skip


def _compare(
    fit: Examples, kinds: Sequence[str], seed: int
) -> tuple[dict[str, float], dict[str, tuple[Floats, Bools]]]:
    """Mean AUC of each kind over the folds, and its scores of the rows it had not seen."""
    some = fit.rows(_some(np.arange(len(fit)), COMPARE_ROWS, seed))
    parts = folds(some, FOLDS, seed)
    areas: dict[str, float] = {}
    unseen: dict[str, tuple[Floats, Bools]] = {}
    for kind in kinds:
        found = [(Propensity(kind, seed).fit(some.rows(p.fit)).scores(some.matrix[p.check]), p.check) for p in parts]
        areas[kind] = float(
            np.mean([auc(np.ones((1, len(check))), scores, some.outcome[check])[0] for scores, check in found])
        )
        unseen[kind] = (np.concatenate([s for s, _ in found]), np.concatenate([some.outcome[c] for _, c in found]))
    return areas, unseen


def _judge(
    model: Propensity, check: Examples, rules: Sequence[Baseline], threshold: float, seed: int
) -> dict[str, Any]:
    probability, ranking = model.predict_proba(check.matrix), model.scores(check.matrix)
    scores = measure(probability, check.outcome, check.users, threshold, ranking=ranking, seed=seed)
    gains = {
        rule.name: auc_gain(ranking, rule.scores(check.matrix), check.outcome, check.users, seed=seed) for rule in rules
    }
    return {
        "scores": scores,
        "gains": gains,
        "use": all(gain.low > 0 for gain in gains.values()),
        "curve": _curve(probability, check.outcome),
        "importance": _importance(model, check, seed),
    }


def _curve(probability: Floats, outcome: Bools) -> tuple[tuple[float, float, int], ...]:
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, 11)[1:-1]))
    bins = np.searchsorted(edges, probability, side="right")
    parts = (np.flatnonzero(bins == one) for one in range(len(edges) + 1))
    return tuple(
        (round(float(probability[p].mean()), 6), round(float(outcome[p].mean()), 6), len(p)) for p in parts if len(p)
    )


def _importance(model: Propensity, check: Examples, seed: int) -> tuple[tuple[str, float], ...]:
    some = check.rows(_some(np.arange(len(check)), 5_000, seed))
    ones, rng = np.ones((1, len(some))), np.random.default_rng(seed)
    whole = auc(ones, model.scores(some.matrix), some.outcome)[0]
    lost = {}
    for source in dict.fromkeys(column.source for column in some.encoding.columns):
        places = [p for p, column in enumerate(some.encoding.columns) if column.source == source]
        shuffled = some.matrix.copy()
        shuffled[:, places] = shuffled[rng.permutation(len(some))][:, places]
        lost[source] = float(whole - auc(ones, model.scores(shuffled), some.outcome)[0])
    return tuple(sorted(lost.items(), key=lambda one: -one[1]))


def _some(places: Ints, most: int, seed: int) -> Ints:
    """At most so many of them, in order."""
    if len(places) <= most:
        return places
    return np.sort(np.random.default_rng(seed).choice(places, most, replace=False))
