"""How much answers to one case differ between the samples of one variant."""

from __future__ import annotations

import math
from collections.abc import Iterable

from evals.stats.pairing import Table
from evals.stats.values import Flakiness
from evals.stats.verdicts import wilson


def flakiness(table: Table, scorer: str, ids: Iterable[str], level: float = 0.95) -> Flakiness | None:
    """Over the cases of `ids` with two or more scored samples; None when there is no such case."""
    cases = [table.cases[case_id] for case_id in ids if case_id in table.cases]
    values = [case.values[scorer] for case in cases if len(case.values.get(scorer, ())) > 1]
    verdicts = [case.verdicts[scorer] for case in cases if len(case.verdicts.get(scorer, ())) > 1]
    if not values:
        return None
    changed = sum(max(own) - min(own) > 1e-12 for own in values)
    return Flakiness(
        cases=len(values),
        changed=changed,
        share=changed / len(values),
        interval=wilson(changed, len(values), level),
        verdict_cases=len(verdicts),
        verdict_changed=sum(len(set(own)) > 1 for own in verdicts),
        spread=_pooled(values),
    )


def _pooled(values: list[list[float]]) -> float:
    squares = sum(sum((value - math.fsum(own) / len(own)) ** 2 for value in own) for own in values)
    return math.sqrt(squares / sum(len(own) - 1 for own in values))
