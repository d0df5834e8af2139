"""BG/NBD: the published figures, recovery of known parameters, and saying so when it does not fit."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge_base.audience.lifetime import Fit, fit, hold_out
from knowledge_base.audience.lifetime_report import lifetime_report
from knowledge_base.errors import BadInputError
from tests.knowledge_base.audience.shop_store import shop_store

Floats = Any


def customers(count: int, r: float, alpha: float, a: float, b: float, seed: int = 0) -> tuple[Floats, ...]:
    """Frequency, recency, age of invented customers, and their purchases in the 30 units after."""
    rng = np.random.default_rng(seed)
    rate, leave = rng.gamma(r, 1 / alpha, count), rng.beta(a, b, count)
    age = rng.uniform(20, 40, count)
    frequency, recency, later = np.zeros(count), np.zeros(count), np.zeros(count)
    for one in range(count):
        time = 0.0
        while True:
            time += rng.exponential(1 / rate[one])
            if time > age[one] + 30:
                break
            if time <= age[one]:
                frequency[one], recency[one] = frequency[one] + 1, time
            else:
                later[one] += 1
            if rng.random() < leave[one]:
                break
    return frequency, recency, age, later


@pytest.fixture(scope="module")
def cdnow() -> tuple[Floats, ...]:
    folder = os.environ.get("WENAN_BENCH_DATA")
    path = Path(folder or "", "cdnow", "cdnow_customers_summary.csv")
    if not folder or not path.is_file():
        pytest.skip("WENAN_BENCH_DATA")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return tuple(np.array([float(row[name]) for row in rows]) for name in ("frequency", "recency", "T"))


def test_published_figures_of_cdnow(cdnow: tuple[Floats, ...]) -> None:
    found = fit(*cdnow)
    assert found.customers == 2357
    published = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert {name: getattr(found, name) for name in published} == pytest.approx(published, rel=0.003)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.1)
    assert found.problems == ()


def test_published_expectation_of_one_customer() -> None:
    """x 2, t_x 30.43, T 38.86: 1.226 purchases in 39 weeks (the paper's own example)."""
    model = Fit(0.2426, 4.4136, 0.7929, 2.4259, 0.0, 1, (1,), (1.0,), True)
    one = [np.array([value]) for value in (2.0, 30.43, 38.86)]
    assert model.expected_purchases(39.0, *one)[0] == pytest.approx(1.226, abs=0.001)
    assert model.expected_purchases(0.0, *one)[0] == pytest.approx(0, abs=1e-9)


def test_known_parameters_come_back_and_predict() -> None:
    frequency, recency, age, later = customers(4000, 0.6, 8.0, 0.8, 2.5)
    found = fit(frequency, recency, age)
    assert found.problems == ()
    assert found.r / found.alpha == pytest.approx(0.6 / 8, rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(0.8 / 3.3, rel=0.25)
    checked = hold_out(found, frequency, recency, age, 30.0, later)
    assert checked.use
    assert checked.predicted == pytest.approx(checked.actual, rel=0.1)
    assert abs(checked.naive - checked.actual) > abs(checked.predicted - checked.actual)


def test_the_unit_of_time_does_not_matter() -> None:
    frequency, recency, age, _ = customers(800, 0.6, 8.0, 0.8, 2.5, seed=2)
    weeks, days = fit(frequency, recency, age), fit(frequency, recency * 7, age * 7)
    assert days.alpha == pytest.approx(weeks.alpha * 7, rel=0.02)
    found = weeks.expected_purchases(10, frequency, recency, age)
    np.testing.assert_allclose(days.expected_purchases(70, frequency, recency * 7, age * 7), found, rtol=0.02)


def test_alive_falls_with_silence_and_expectation_grows_with_time() -> None:
    model = Fit(0.25, 4.4, 0.8, 2.4, 0.0, 1, (1,), (1.0,), True)
    x, age = np.full(5, 3.0), np.full(5, 40.0)
    recency = np.array([1.0, 10, 20, 30, 40])
    alive = model.p_alive(x, recency, age)
    assert (np.diff(alive) > 0).all()
    assert ((alive > 0) & (alive < 1)).all()
    assert model.p_alive(np.zeros(1), np.zeros(1), np.array([40.0]))[0] == 1
    sums = [model.expected_purchases(t, x, recency, age).sum() for t in (1, 10, 50, 200)]
    assert sums == sorted(sums)


def test_says_so_when_it_does_not_fit() -> None:
    """Everybody buys either nothing more or exactly four times: no mixture of Poisson processes does that."""
    half = np.arange(1000) % 2 == 0
    frequency, age = np.where(half, 0.0, 4.0), np.full(1000, 40.0)
    found = fit(frequency, np.where(half, 0.0, 39.0), age)
    assert any("分布对不上" in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"recency": 50.0}, "矛盾"), ({"age": 0.0}, "矛盾"), ({"frequency": 0.0}, "太少|估计不出|矛盾")],
    ids=["last after the end", "no time", "last without a repeat"],
)
def test_impossible_histories(change: dict[str, float], message: str) -> None:
    data = {"frequency": np.full(200, 2.0), "recency": np.full(200, 10.0), "age": np.full(200, 40.0)}
    for name, value in change.items():
        data[name][0] = value
    with pytest.raises(BadInputError, match=message):
        fit(**data)


def test_too_few_customers() -> None:
    with pytest.raises(BadInputError, match="99 位"):
        fit(np.full(99, 2.0), np.full(99, 5.0), np.full(99, 9.0))


def test_report_of_a_shop(tmp_path: Path) -> None:
    shop = shop_store(tmp_path, 500)
    report = lifetime_report(shop.store, 30)
    assert report["customers"] > 200
    assert report["check"]["predicted"] == pytest.approx(report["check"]["actual"], rel=0.3)
    assert report["use"] == (shop.store.folder / "predictions" / "lifetime.parquet").is_file()
