"""Whether a run is whole. Every report asks this first: planned == scored + errored, or it says what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from evals.records import Run
from evals.stats.counts import error_types, repeated
from knowledge_base.errors import StorageError

NAMED_ERRORS = 3
"""Kinds of errors that a notice names before it says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many of the planned rows ended how; `planned == scored + errored + missing` always holds."""

    planned: int
    scored: int
    errored: int
    missing: int
    errors: tuple[tuple[str, int], ...]
    """Types of errors with their count, the most frequent first."""

    @property
    def complete(self) -> bool:
        """Nothing is missing; rows may still have ended in an error."""
        return self.missing == 0

    @property
    def clean(self) -> bool:
        """Every planned row has scores."""
        return self.scored == self.planned

    @property
    def counts(self) -> str:
        """One line for people, e.g. 计划 500 = 有分 469 + 出错 0 + 缺 31."""
        return f"计划 {self.planned} = 有分 {self.scored} + 出错 {self.errored} + 缺 {self.missing}"

    @property
    def notices(self) -> tuple[str, ...]:
        """What stands at the top of every report of a run that is not clean."""
        found = []
        if self.missing:
            found.append(
                f"这次评测不完整：计划 {self.planned} 行，还缺 {self.missing} 行没有结果。"
                f"下面的数字只覆盖有分的 {self.scored} 行，不能当作结论。"
            )
        if self.errored:
            named = "、".join(f"{kind} {n} 行" for kind, n in self.errors[:NAMED_ERRORS])
            more = f"等 {len(self.errors)} 类" if len(self.errors) > NAMED_ERRORS else ""
            found.append(f"{self.errored} 行出错（{named}{more}）：没有分数，不算 0 分，也不算通过。")
        if not self.scored:
            found.append("没有一行有分数。")
        return tuple(found)


def standing(run: Run) -> Standing:
    """Counts the rows of a run.

    Raises StorageError when they contradict the plan: a row stored twice, or more rows than were planned. Such a run
    has no true figures, so no report is made of it.
    """
    if twice := repeated(run):
        raise _contradiction(run, f"用例「{twice[0]}」的同一行存了两次")
    if len(run.rows) > run.planned:
        raise _contradiction(run, f"计划 {run.planned} 行，却存了 {len(run.rows)} 行")
    errors = error_types(run.rows)
    errored = sum(errors.values())
    return Standing(
        planned=run.planned,
        scored=len(run.rows) - errored,
        errored=errored,
        missing=run.planned - len(run.rows),
        errors=tuple(errors.items()),
    )


def _contradiction(run: Run, what: str) -> StorageError:
    return StorageError(
        f"评测 {run.id} 的记录自相矛盾：{what}",
        hint="不要用这次的数字；重新跑一次 wenan eval run，并把评测库发给维护者。",
    )
