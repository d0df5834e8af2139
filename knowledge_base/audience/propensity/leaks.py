"""Features that tell the outcome because they were known only after it: named, and left out unless one insists."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np

from knowledge_base.audience.propensity.examples import Bools, Examples, Floats
from knowledge_base.audience.propensity.scores import area

Kind = Literal["catalogue", "name", "too_good", "later"]

KNOWN_AFTERWARDS = frozenset(
    {
        "duration", "call_duration", "通话时长", "outcome", "result", "结果", "response", "converted", "conversion",
        "转化", "成交", "paid", "paid_at", "payment_time", "付款时间", "支付时间", "成交时间", "order_id", "订单号",
        "refunded", "refund_time", "退款时间", "签收时间", "delivered_at", "lifetime_value", "future_orders",
    }
)  # fmt: skip
"""Names that usually hold what happened at or after the purchase. `duration` of a sales call is the classic one: it is
known when the call is over, and so is the answer."""
TOO_GOOD = 0.98
"""AUC of one feature alone from which it is rather a copy of the outcome than a cause."""
FEWEST = 10
"""Rows with and without the outcome below which one feature can be that good by chance."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One suspected feature."""

    feature: str
    """A column of the frame."""
    kind: Kind
    reason: str
    """In Chinese, with the evidence."""


def find_leaks(examples: Examples, *, leaks_after: Collection[str] = ()) -> tuple[Leak, ...]:
    """Every feature that should not be learnt from, one entry each. `leaks_after`: the catalogue's own marks."""
    found: dict[str, Leak] = {}
    for place, column in enumerate(examples.encoding.columns):
        name, values = column.source, examples.matrix[:, place]
        if name in found:
            continue
        if name in leaks_after:
            found[name] = Leak(name, "catalogue", "特征目录写明：结果出来以后才知道")
        elif name.strip().lower().replace(" ", "_").replace("-", "_") in KNOWN_AFTERWARDS:
            found[name] = Leak(name, "name", "从名字看，是结果发生时或之后才知道的")
        elif column.time and examples.when is not None and (late := int((values < 0).sum())):
            found[name] = Leak(name, "later", f"{late} 行的时间晚于截止时间")
        elif (auc := _alone(values, examples.outcome)) >= TOO_GOOD:
            found[name] = Leak(name, "too_good", f"单独就能猜中结果（AUC {auc:.3f}），多半是结果的副本")
    return tuple(found.values())


def _alone(values: Floats, outcome: Bools) -> float:
    """The better AUC of the feature itself, either way round, and of whether it is missing."""
    missing = np.isnan(values)
    known = ~missing
    best = 0.5
    if missing.any() and known.any():
        best = max(best, _auc(missing.astype(float), outcome))
    if known.any():
        best = max(best, _auc(values[known], outcome[known]))
    return best


def _auc(values: Floats, outcome: Bools) -> float:
    """Either way round; .5 when there are too few rows to tell."""
    positive = int(outcome.sum())
    negative = len(outcome) - positive
    if min(positive, negative) < FEWEST:
        return 0.5
    auc = area(values, outcome)
    return max(auc, 1 - auc)
