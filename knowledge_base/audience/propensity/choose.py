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
from knowledge_base.audience.propensity.folds import How, folds, hold_out
from knowledge_base.audience.propensity.leaks import Leak, find_leaks
from knowledge_base.audience.propensity.models import KINDS, MOST_ROWS
from knowledge_base.audience.propensity.propensity import Propensity
from knowledge_base.audience.propensity.scores import area, auc_gains, best_threshold, measure
from knowledge_base.errors import BadInputError

FOLDS = 3
CHECK_SHARE = 0.3
COMPARE_ROWS = 40_000
"""Rows on which kinds are compared, drawn by seed; the chosen one is fitted on up to its kind's `most_rows`. With 3 %
buyers a fourth of this chooses by chance, and five times as many take a minute more."""
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
    compared_rows: int
    fitted_rows: int
    checked_rows: int
    sampling: str
    """What was drawn from what, in Chinese; empty when every row was used."""
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
            "compared_rows": self.compared_rows, "fitted_rows": self.fitted_rows, "checked_rows": self.checked_rows,
            "sampling": self.sampling, "calibration": self.calibration, "threshold": round(self.threshold, 6),
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
    notes: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Trained:
    """Chooses among `kinds` by AUC over folds; the card says whether the winner may be used.

    `keep_leaks`: suspected features to learn from all the same. The final check is on the latest 30 %. The order of
    the examples changes nothing. Raises BadInputError when there is too little to learn from.
    """
    examples = examples.in_order()
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
    split = hold_out(clean, CHECK_SHARE, seed)
    fit = clean.rows(_some(split.fit, MOST_ROWS, seed))
    if min(fit.outcome.sum(), (~fit.outcome).sum()) < FEWEST_BUYERS / 3:
        raise BadInputError("较早的数据里有结果的人太少，不能按时间先后检验", hint="导入更早的数据。")
    compared, unseen = _compare(fit, kinds, seed)
    kind = max(compared, key=lambda one: compared[one])
    learnt = _some(np.arange(len(fit)), KINDS[kind].most_rows, seed)
    model = Propensity(kind, seed).fit(fit if len(learnt) == len(fit) else fit.rows(learnt))
    scores, outcome = unseen[kind]
    model.calibration = calibrate(scores, outcome)
    threshold = best_threshold(model.calibration.apply(scores), outcome)
    rules = baselines(fit, recency)
    judged = _judge(model, clean.rows(split.check), rules, threshold, seed)
    return Trained(model, Card(
        kind=kind, split=split.how, rows=len(examples), people=len(np.unique(examples.users)),
        share=float(examples.outcome.mean()), features=clean.names, leaks=leaks,
        kept_leaks=tuple(sorted(set(keep_leaks) & {leak.feature for leak in leaks})), left_out=examples.left_out,
        compared=compared, compared_rows=min(len(fit), COMPARE_ROWS), fitted_rows=len(learnt),
        checked_rows=len(split.check), sampling=_sampling(len(split.fit), len(fit), len(learnt), kind),
        calibration=model.calibration.method, threshold=threshold,
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
        areas[kind] = float(np.mean([area(scores, some.outcome[check]) for scores, check in found]))
        unseen[kind] = (np.concatenate([s for s, _ in found]), np.concatenate([some.outcome[c] for _, c in found]))
    return areas, unseen


def _sampling(there: int, used: int, learnt: int, kind: str) -> str:
    parts = []
    if used > COMPARE_ROWS:
        parts.append(f"各种模型在随机抽的 {COMPARE_ROWS:,} 行上比较")
    if learnt < there:
        parts.append(f"选中的{KINDS[kind].name}用随机抽的 {learnt:,} 行学习")
    return f"可学的有 {there:,} 行：{'，'.join(parts)}；检验用全部没见过的行" if parts else ""


def _judge(
    model: Propensity, check: Examples, rules: Sequence[Baseline], threshold: float, seed: int
) -> dict[str, Any]:
    ranking = model.scores(check.matrix)
    probability = model.calibrated(ranking)
    scores = measure(probability, check.outcome, check.users, threshold, ranking=ranking, seed=seed)
    ruled = {rule.name: rule.scores(check.matrix) for rule in rules}
    gains = auc_gains(ranking, ruled, check.outcome, check.users, seed=seed)
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
    rng = np.random.default_rng(seed)
    whole = area(model.scores(some.matrix), some.outcome)
    lost = {}
    for source in dict.fromkeys(column.source for column in some.encoding.columns):
        places = [p for p, column in enumerate(some.encoding.columns) if column.source == source]
        shuffled = some.matrix.copy()
        shuffled[:, places] = shuffled[rng.permutation(len(some))][:, places]
        lost[source] = whole - area(model.scores(shuffled), some.outcome)
    return tuple(sorted(lost.items(), key=lambda one: -one[1]))


def _some(places: Ints, most: int, seed: int) -> Ints:
    """At most so many of them, in order."""
    if len(places) <= most:
        return places
    return np.sort(np.random.default_rng(seed).choice(places, most, replace=False))
