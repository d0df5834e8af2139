"""The gate: what lets a run pass, what stops it, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bench.eval_stats import synthetic_run
from evals.gate import gate
from evals.gate_report import as_json, as_markdown, as_text
from evals.gate_values import GateResult
from evals.records import Run, Score, Variant
from knowledge_base.errors import UnknownIdError, UsageError
from tests.evals.stats.suites import passed, row, run, valued


def decide(new: Run, old: Run | None, *conditions: str, **options: Any) -> GateResult:
    options = dict[str, Any](higher_is_better={"latency": False}, resamples=2_000) | options
    found = gate(new, old, conditions, **options)
    for text in (as_text(found), as_markdown(found), json.dumps(as_json(found), ensure_ascii=False, allow_nan=False)):
        assert found.run_id in text.replace("\\", "")
    return found


def noisy(id: str, mean: float, n: int = 60, seed: int = 1, name: str = "m", spread: float = 0.05) -> Run:
    """Case difficulty is shared by all seeds."""
    base, random = np.random.default_rng(0).normal(0, 0.1, n), np.random.default_rng(seed)
    return valued(id, [float(one) for one in mean + base + random.normal(0, spread, n)], name)


@pytest.mark.parametrize(
    ("conditions", "code"),
    [
        (["m < .9"], 6),
        (["m < .7"], 0),
        (["m < .9 (95%)"], 6),
        (["m < .7 (95%)"], 0),
        (["m < .8 (95%)"], 7),
        (["m drop > 0 (95%)"], 6),
        (["m drop > 0.1 (95%)"], 7),
        (["m drop > 0.2 (95%)"], 0),
        (["m drop > 0"], 6),
        (["m drop > 0.2"], 0),
        (["m drop > 0.2 (95%)", "m < .9"], 6),
        (["m drop > 0.2 (95%)", "m < .8 (95%)"], 7),
        ([], 0),
    ],
    ids=str,
)
def test_exit_codes(conditions: list[str], code: int) -> None:
    """The run lies at .8, the baseline at .9."""
    found = decide(noisy("new", 0.8, seed=2), noisy("old", 0.9, seed=3), *conditions)
    assert found.exit_code == code


def test_an_interval_that_straddles_the_margin_decides_nothing() -> None:
    found = decide(noisy("new", 0.9, seed=2), noisy("old", 0.9, seed=3), "m drop > 0 (95%)")
    assert (found.verdict, found.exit_code) == ("inconclusive", 7)
    check = next(check for check in found.checks if "drop" in check.condition)
    assert check.interval is not None
    assert check.interval.low < 0 < check.interval.high
    assert "95% 区间" in check.reason
    assert "n = 60" in check.reason


def test_offending_cases_are_listed_the_worst_first() -> None:
    old = valued("old", [1.0] * 10)
    new = valued("new", [1.0] * 7 + [0.2, 0.9, 0.5])
    found = decide(new, old, "m drop > 0")
    assert found.offenders == ("c7", "c9", "c8")
    text = as_text(found)
    assert "c7：m 1 → 0.2" in text
    assert text.index("c7") < text.index("c9") < text.index("c8")


def test_a_level_names_the_cases_below_it() -> None:
    found = decide(valued("new", [1.0, 0.3, 0.9]), None, "m < .98")
    assert (found.exit_code, found.offenders) == (6, ("c1", "c2"))


def test_an_unchanged_prompt_passes_a_margin_of_zero() -> None:
    """Otherwise every replay of an unchanged prompt would be inconclusive."""
    same = [0.9, 1.0, 0.8] * 10
    found = decide(valued("new", same), valued("old", same), "m drop > 0 (95%)")
    assert found.exit_code == 0
    assert any("最多仍可能有 10%" in check.reason for check in found.checks)


def test_one_improvement_does_not_turn_a_pass_into_a_question() -> None:
    found = decide(valued("new", [1.0] * 30), valued("old", [1.0] * 29 + [0.5]), "m drop > 0 (95%)")
    assert found.exit_code == 0


def test_but_a_wanted_improvement_has_to_be_proved() -> None:
    same = [0.9] * 30
    assert decide(valued("new", same), valued("old", same), "m drop > -.05 (95%)").exit_code == 6
    assert decide(valued("new", same), valued("old", same), "m drop >= 0").exit_code == 6


def test_errors_are_infrastructure_not_failures() -> None:
    rows = [*(row(f"c{at}", Score("m", 1.0)) for at in range(9)), row("c9", error="上游 500: 挂了")]
    found = decide(run("new", rows), valued("old", [1.0] * 10), "m < .98", "m drop > 0 (95%)")
    assert (found.verdict, found.exit_code) == ("infrastructure", 4)
    assert found.offenders == ("c9",)
    assert "上游" in as_text(found)


def test_allowed_errors_do_not_hide_a_regression() -> None:
    rows = [*(row(f"c{at}", Score("m", 0.2)) for at in range(9)), row("c9", error="上游 500: 挂了")]
    assert decide(run("new", rows), None, "m < .98", "errors > 1").exit_code == 6
    assert decide(run("new", rows), None, "m < .98", "error_rate > 5%").exit_code == 4


def unreadable(id: str, times: int) -> Run:
    rows = [row(f"c{at}", Score("m", 1.0)) for at in range(20 - times)]
    return run(id, [*rows, *(row(f"c{20 - times + at}", error="Unparsable：读不出文案。") for at in range(times))])


@pytest.mark.parametrize(
    ("now", "before", "conditions", "code"),
    [
        (2, 0, [], 6),
        (2, None, [], 6),
        (2, 2, [], 0),
        (1, 2, [], 0),
        (2, 2, ["errors > 1"], 6),
        (2, 0, ["errors > 2"], 0),
    ],
)
def test_answers_that_cannot_be_used_are_the_prompts_own_doing(
    now: int, before: int | None, conditions: list[str], code: int
) -> None:
    """No rerun of the endpoint would mend them."""
    old = None if before is None else unreadable("old", before)
    assert decide(unreadable("new", now), old, *conditions).exit_code == code


def test_everything_in_error_is_infrastructure() -> None:
    rows = [row(f"c{at}", error="密钥不对") for at in range(9)]
    assert decide(run("new", rows), valued("old", [1.0] * 9), "m drop > 0 (95%)").exit_code == 4


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (run("new", [row("c0", Score("m", 1.0))], planned=500), valued("old", [1.0])),
        (valued("new", [1.0]), run("old", [row("c0", Score("m", 1.0))], planned=2)),
        (run("new", []), valued("old", [1.0])),
        (run("new", [row("c0", Score("m", 1.0))] * 2), valued("old", [1.0])),
    ],
    ids=["run unfinished", "baseline unfinished", "no rows", "doubled rows"],
)
def test_broken_runs_are_infrastructure(new: Run, old: Run) -> None:
    assert decide(new, old, "m < .5").exit_code == 4


def must(verdicts: Sequence[bool | None], case: bool = True, name: str = "spec") -> Run:
    return run(
        "new",
        [
            row("key", Score(name, 1.0, verdict, "少了标题", must_pass=not case), sample=at, must_pass=case)
            for at, verdict in enumerate(verdicts)
        ]
        + [row(f"c{at}", Score(name, 1.0, True)) for at in range(50)],
    )


@pytest.mark.parametrize("case", [True, False], ids=["case", "assertion"])
def test_one_failed_sample_of_a_must_pass_case_is_a_regression(case: bool) -> None:
    found = decide(must([True, True, False], case), None, "spec pass < .9")
    assert found.exit_code == 6
    assert found.offenders == ("key",)
    assert "第 3 个样本 spec 没过：少了标题" in as_text(found)
    assert decide(must([True, True, False], case), None, must_pass=False).exit_code == 0
    assert decide(must([True, True, True], case), None).exit_code == 0


def test_other_failures_of_a_case_with_a_must_pass_assertion_are_forgiven() -> None:
    new = run("new", [row("c", Score("a", 1.0, True, must_pass=True), Score("b", 0.0, False))])
    assert decide(new, None).exit_code == 0


def test_a_must_pass_case_without_a_verdict_or_left_out_is_inconclusive() -> None:
    assert decide(must([None]), None).exit_code == 7
    gone = replace(must([True]), rows=must([True]).rows[1:], planned=50)
    found = decide(gone, must([True]), "must_pass")
    assert found.exit_code == 7
    assert "这次没有跑" in as_text(found)


def test_uncalibrated_judges_cannot_gate() -> None:
    found = decide(
        noisy("new", 0.2, name="judge.tone"), noisy("old", 0.9, name="judge.tone"), "judge.tone drop > 0 (95%)"
    )
    assert found.exit_code == 7
    assert "不能用来拦" in as_text(found)
    assert decide(must([False], name="judge.tone"), None).exit_code == 7, "nor fail a must-pass case"


def test_a_calibrated_judge_gates() -> None:
    judges = {"judge": {"kappa": 0.71, "labels": 120}}
    new, old = (
        replace(noisy(id, mean, name="judge.tone"), settings={"judges": judges})
        for id, mean in (("new", 0.2), ("old", 0.9))
    )
    assert decide(new, old, "judge.tone drop > 0 (95%)").exit_code == 6


def timed(id: str, mean: float, model: str) -> Run:
    """Seconds of a model."""
    found = noisy(id, mean, name="latency")
    return replace(found, rows=tuple(replace(row, variant=Variant("", model)) for row in found.rows))


def test_lower_is_better() -> None:
    new, old = timed("new", 2.0, "deepseek"), timed("old", 1.0, "deepseek")
    assert decide(new, old, "latency rise > 0.5 (95%)").exit_code == 6
    assert decide(old, new, "latency rise > 0.5 (95%)").exit_code == 0
    with pytest.raises(UsageError, match="拦的是变好") as caught:
        decide(new, old, "latency drop > 0.5")
    assert "rise" in caught.value.hint
    for text in ("m drop > 0.5", "m rise > 0.5"):
        assert decide(noisy("new", 1.0), noisy("old", 1.0), text, higher_is_better={"m": None}).exit_code == 0
    with pytest.raises(UsageError, match="越高越好"):
        decide(noisy("new", 1.0), noisy("old", 1.0), "m rise > 0.5")


def test_metric_names() -> None:
    rows = [row("c", Score("facts.precision", 0.5), Score("facts.recall", 0.9), Score("spec.length", 1.0))]
    assert decide(run("new", rows), None, "spec < .9").exit_code == 0
    with pytest.raises(UsageError, match=r"facts 有好几项") as caught:
        decide(run("new", rows), None, "facts < .9")
    assert "facts.precision、facts.recall" in caught.value.hint
    with pytest.raises(UnknownIdError, match="precison"):
        decide(run("new", rows), None, "facts.precison < .9")


def test_drop_needs_a_baseline() -> None:
    with pytest.raises(UsageError, match="要和基线比"):
        decide(valued("new", [1.0]), None, "m drop > 0")


def test_too_many_missing_pairs_decide_nothing() -> None:
    """Scores that vanish on the hard cases must not look like an improvement."""
    old = valued("old", [0.9] * 20)
    new = valued("new", [0.9] * 15 + [None] * 5)
    found = decide(new, old, "m drop > 0 (95%)")
    assert found.exit_code == 7
    assert "另有 5 个用例没有分" in as_text(found)
    assert decide(valued("new", [0.9] * 19 + [None]), old, "m drop > 0 (95%)").exit_code == 0


def test_no_figure_at_all_is_inconclusive() -> None:
    assert decide(valued("new", [None] * 5), None, "m < .5").exit_code == 7
    assert decide(valued("new", [None] * 5), valued("old", [1.0] * 5), "m drop > 0").exit_code == 7


@pytest.mark.parametrize("n", [1, 2])
def test_tiny_suites_prove_nothing(n: int) -> None:
    assert decide(valued("new", [0.5] * n), valued("old", [0.9] * n), "m drop > 0 (95%)").exit_code == 7


def test_every_variant_has_to_pass_and_pairs_by_name() -> None:
    def two(id: str, second: float) -> Run:
        both = (Variant("p@1", "offline"), 0.9), (Variant("p@2", "offline"), second)
        return run(id, [row(f"c{at}", Score("m", value), variant=v) for at in range(8) for v, value in both])

    found = decide(two("new", 0.4), two("old", 0.9), "m drop > 0")
    assert [check.variant for check in found.checks if check.verdict == "regression"] == ["p@2 × offline"]
    lone = replace(two("old", 0.9), rows=two("old", 0.9).rows[::2], planned=8)
    assert decide(two("new", 0.9), lone, "m drop > 0").exit_code == 7


def test_pass_rates_gate() -> None:
    old = passed("old", {f"c{at}": [True] * 3 for at in range(40)})
    new = passed("new", {f"c{at}": [at % 4 != 0] * 3 for at in range(40)})
    assert decide(new, old, "m pass drop > 5% (95%)").exit_code == 6
    assert decide(new, old, "m pass < 80%").exit_code == 6
    assert decide(new, old, "m pass < 55% (95%)").exit_code == 0


def test_nothing_to_check_is_said() -> None:
    assert any("没有写指标条件" in note for note in decide(valued("new", [1.0]), None).notes)


def test_an_unchanged_system_is_rarely_called_a_regression() -> None:
    """A/A: 60 pairs of runs of the same system; 95 % intervals may call at most a few of them worse."""
    alarms = 0
    for seed in range(60):
        new, old = synthetic_run("new", 40, 2, 2 * seed), synthetic_run("old", 40, 2, 2 * seed + 1)
        alarms += decide(new, old, "s1 drop > 0 (95%)", resamples=1_000).exit_code == 6
    assert alarms <= 5
