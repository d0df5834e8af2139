"""McNemar, Wilson, Holm and power against statsmodels and scipy; ranking, flakiness, judges."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

from evals.records import Score, Variant
from evals.stats.flaky import flakiness
from evals.stats.judges import advisory, uncalibrated
from evals.stats.measure import holm
from evals.stats.pairing import Paired, table
from evals.stats.power import MOST, chance, detectable, needed, power
from evals.stats.rank import rank
from evals.stats.verdicts import mcnemar_p, passes, wilson, wins
from tests.evals.stats.suites import OFFLINE, passed, row, run, valued


@pytest.mark.parametrize(("gained", "lost"), [(0, 1), (3, 9), (7, 7), (1, 20), (40, 25)])
def test_mcnemar_is_statsmodels(gained: int, lost: int) -> None:
    exact, mid = mcnemar_p(gained, lost)
    assert exact == pytest.approx(min(1, mcnemar([[5, gained], [lost, 8]], exact=True).pvalue))
    n = gained + lost
    found, gap = stats.binom.pmf(np.arange(n + 1), n, 0.5), np.abs(np.arange(n + 1) - n / 2)
    own = abs(gained - n / 2)
    assert mid == pytest.approx(found[gap > own].sum() + found[gap == own].sum() / 2), "half of what is as extreme"
    assert mid <= exact


def test_nothing_discordant_proves_nothing() -> None:
    assert mcnemar_p(0, 0) == (1, 1)


def test_a_case_passes_by_most_of_its_samples_and_an_even_split_is_left_out() -> None:
    paired = Paired(tuple("abcd"), np.array([1, 2 / 3, 0.5, 0]), np.array([1 / 3, 1, 1, 0]))
    found = passes(paired, None)
    assert (found.gained, found.lost, found.undecided) == ((), ("a",), ("c",))
    assert (found.both_pass, found.both_fail, found.n) == (1, 1, 4)
    assert found.rate_b - found.rate_a == pytest.approx(found.difference)


def test_wins_leave_ties_out_of_the_rate_but_count_them() -> None:
    found = wins(np.array([1, 1, 1, -1, 0, 0]))
    assert (found.wins, found.ties, found.losses, found.rate) == (3, 2, 1, 0.75)
    assert found.interval is not None
    wanted = proportion_confint(3, 4, method="wilson")
    assert (found.interval.low, found.interval.high) == pytest.approx(wanted)


def test_only_ties_have_no_win_rate() -> None:
    assert wins(np.zeros(5)).rate is None
    assert wins(np.zeros(5)).interval is None
    assert wilson(0, 0) is None


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]))


def test_holm_of_nothing() -> None:
    assert holm([]) == []


def test_thirty_cases_show_twelve_points_and_five_points_need_about_165() -> None:
    spread = 0.226
    assert detectable(30) * spread == pytest.approx(0.12, abs=0.002)
    assert 155 <= needed(0.05 / spread) <= 170


@pytest.mark.parametrize("effect", [0.05, 0.2, 0.5, 1.0, 3.0])
def test_needed_is_the_smallest_that_reaches_the_power(effect: float) -> None:
    n, test = needed(effect), TTestPower()
    assert test.power(effect, n, 0.05) >= 0.8
    assert n == 3 or test.power(effect, n - 1, 0.05) < 0.8


@pytest.mark.parametrize("n", [3, 4, 30, 120, 121, 2_000])
def test_detectable_has_eighty_percent_power(n: int) -> None:
    assert TTestPower().power(detectable(n), n, 0.05) == pytest.approx(0.8)


@pytest.mark.parametrize("n", [3, 4, 10, 30, 120, 500, 2_000])
def test_power_is_a_number_that_never_falls(n: int) -> None:
    found = [chance(shift / math.sqrt(n), n) for shift in np.linspace(0.1, 40, 60)]
    assert all(before <= after + 1e-9 for before, after in pairwise(found))
    assert found[-1] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("n", [3, 4, 30, 120])
@pytest.mark.parametrize("shift", [0.5, 2.0, 2.9, 6.0, 9.0])
def test_power_is_the_integral_over_the_sampled_spread(n: int, shift: float) -> None:
    limit = stats.t.ppf(0.975, n - 1)

    def rejected(squares: float) -> float:
        bound = limit * math.sqrt(squares / (n - 1))
        tails = stats.norm.sf(bound - shift) + stats.norm.cdf(-bound - shift)
        return float(tails * stats.chi2.pdf(squares, n - 1))

    assert chance(shift / math.sqrt(n), n) == pytest.approx(quad(rejected, 0, math.inf)[0], abs=1e-6)


@pytest.mark.parametrize("n", [3, 4, 30, 120, 2_000])
@pytest.mark.parametrize("shift", [0.1, 1.0, 2.8, 4.0])
def test_power_is_statsmodels(n: int, shift: float) -> None:
    effect = shift / math.sqrt(n)
    assert chance(effect, n) == pytest.approx(TTestPower().power(effect, n, 0.05), abs=1e-6)


def test_absurd_wishes_end() -> None:
    assert needed(1e-6) >= MOST


@pytest.mark.parametrize(
    ("a", "b"),
    [([0.5], [0.6]), ([0.5] * 9, [0.5] * 9), ([0.5] * 9, [0.7] * 9), ([0.0, 0, 0, -5], [0.0, 0, 0, 5])],
    ids=["one case", "all tie", "the same shift", "a baseline mean below zero"],
)
def test_no_plan_without_spread(a: list[float], b: list[float]) -> None:
    found = power(Paired(tuple(map(str, range(len(a)))), np.array(a), np.array(b)))
    assert (found is None) == (min(a) >= 0)


def test_flakiness_counts_cases_that_change_between_samples() -> None:
    found = flakiness(
        table(passed("r", {"a": [True, True], "b": [True, False], "c": [False]}), OFFLINE), "m", ["a", "b", "c"]
    )
    assert found is not None
    assert (found.cases, found.changed, found.share, found.verdict_changed) == (2, 1, 0.5, 1)
    assert found.spread == pytest.approx(math.sqrt(0.5 / 2))


def test_one_sample_cannot_tell_flakiness() -> None:
    assert flakiness(table(valued("r", [1.0, 2.0]), OFFLINE), "m", ["c0", "c1"]) is None


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ({"kappa": 0.7, "labels": 80}, ""),
        ({"kappa": 0.6, "labels": 50}, ""),
        ({"kappa": 0.59, "labels": 80}, "0.59"),
        ({"kappa": 0.9, "labels": 49}, "49"),
        ({"kappa": None, "labels": 80}, "没有"),
        ({"kappa": math.nan, "labels": 80}, "没有"),
        ({}, "没有"),
        (None, "没有"),
    ],
)
def test_a_judge_advises_until_it_is_calibrated(entry: Any, word: str) -> None:
    assert word in uncalibrated(entry)
    assert bool(uncalibrated(entry)) == bool(word)


def test_which_scorers_are_judges() -> None:
    names = ["judge.tone", "judge.tone.warmth", "facts.precision", "panel.hook", "judge.good"]
    found = advisory(
        run(
            "r",
            [row("c", *(Score(name, 1.0) for name in names))],
            judges={"panel": {"kappa": 0.2, "labels": 90}, "judge.good": {"kappa": 0.8, "labels": 90}},
        )
    )
    assert set(found) == {"judge.tone", "judge.tone.warmth", "panel.hook"}


def variants(*strength: float, n: int = 200, seed: int = 1) -> dict[str, Any]:
    """One table a variant; variant i beats j with the odds of their Bradley-Terry strengths (Gumbel noise)."""
    random = np.random.default_rng(seed)
    return {
        f"v{at}": table(valued(f"r{at}", list(own + random.gumbel(0, 1, n))), Variant("", "offline"))
        for at, own in enumerate(strength)
    }


def test_bradley_terry_recovers_planted_strengths() -> None:
    found = rank(variants(-1.0, 0.0, 1.0, n=600), "m", higher_is_better=True)
    assert [place.name for place in found.places] == ["v2", "v1", "v0"]
    assert [place.strength for place in found.places] == pytest.approx([1, 0, -1], abs=0.25)


def test_ranking_intervals_cover() -> None:
    inside, true = 0, {"v0": -0.5, "v1": 0.0, "v2": 0.5}
    for seed in range(20):
        found = rank(variants(*true.values(), n=60, seed=seed), "m", higher_is_better=True)
        inside += sum(place.low <= true[place.name] <= place.high for place in found.places)
    assert stats.binomtest(inside, 60, 0.95).pvalue > 0.001, inside


def test_lower_can_be_better_and_a_clean_sweep_stays_finite() -> None:
    tables = {name: table(valued(name, [value] * 10), OFFLINE) for name, value in (("x", 1.0), ("y", 2.0), ("z", 3.0))}
    found = rank(tables, "m", higher_is_better=False)
    assert [place.name for place in found.places] == ["x", "y", "z"]
    assert all(math.isfinite(place.low) and math.isfinite(place.high) for place in found.places)
    assert found.places[0].win_rate == 1


def test_ties_and_holes_in_a_ranking_are_said() -> None:
    tied = {name: table(valued(name, [0.5] * 6), OFFLINE) for name in "xyz"}
    assert "打平" in rank(tied, "m", higher_is_better=True).note
    tied["z"] = table(valued("z", [0.5] * 5 + [None]), OFFLINE)
    found = rank(tied, "m", higher_is_better=True)
    assert found.cases == 5
    assert [(pair.case_id, "z" in pair.reason) for pair in found.missing] == [("c5", True)]
    assert rank({"x": tied["x"]}, "m", higher_is_better=True).places == ()
