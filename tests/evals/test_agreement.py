"""Kappa against worked examples and an independent formula; intervals that know what is independent."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from evals.agreement import agreement, kappa, many

LEVELS = ("1", "2", "3", "4", "5")
NUMBERS = (1.0, 2.0, 3.0, 4.0, 5.0)
# Tables with kappas worked out by hand: (po - pe) / (1 - pe).
KNOWN = {
    "po .7, pe .5": (((20, 5), (10, 15)), 0.4),
    "po .6, pe .54": (((45, 15), (25, 15)), 0.06 / 0.46),
    "po .6, pe .46": (((25, 35), (5, 35)), 0.14 / 0.54),
    "perfect": (((7, 0), (0, 3)), 1.0),
    "opposite": (((0, 5), (5, 0)), -1.0),
    "chance": (((25, 25), (25, 25)), 0.0),
}


def ratings(table: tuple[tuple[int, ...], ...]) -> tuple[list[str], list[str]]:
    cells = [(str(i + 1), str(j + 1)) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return [a for a, _ in cells], [b for _, b in cells]


def by_formula(first: list[str], second: list[str], *, quadratic: bool) -> float:
    """1 - mean disagreement / mean disagreement of all cross pairs, which is what weighted kappa says."""

    def apart(a: str, b: str) -> float:
        return (int(a) - int(b)) ** 2 if quadratic else float(a != b)

    seen = sum(apart(a, b) for a, b in zip(first, second, strict=True)) / len(first)
    chance = sum(apart(a, b) for a in first for b in second) / len(first) ** 2
    return 1 - seen / chance


@pytest.mark.parametrize(("table", "expected"), KNOWN.values(), ids=KNOWN.keys())
def test_known_tables(table: tuple[tuple[int, ...], ...], expected: float) -> None:
    first, second = ratings(table)
    found = agreement(first, second, ("1", "2"))
    assert found.kappa == pytest.approx(expected)
    assert found.table == table
    assert found.agreement == pytest.approx(sum(table[i][i] for i in range(2)) / found.n)


pairs = st.lists(st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS)), min_size=2, max_size=60)


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_kappa_is_statsmodels_and_the_formula(rated: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in rated], [b for _, b in rated]
    plain = agreement(first, second, LEVELS, resamples=10)
    ordered = agreement(first, second, LEVELS, levels=NUMBERS, resamples=10)
    if len({*first, *second}) == 1:
        assert plain.kappa is None is ordered.kappa
        assert plain.why
        return
    assert plain.kappa == pytest.approx(by_formula(first, second, quadratic=False))
    assert ordered.kappa == pytest.approx(by_formula(first, second, quadratic=True))
    table = np.array(plain.table)
    assert plain.kappa == pytest.approx(cohens_kappa(table, return_results=False))
    assert ordered.kappa == pytest.approx(cohens_kappa(table, wt="quadratic", return_results=False))


def test_a_near_miss_counts_less_than_a_far_one() -> None:
    people = ["1", "2", "3", "4", "5"] * 4
    near, far = people.copy(), people.copy()
    near[0], far[0] = "2", "5"
    assert (agreement(near, people, LEVELS, levels=NUMBERS).kappa or 0) > (
        agreement(far, people, LEVELS, levels=NUMBERS).kappa or 0
    )
    assert agreement(near, people, LEVELS).agreement == agreement(far, people, LEVELS).agreement


def test_uneven_levels_are_weighed_by_their_numbers() -> None:
    first, second = ["0", "1", "5", "0", "1", "5"], ["1", "1", "5", "0", "0", "5"]
    found = agreement(first, second, ("0", "1", "5"), levels=(0, 1, 5))
    assert found.kappa == pytest.approx(by_formula(first, second, quadratic=True))


def test_base_rates_are_of_each_rater() -> None:
    found = agreement(["1", "1", "1", "2"], ["1", "2", "2", "2"], ("1", "2", "3"))
    assert found.first == (0.75, 0.25, 0.0)
    assert found.second == (0.25, 0.75, 0.0)


def noisy(n: int, seed: int = 3) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(seed)
    people = rng.integers(1, 6, n)
    judge = np.where(rng.random(n) < 0.7, people, rng.integers(1, 6, n))
    return [*map(str, judge)], [*map(str, people)]


def test_the_interval_holds_the_kappa_and_narrows_with_more_labels() -> None:
    widths = []
    for n in (40, 160):
        found = agreement(*noisy(n), LEVELS, levels=NUMBERS)
        assert found.low is not None
        assert found.high is not None
        assert found.kappa is not None
        assert -1 <= found.low < found.kappa < found.high <= 1
        widths.append(found.high - found.low)
    assert widths[1] < widths[0]


def test_the_interval_is_the_same_every_time() -> None:
    judge, people = noisy(50)
    assert agreement(judge, people, LEVELS) == agreement(judge, people, LEVELS)


def test_drafts_of_one_case_are_no_independent_evidence() -> None:
    judge, people = noisy(40)
    cases = [f"c{i}" for i in range(40)]
    once = agreement(judge, people, LEVELS, cases=cases)
    copied = agreement(judge * 5, people * 5, LEVELS, cases=cases * 5)
    assert copied.n == 200
    assert copied.cases == 40
    assert (once.low, once.high) == pytest.approx((copied.low, copied.high))


def test_the_interval_covers() -> None:
    """Of simulated calibrations with 60 labels the intervals hold the true kappa about 95 times in 100."""
    rng = np.random.default_rng(11)
    # Judge equals people with probability .7, else uniform: nominal kappa is exactly .7.
    held = 0
    for _ in range(100):
        people = rng.integers(1, 6, 60)
        judge = np.where(rng.random(60) < 0.7, people, rng.integers(1, 6, 60))
        found = agreement([*map(str, judge)], [*map(str, people)], LEVELS, resamples=300)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.7 <= found.high
    assert held >= 87, "the binomial 99.9 % limit of .95 in 100"


def test_what_is_not_defined_is_none_with_a_reason() -> None:
    empty = agreement([], [], LEVELS)
    assert (empty.n, empty.kappa, empty.low) == (0, None, None)
    assert math.isnan(empty.agreement)
    same = agreement(["4"] * 20, ["4"] * 20, LEVELS, levels=NUMBERS)
    assert (same.agreement, same.kappa) == (1.0, None)
    assert "没有定义" in same.why
    one_sided = agreement(["4"] * 20, ["4"] * 10 + ["5"] * 10, LEVELS, levels=NUMBERS)
    assert one_sided.kappa == 0.0, "a judge that says one thing only agrees no better than chance"
    few = agreement(["1", "2", "3"], ["1", "2", "4"], LEVELS)
    assert few.low is None, "three cases give no interval"


def test_perfect_agreement_has_an_interval() -> None:
    people = [str(1 + i % 5) for i in range(40)]
    found = agreement(people, people, LEVELS, levels=NUMBERS)
    assert (found.kappa, found.low, found.high) == (1.0, 1.0, 1.0)


def test_ratings_must_fit() -> None:
    with pytest.raises(ValueError, match="pairs"):
        agreement(["1"], [], LEVELS)
    with pytest.raises(ValueError, match="categories"):
        agreement(["9"], ["1"], LEVELS)


def test_kappa_of_nothing() -> None:
    assert kappa(np.zeros((2, 2))) is None


def test_fleiss_of_three_people() -> None:
    assert many([["1", "1", "1"], ["2", "2", "2"]]) == pytest.approx(1.0)
    # By hand: P = (1 + 1/3 + 1/3 + 1) / 4 = 2/3, shares 7/12 and 5/12, Pe = 74/144; (P - Pe) / (1 - Pe) = 22/70.
    rated = [["1", "1", "1"], ["1", "1", "2"], ["1", "2", "1"], ["2", "2", "2"]]
    assert many(rated) == pytest.approx(22 / 70)
    assert many([]) is None
    assert many([["1", "1", "1"]]) is None
