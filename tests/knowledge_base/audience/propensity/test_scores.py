"""Figures against scikit-learn and against their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score

from knowledge_base.audience.propensity import scores
from knowledge_base.audience.propensity.calibrate import calibrate

Cases = tuple[Any, Any]


@st.composite
def cases(draw: st.DrawFn) -> Cases:
    """Scores with ties, both outcomes present."""
    found = draw(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=4, max_size=60))
    outcome = np.array([yes for _, yes in found])
    outcome[:2] = [True, False]
    return np.array([score / 8 for score, _ in found]), outcome


@given(cases())
def test_auc_is_that_of_scikit_learn(case: Cases) -> None:
    ranking, outcome = case
    assert scores.auc(np.ones((1, len(outcome))), ranking, outcome)[0] == pytest.approx(roc_auc_score(outcome, ranking))


@given(cases())
def test_plain_area_is_that_of_scikit_learn(case: Cases) -> None:
    ranking, outcome = case
    assert scores.area(ranking, outcome) == pytest.approx(roc_auc_score(outcome, ranking))


def test_gains_are_paired() -> None:
    rng = np.random.default_rng(0)
    outcome, users = rng.random(400) < 0.3, np.arange(400)
    good = outcome + rng.normal(size=400)
    gains = scores.auc_gains(good, {"itself": good, "nothing": np.zeros(400)}, outcome, users, resamples=50)
    assert (gains["itself"].low, gains["itself"].value, gains["itself"].high) == (0, 0, 0)
    assert gains["nothing"].value == pytest.approx(roc_auc_score(outcome, good) - 0.5)
    assert gains["nothing"].low < gains["nothing"].value < gains["nothing"].high


@given(cases(), st.integers(0, 1000))
def test_weights_mean_copies(case: Cases, seed: int) -> None:
    ranking, outcome = case
    weights = np.random.default_rng(seed).integers(0, 4, len(outcome))
    weights[:2] = 1
    copies = np.repeat(np.arange(len(outcome)), weights)
    weighted = scores.figures(weights[None].astype(float), ranking, ranking, outcome, 0.5)
    copied = scores.figures(np.ones((1, len(copies))), ranking[copies], ranking[copies], outcome[copies], 0.5)
    for name in ("auc", "lift", "f1", "recall", "precision", "brier"):
        assert weighted[name] == pytest.approx(copied[name], nan_ok=True)


@given(cases())
def test_best_threshold_has_the_best_f1(case: Cases) -> None:
    ranking, outcome = case
    best = scores.best_threshold(ranking, outcome)
    reached = f1_score(outcome, ranking >= best, zero_division=0)
    assert reached == pytest.approx(max(f1_score(outcome, ranking >= one, zero_division=0) for one in set(ranking)))


def test_lift_takes_the_best_tenth() -> None:
    outcome = np.zeros(100, dtype=bool)
    outcome[:10] = True
    ones = np.ones((1, 100))
    assert scores.lift(ones, -np.arange(100.0), outcome)[0] == pytest.approx(10)
    assert scores.lift(ones, np.zeros(100), outcome)[0] == pytest.approx(1), "all alike: the tenth is like everybody"


def test_calibration_error_of_honest_and_boastful_probabilities() -> None:
    rng = np.random.default_rng(0)
    honest = rng.random(20_000)
    outcome = rng.random(20_000) < honest
    ones = np.ones((1, 20_000))
    assert scores.ece(ones, honest, outcome)[0] < 0.02
    assert scores.ece(ones, np.where(honest > 0.5, 0.99, 0.01), outcome)[0] > 0.2


@pytest.mark.parametrize("rows", [800, 20_000], ids=["few: sigmoid", "many"])
def test_calibration_repairs_boasting(rows: int) -> None:
    rng = np.random.default_rng(1)
    truth = rng.beta(2, 5, rows)
    outcome = rng.random(rows) < truth
    odds = truth / (1 - truth)
    boast = odds**3 / (1 + odds**3)
    repaired = calibrate(boast, outcome).apply(boast)
    assert np.abs(repaired - truth).mean() < np.abs(boast - truth).mean() / 3


def test_calibration_never_turns_the_ranking_round() -> None:
    ranking = np.linspace(0.01, 0.99, 400)
    outcome = ranking < 0.2
    found = calibrate(ranking, outcome).apply(ranking)
    assert (np.diff(found) >= 0).all()
    assert found.mean() == pytest.approx(outcome.mean(), abs=0.02)


def test_intervals_over_people_are_wider_when_rows_are_copies() -> None:
    rng = np.random.default_rng(2)
    ranking = rng.random(200)
    outcome = rng.random(200) < ranking
    apart = scores.measure(ranking, outcome, np.arange(200), 0.5)["auc"]
    tenfold = np.repeat(np.arange(200), 10)
    together = scores.measure(ranking[tenfold], outcome[tenfold], tenfold, 0.5)["auc"]
    pretended = scores.measure(ranking[tenfold], outcome[tenfold], np.arange(2000), 0.5)["auc"]
    assert together.high - together.low == pytest.approx(apart.high - apart.low, rel=0.25)
    assert pretended.high - pretended.low < (together.high - together.low) / 2
