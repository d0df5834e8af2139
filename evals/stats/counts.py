"""Rows counted before anything is said about them: planned = scored + errors, or there is no report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from evals.records import Row, Run, Variant
from evals.stats.values import Arm
from knowledge_base.errors import BadInputError

TYPE_END = re.compile(r"[:：\s]")


def arms(run: Run) -> tuple[Arm, ...]:
    """One arm a variant, in the order the run first met them. Call `require_complete` first."""
    rows: dict[Variant, list[Row]] = {}
    for row in run.rows:
        rows.setdefault(row.variant, []).append(row)
    return tuple(
        Arm(
            run_id=run.id,
            variant=variant,
            planned=len(own),
            scored=sum(row.outcome == "scored" for row in own),
            errors=error_types(own),
            cases=len({row.case_id for row in own}),
        )
        for variant, own in rows.items()
    )


def error_types(rows: Iterable[Row]) -> dict[str, int]:
    """Rows in error by type, the most frequent first."""
    found = Counter(error_type(row) for row in rows if row.outcome == "error")
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def error_type(row: Row) -> str:
    """The part of `row.error` before the first colon or space."""
    return TYPE_END.split(row.error.strip(), maxsplit=1)[0] or "未知错误"


def repeated(run: Run) -> tuple[str, ...]:
    """Cases that have two rows for one variant and sample, which no figure survives."""
    keys = Counter((row.case_id, row.variant, row.sample) for row in run.rows)
    return tuple(dict.fromkeys(case_id for (case_id, _, _), times in keys.items() if times > 1))


def require_complete(run: Run) -> None:
    """Raises BadInputError unless every planned row is there exactly once, and there is one."""
    if twice := repeated(run):
        raise BadInputError(
            f"评测 {run.id} 里用例「{twice[0]}」同一个样本有两条结果，数字会失真",
            hint="这次运行的记录坏了，请重新跑一次 wenan eval run。",
        )
    if run.planned != len(run.rows):
        raise BadInputError(
            f"评测 {run.id} 计划 {run.planned} 条，只有 {len(run.rows)} 条结果，没跑完不下结论",
            hint=f"先跑完：wenan eval run --resume {run.id}",
        )
    if not run.rows:
        raise BadInputError(f"评测 {run.id} 没有任何结果", hint="评测集里有没有用例？wenan eval show 看一看。")
