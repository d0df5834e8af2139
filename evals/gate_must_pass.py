"""Must-pass cases and assertions: one failure is enough, whatever the averages say."""

from __future__ import annotations

from evals.gate_check import Sides
from evals.gate_language import Condition
from evals.gate_values import Check, Offender, Verdict
from evals.records import Row
from evals.stats.pairing import Case


def check_must_pass(condition: Condition, sides: Sides) -> Check:
    """Regression when one fails in any sample; inconclusive when it has no verdict, or only the baseline has it."""
    failed, unknown, n = [], [], 0
    for case_id, case in sides.new.cases.items():
        if not _marked(case):
            continue
        n += 1
        failures = [why for row in case.rows for why in _failures(row, sides)]
        if failures:
            failed.append(Offender(case_id, "；".join(dict.fromkeys(failures))))
        elif not any(_decisive(row, sides) for row in case.rows):
            unknown.append(Offender(case_id, "必过，却没有一项给出通过或不通过"))
    for case_id, case in sides.old.cases.items() if sides.old else ():
        if case_id not in sides.new.cases and _marked(case):
            unknown.append(Offender(case_id, "基线里的必过用例，这次没有跑"))
    verdict: Verdict = "regression" if failed else "inconclusive" if unknown else "ok"
    reason = f"{n} 个必过用例，{len(failed)} 个没过" if n else "没有必过用例"
    if unknown:
        reason += f"，{len(unknown)} 个无从判断"
    return Check(
        condition=condition.text,
        variant=sides.variant,
        verdict=verdict,
        reason=reason,
        n=n,
        value=float(len(failed)),
        cases=(*failed, *unknown),
    )


def _marked(case: Case) -> bool:
    return any(row.must_pass or any(score.must_pass for score in row.scores) for row in case.rows)


def _failures(row: Row, sides: Sides) -> list[str]:
    return [
        f"第 {row.sample + 1} 个样本 {score.scorer} 没过" + (f"：{score.explanation}" if score.explanation else "")
        for score in row.scores
        if score.passed is False and (row.must_pass or score.must_pass) and score.scorer not in sides.advisory
    ]


def _decisive(row: Row, sides: Sides) -> bool:
    """A row in error is counted with the errors, so it asks nothing more here."""
    return row.outcome == "error" or any(
        score.passed is not None and (row.must_pass or score.must_pass) and score.scorer not in sides.advisory
        for score in row.scores
    )
