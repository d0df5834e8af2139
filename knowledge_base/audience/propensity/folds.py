"""What is fitted on and what is checked on: earlier on later where rows have times, else stratified by outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np

from knowledge_base.audience.propensity.examples import Bools, Examples, Ints

How = Literal["time", "stratified"]


@dataclass(frozen=True, slots=True)
class Split:
    """Places of rows."""

    fit: Ints
    check: Ints
    how: How


def hold_out(examples: Examples, share: float, seed: int) -> Split:
    """About `share` of the rows kept for the final check: the latest ones, or a stratified draw of whole people."""
    if examples.when is not None:
        for start in _starts(examples.when, [1 - share]):
            split = _at(examples, start, None)
            if split is not None:
                return split
    tenths = _stratified(examples, 10, seed)
    kept = np.sort(np.concatenate([part.check for part in tenths[: max(1, round(share * len(tenths)))]]))
    return Split(np.setdiff1d(np.arange(len(examples)), kept), kept, "stratified")


def folds(examples: Examples, count: int, seed: int) -> tuple[Split, ...]:
    """Up to `count` splits; by time each checks on a later stretch than the last, fitting on all known by then."""
    if examples.when is not None:
        steps = [(1 + number) / (1 + count) for number in range(count)]
        starts = _starts(examples.when, steps)
        ends = [*starts[1:], None]
        found = [_at(examples, start, end) for start, end in zip(starts, ends, strict=True)]
        by_time = tuple(split for split in found if split is not None)
        if by_time:
            return by_time
    return _stratified(examples, count, seed)


def _starts(when: Ints, shares: list[float]) -> list[int]:
    """Different moments at which about `shares` of the rows lie before; never the very first."""
    moments = np.unique(when)
    wanted = np.quantile(when, shares, method="higher")
    return sorted({int(moment) for moment in wanted if moment > moments[0]} or {int(moments[-1])})


def _at(examples: Examples, start: int, end: int | None) -> Split | None:
    """Fits on rows whose outcome was known at `start`: cut-off plus horizon is not later. None when unusable."""
    assert examples.when is not None
    known = examples.when + examples.horizon // timedelta(microseconds=1)
    fit = np.flatnonzero((known <= start) & (examples.when < start))
    check = np.flatnonzero((examples.when >= start) & (examples.when < (end if end is not None else np.inf)))
    usable = _both(examples.outcome[fit]) and _both(examples.outcome[check])
    return Split(fit, check, "time") if usable else None


def _stratified(examples: Examples, count: int, seed: int) -> tuple[Split, ...]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    # No fold may be without the outcome.
    count = max(2, min(count, int(examples.outcome.sum()), int((~examples.outcome).sum())))
    alone = len(np.unique(examples.users)) == len(examples)
    # A person's rows stay together: otherwise a model is praised for recognising people it has seen.
    kind = StratifiedKFold if alone else StratifiedGroupKFold
    splitter = kind(count, shuffle=True, random_state=seed)
    pairs = splitter.split(examples.matrix, examples.outcome, None if alone else examples.users)
    return tuple(Split(fit.astype(np.int64), check.astype(np.int64), "stratified") for fit, check in pairs)


def _both(outcome: Bools) -> bool:
    return bool(outcome.any()) and not bool(outcome.all())
