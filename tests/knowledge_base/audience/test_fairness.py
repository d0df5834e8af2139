"""Fairness: what is a breach, what is chance, and what may be looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.audience.fairness import UNKNOWN, Policy, age_bands, allowed, audit
from knowledge_base.errors import BadInputError, UsageError


def people(shares: dict[str, tuple[int, int]]) -> tuple[Any, Any]:
    """Group -> (selected, people)."""
    selected = np.concatenate([np.arange(size) < hits for hits, size in shares.values()])
    labels = np.concatenate([np.full(size, name, dtype=object) for name, (_, size) in shares.items()])
    return selected, labels


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ({"女": (100, 1000), "男": (99, 1000)}, "ok"),
        ({"女": (300, 1000), "男": (100, 1000)}, "breach"),
        ({"女": (6, 30), "男": (4, 30)}, "watch"),
        ({"女": (300, 1000), "男": (0, 1000)}, "breach"),
        ({"女": (0, 1000), "男": (0, 1000)}, "ok"),
        ({"女": (300, 1000), "男": (1, 19)}, "too_small"),
        ({"女": (300, 1000), UNKNOWN: (1, 1000)}, "too_small"),
    ],
    ids=["alike", "a third", "a third, but few", "none of one", "nobody at all", "below k", "unknown is no group"],
)
def test_verdicts(shares: dict[str, tuple[int, int]], verdict: str) -> None:
    selected, labels = people(shares)
    report = audit(selected, {"gender": labels})
    other = next(row for row in report.rows if row.group != "女")
    assert other.verdict == verdict
    assert report.blocks == (verdict == "breach")
    assert not audit(selected, {"gender": labels}, policy=Policy(block=False)).blocks


def test_the_bound_is_the_shops_own() -> None:
    selected, labels = people({"女": (600, 2000), "男": (450, 2000)})
    assert audit(selected, {"gender": labels}, policy=Policy(bound=0.7)).breaches == ()
    assert audit(selected, {"gender": labels}, policy=Policy(bound=0.8)).blocks


def test_errors_count_even_when_rates_are_equal() -> None:
    """Half of each group is selected; among women it is the buyers, among men it is anybody."""
    rng = np.random.default_rng(0)
    outcome = rng.random(4000) < 0.5
    women = np.arange(4000) < 2000
    selected = np.where(women, outcome, rng.random(4000) < 0.5)
    labels = np.where(women, "女", "男").astype(object)
    assert audit(selected, {"gender": labels}).breaches == ()
    report = audit(selected, {"gender": labels}, outcome=outcome)
    men = next(row for row in report.rows if row.group == "男")
    assert men.miss_gap is not None
    assert men.miss_gap.low > 0.4
    assert report.blocks


def test_chance_hardly_ever_blocks() -> None:
    """Twelve regions, everybody with the same chance."""
    rng = np.random.default_rng(0)
    blocked = 0
    for _ in range(60):
        labels = rng.choice([f"r{n}" for n in range(12)], 1200).astype(object)
        blocked += audit(rng.random(1200) < 0.2, {"region": labels}).blocks
    assert blocked <= 6


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(20, 60)), min_size=2, max_size=5))
def test_intervals_hold_their_values(sizes: list[tuple[int, int]]) -> None:
    shares = {f"g{number}": (min(hits, size), size) for number, (hits, size) in enumerate(sizes)}
    selected, labels = people(shares)
    outcome = np.random.default_rng(0).random(len(selected)) < 0.5
    for row in audit(selected, {"region": labels}, outcome=outcome).rows:
        for one in (row.rate, row.ratio, row.miss_gap, row.alarm_gap):
            assert one is None or one.low - 1e-9 <= one.value <= one.high + 1e-9
        assert row.ratio.value <= 1 + 1e-9


def test_protected_attributes_need_a_reason() -> None:
    assert allowed(["visits", "gender=女"], {"gender": "女装"}) == ("gender=女",)
    for reasons in ({}, {"gender": " "}, {"age": "理由"}):
        with pytest.raises(UsageError, match="性别"):
            allowed(["gender=女"], reasons)


def test_age_bands() -> None:
    ages = np.array([17, 18, 24, 25, 54.9, 55, np.nan])
    assert age_bands(ages).tolist() == [
        "17岁及以下", "18-24岁", "18-24岁", "25-34岁", "45-54岁", "55岁及以上", UNKNOWN,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "section", [{"bound": 2}, {"bound": "高"}, {"block": "yes"}, {"limit": 0.8}, {"smallest": 1.5}, {"bound": True}]
)
def test_wrong_settings_are_named(section: dict[str, Any]) -> None:
    with pytest.raises(BadInputError) as caught:
        Policy.of(section)
    assert next(iter(section)) in caught.value.field


def test_settings() -> None:
    assert Policy.of({"bound": 0.9, "block": False}) == Policy(bound=0.9, block=False)


def test_groups_must_be_as_long_as_decisions() -> None:
    with pytest.raises(BadInputError):
        audit(np.ones(3, dtype=bool), {"gender": np.array(["女"], dtype=object)})
