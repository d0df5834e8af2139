"""Counts of people that may leave the house: with noise, paid for from the privacy budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from knowledge_base.audience.privacy.dp import Budget, noisy_counts
from knowledge_base.audience.schemas import ACTIONS
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

What = Literal["actions", "segments"]
NAMES: Mapping[What, str] = {"actions": "做过每种动作的人数", "segments": "每群的人数"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    what: What
    people: Mapping[str, int]
    """Label -> noisy count, none below 0."""
    epsilon: float
    scale: float
    """Of the noise: a count is off by more than three times this in about 5 % of cases."""
    spent: float
    limit: float


def publish(store: AudienceStore, what: What, epsilon: float) -> Published:
    """Raises BudgetError when the budget is used up, BadInputError without segments.

    Labels are the store's fixed actions, or the numbers of the segments: neither tells of a single person.
    """
    counts: dict[str, int]
    if what == "actions":
        rows = store.events().group_by("action").agg(pl.col("user").n_unique().alias("people")).collect()
        true = {str(action): int(people) for action, people in rows.iter_rows()}
        counts = {action: true.get(action, 0) for action in ACTIONS}
        each = len(ACTIONS)
    else:
        report = store.report("segments")
        if report is None:
            raise BadInputError("还没有分群", hint="先运行 wenan audience segments。")
        counts = {str(one["id"]): int(one["size"]) for one in report["segments"]}
        each = 1
    budget = Budget(store)
    people = noisy_counts(budget, NAMES[what], counts, epsilon, each=each)
    return Published(
        what=what, people=people, epsilon=epsilon, scale=each / epsilon, spent=budget.spent(), limit=budget.limit
    )
