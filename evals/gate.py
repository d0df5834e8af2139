"""May this run replace the baseline? Each condition says ok, regression or inconclusive; broken runs answer first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.gate_check import Sides, check_change, check_level
from evals.gate_language import Condition, parse
from evals.gate_must_pass import check_must_pass
from evals.gate_values import Check, GateResult, Offender, Verdict
from evals.limits import is_infrastructure
from evals.records import Row, Run, Variant
from evals.stats.clock import TIMED, untimed
from evals.stats.counts import arms, error_types, repeated
from evals.stats.direction import direction
from evals.stats.judges import advisory
from evals.stats.pairing import table
from evals.stats.values import Arm
from knowledge_base.errors import UsageError

RESAMPLES = 10_000
ANY_ERROR = parse("errors > 0")
"""Asked where no condition says how many errors are too many."""


def gate(
    run: Run,
    baseline: Run | None,
    conditions: Sequence[str],
    *,
    must_pass: bool = True,
    resamples: int = RESAMPLES,
    seed: int = 0,
    higher_is_better: Mapping[str, bool | None] | None = None,
) -> GateResult:
    """Every condition on every variant of `run`, against the baseline's variant of the same name, or its only one.

    Rows in error fail the gate unless a condition on errors allows some. Raises UsageError for a
    condition that cannot be read or needs a baseline that is not there, UnknownIdError for a metric nobody measured.
    """
    wanted = [parse(text) for text in conditions]
    needs = next((one for one in wanted if one.kind in ("drop", "rise")), None)
    if needs and baseline is None:
        raise UsageError(f"条件「{needs.text}」要和基线比", hint="加上 --baseline 评测编号")
    broken = [check for one, title in ((run, "这次"), (baseline, "基线")) if one for check in _whole(one, title)]
    if broken:
        return GateResult(run_id=run.id, baseline_id=baseline.id if baseline else "", checks=tuple(broken))
    if not any(one.kind in ("errors", "error_rate") for one in wanted):
        wanted.insert(0, ANY_ERROR)
    if must_pass and not any(one.kind == "must_pass" for one in wanted):
        wanted.append(parse("must_pass"))
    only_advice = {**(advisory(baseline) if baseline else {}), **advisory(run)}
    higher = direction(higher_is_better, baseline, run)
    checks: list[Check] = []
    for arm in arms(run):
        other = _counterpart(arm, run, baseline)
        sides = Sides(
            variant=arm.variant.name,
            new=table(run, arm.variant),
            old=table(baseline, other.variant) if baseline and other else None,
            advisory=only_advice,
            higher=higher,
            unjudged={TIMED: why} if other and (why := untimed(arm.variant, other.variant)) else {},
            resamples=resamples,
            seed=seed,
        )
        before = [row for row in baseline.rows if other and row.variant == other.variant] if baseline else []
        checks += [_check(one, run, arm.variant, sides, before) for one in wanted]
    return GateResult(
        run_id=run.id,
        baseline_id=baseline.id if baseline else "",
        checks=tuple(checks),
        notes=_notes(run, baseline, wanted),
    )


def _check(condition: Condition, run: Run, variant: Variant, sides: Sides, before: Sequence[Row]) -> Check:
    if condition.kind == "must_pass":
        return check_must_pass(condition, sides)
    if condition.kind in ("errors", "error_rate"):
        return _check_errors(condition, run, variant, before)
    return check_level(condition, sides) if condition.kind == "level" else check_change(condition, sides)


def _check_errors(condition: Condition, run: Run, variant: Variant, baseline: Sequence[Row]) -> Check:
    """Infrastructure where no answer came. Answers that came and cannot be used are the variant's own doing: a
    regression, and by default only where there are more of them than in the baseline."""
    rows = [row for row in run.rows if row.variant == variant]
    errors = [row for row in rows if row.outcome == "error"]
    unusable = [row for row in errors if not is_infrastructure(row.error)]
    before = sum(row.outcome == "error" and not is_infrastructure(row.error) for row in baseline)
    figure = float(len(errors)) if condition.kind == "errors" else len(errors) / len(rows)
    verdict: Verdict = "ok"
    if condition.hit(figure):
        verdict = "infrastructure" if len(errors) > len(unusable) or not errors else "regression"
        if verdict == "regression" and condition is ANY_ERROR and len(unusable) <= before:
            verdict = "ok"
    kinds = "、".join(f"{kind}×{times}" for kind, times in error_types(rows).items())
    reason = f"{len(rows)} 条里出错 {len(errors)} 条"
    if errors:
        reason += f"（{kinds}）；不是 0 分，没有计入任何分数"
    if unusable:
        reason += f"；其中 {len(unusable)} 条答了但不能用" + (f"，基线 {before} 条" if baseline else "")
    return Check(
        condition=condition.text,
        variant=variant.name,
        verdict=verdict,
        reason=reason,
        n=len(rows),
        value=figure,
        cases=tuple(Offender(row.case_id, f"第 {row.sample + 1} 个样本出错：{row.error}") for row in errors),
    )


def _whole(run: Run, title: str) -> list[Check]:
    """A check that fails when rows are lacking, doubled or none; none when the run is whole."""
    twice = repeated(run)
    if run.rows and run.planned == len(run.rows) and not twice:
        return []
    lacking = f"计划 {run.planned} 条，有结果 {len(run.rows)} 条"
    hint = f"先跑完：wenan eval run --resume {run.id}"
    reason = f"{title}评测 {run.id} 里有重复的结果" if twice else f"{title}评测 {run.id} 没跑完：{lacking}；{hint}"
    verdict: Verdict = "infrastructure"
    cases = tuple(Offender(case_id, "同一个样本有两条结果") for case_id in twice)
    return [Check(condition="跑完", variant="", verdict=verdict, reason=reason, n=len(run.rows), cases=cases)]


def _counterpart(arm: Arm, run: Run, baseline: Run | None) -> Arm | None:
    if baseline is None:
        return None
    found = arms(baseline)
    if len(found) == len(arms(run)) == 1:
        return found[0]
    return next((one for one in found if one.variant == arm.variant), None)


def _notes(run: Run, baseline: Run | None, wanted: Sequence[Condition]) -> tuple[str, ...]:
    notes = []
    if all(one.kind in ("errors", "error_rate", "must_pass") for one in wanted):
        notes.append('没有写指标条件，只查了出错和必过用例；用 --fail-if 写条件，如 --fail-if "facts.precision < .98"')
    if baseline and baseline.suite_sha256 != run.suite_sha256:
        notes.append("基线用的评测集内容不同：只按用例编号配对，改过的用例比出来的不全是方案的差别")
    return tuple(notes)
