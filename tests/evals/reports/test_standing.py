"""Whether a run is whole is asked before anything else, and no percentage hides what is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.records import Row, Run, Score, Variant
from evals.reports.figures import figure, percent
from evals.reports.outcomes import not_applicable, verdict
from evals.reports.report import prepare
from evals.reports.standing import standing
from evals.reports.summary import arms, cell
from evals.reports.wording import headline
from knowledge_base.errors import StorageError
from tests.evals.reports.runs import run_of

A, B = Variant("甲", "m"), Variant("乙", "m")


def row(case: int, variant: Variant = A, *scores: Score, error: str = "") -> Row:
    return Row(
        key=f"{case}{variant}", case_id=str(case), variant=variant, sample=0, outcome="error" if error else "scored",
        scores=scores, error=error,
    )  # fmt: skip


@given(st.lists(st.sampled_from(["scored", "error"]), max_size=20), st.integers(0, 20))
def test_planned_is_scored_and_errored_and_missing(outcomes: list[str], missing: int) -> None:
    rows = [row(i, A, error="Timeout：慢" if one == "error" else "") for i, one in enumerate(outcomes)]
    found = standing(run_of(rows, planned=len(rows) + missing))
    assert found.planned == found.scored + found.errored + found.missing
    assert (found.scored, found.errored, found.missing) == (outcomes.count("scored"), outcomes.count("error"), missing)
    assert found.complete is (missing == 0)
    assert found.clean is (missing == 0 and "error" not in outcomes)
    assert bool(found.notices) is (not found.clean or not rows)


@pytest.mark.parametrize(
    "run",
    [
        run_of([row(1), row(1)], planned=2),
        run_of([row(1), row(2)], planned=1),
    ],
    ids=["a row twice", "more rows than planned"],
)
def test_a_run_that_contradicts_itself_gets_no_report(run: Run) -> None:
    with pytest.raises(StorageError, match="自相矛盾"):
        prepare(run)


def test_errors_are_named_by_type_the_most_frequent_first() -> None:
    rows = [row(i, error="RateLimitError：满") for i in range(3)] + [row(9, error="Timeout: slow")]
    assert standing(run_of(rows)).errors == (("RateLimitError", 3), ("Timeout", 1))


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "—"), (0, 5, "0 %"), (5, 5, "100 %"), (1999, 2000, "99.9 %"), (1, 5000, "< 0.1 %"), (1, 3, "33.3 %")],
)
def test_percentages_reach_their_ends_only_exactly(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


@given(st.integers(1, 10**6).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_only_all_is_a_hundred(pair: tuple[int, int]) -> None:
    assert (percent(*pair) == "100 %") is (pair[0] == pair[1])
    assert (percent(*pair) == "0 %") is (pair[0] == 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "—"), (0.0, "0"), (1.0, "1"), (-0.0412, "−0.041"), (12.34, "12.3"), (1234.5, "1,234"), (1e-9, "0")],
)
def test_figures(value: float | None, text: str) -> None:
    assert figure(value) == text


def test_missing_values_are_not_zeros() -> None:
    rows = [row(1, A, Score("x", 0.5)), row(2, A, Score("x", None)), row(3, A), row(4, error="E：坏")]
    found = cell(arms(run_of(rows))[0], "x")
    assert (found.mean, found.n, found.missing, found.errored) == (0.5, 1, 2, 1)
    assert found.n + found.missing + found.errored == len(rows)


def test_a_value_that_is_no_number_is_missing() -> None:
    found = cell(arms(run_of([row(1, A, Score("x", float("nan"))), row(2, A, Score("x", 1.0))]))[0], "x")
    assert (found.mean, found.n, found.missing) == (1.0, 1, 1)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((), "measured"),
        ((Score("a", 1.0),), "measured"),
        ((Score("a", 1.0, True), Score("b", 0.0)), "pass"),
        ((Score("a", 1.0, True), Score("b", 0.0, False)), "fail"),
        ((Score("a", 1.0, True), Score("judge.x", 0.0, False)), "pass"),
    ],
    ids=["nothing", "only measured", "passed", "one fails", "an advisory judge has no say"],
)
def test_verdicts(scores: tuple[Score, ...], expected: str) -> None:
    assert verdict(row(1, A, *scores), {"judge.x"}) == expected


def test_not_applicable_is_not_passed() -> None:
    assert not_applicable(row(1, A, Score("a", None, None, "没有可核对的说法")))
    assert not not_applicable(row(1, A, error="E：坏"))


def test_an_unfinished_run_has_no_conclusion() -> None:
    rows = [row(1, A, Score("x", 1.0, True)), row(1, B, Score("x", 1.0, True))]
    assert "还没跑完" in headline(prepare(run_of(rows, planned=4)))
    assert "100 %" in headline(prepare(run_of(rows)))


def test_an_arm_is_compared_with_its_namesake() -> None:
    base = run_of([row(1, A), row(1, B)], id="r_1")
    new = replace(run_of([row(1, A), row(1, B), row(1, Variant("丙", "m"))], id="r_2"))
    found = arms(new, base)
    assert [(arm.key, arm.reference) for arm in found] == [("A", ""), ("B", ""), ("C", "A"), ("D", "B"), ("E", "")]
    assert [arm.reference for arm in arms(new)] == ["", "A", "A"]


def test_pairs_that_lack_a_half_are_counted() -> None:
    run = run_of([row(1, A), row(2, A), row(3, A, error="E：坏"), row(1, B), row(3, B), row(4, B)])
    assert prepare(run).unpaired == {"B": 3}
