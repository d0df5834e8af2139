"""Biases that are planted are found; where there is none, none is reported."""

from __future__ import annotations

import asyncio

import pytest

from evals.agreement_bias import consistency, length_bias, longer_preferred, position, share
from evals.judges.prefer import Preference
from tests.evals.judges.judging import pair_judge, sampled, vote


def results(n: int, choose: str) -> list[Preference]:
    """A judge that always says the same side, asked about n pairs."""
    judge, _ = pair_judge([vote(lambda first, second: choose)] * (2 * n))
    texts = [("图书馆没热水，冷水晃三下。" + "真" * i, "甄选好豆，极致醇香。" + "真" * i) for i in range(n)]
    return [asyncio.run(judge.compare(sampled(a), sampled(b))) for a, b in texts]


def test_a_judge_that_takes_the_first_is_found_out() -> None:
    found = position(results(10, "甲"))
    assert (found.pairs, found.swayed) == (10, 10)
    assert found.first is not None
    assert (found.first.k, found.first.n) == (20, 20)
    assert found.first.p < 0.001


def test_a_judge_of_content_has_no_place_effect() -> None:
    judge, _ = pair_judge([vote(lambda first, second: "甲" if "图书馆" in first else "乙")] * 2)
    found = position([asyncio.run(judge.compare(sampled("图书馆没热水。"), sampled("甄选好豆。")))])
    assert (found.swayed, found.first.k if found.first else None) == (0, 1)


def test_ties_and_failures_are_not_counted_as_choices() -> None:
    found = position([*results(2, "平"), Preference(winner=None, fault="error", why="500")])
    assert (found.pairs, found.swayed, found.first) == (2, 0, None)


def test_a_taste_for_length_shows_against_the_people() -> None:
    chars = [10, 20, 30, 40, 50, 60, 70, 80]
    people = [3, 4, 2, 5, 3, 4, 2, 4]
    found = length_bias(chars, [1, 1, 2, 3, 3, 4, 5, 5], people)
    assert found.judge is not None
    assert found.judge > 0.9
    assert found.people is not None
    assert abs(found.people) < 0.3
    assert length_bias(chars, [5] * 8, people).judge is None, "one level only has no rank"
    assert length_bias([10] * 8, people, people).judge is None
    assert length_bias(chars[:4], people[:4], people[:4]).judge is None


def test_the_longer_one_of_a_pair() -> None:
    sizes = [(10, 30), (30, 10), (20, 20), (5, 9), (9, 5)]
    found = longer_preferred(sizes, ["b", "a", "a", "tie", "b"])
    assert found is not None
    assert (found.k, found.n) == (2, 3), "ties and equal lengths decide nothing"
    assert longer_preferred([(1, 1)], ["a"]) is None


def test_shares_come_with_wilson_limits() -> None:
    found = share(8, 10)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert found.p == pytest.approx(0.109375)
    assert share(0, 0) is None


def test_self_consistency() -> None:
    found = consistency([["4", "4", "4"], ["3", "5", "4"], ["2"], []], levels=True)
    assert (found.things, found.same, found.spread) == (2, 1, 1.0)
    pairs = consistency([["a", "tie"], ["b", "b"]], levels=False)
    assert (pairs.things, pairs.same, pairs.spread) == (2, 1, 0.0)
