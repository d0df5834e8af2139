"""Traits: right signs, honest intervals, no finds among noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base.audience.features.build import compute
from knowledge_base.audience.trait_columns import traits_of
from knowledge_base.audience.traits import trait_lifts
from knowledge_base.errors import BadInputError, UsageError
from tests.knowledge_base.audience.shop_store import shop_store


def test_signs_of_the_planted_traits(tmp_path: Path) -> None:
    """Effects on the log-odds of buying a cart: 会员 +1.1, 领过券 +.8, 退过货 -1.1, 只看不买 -1.4, 关注满一年 0."""
    shop = shop_store(tmp_path, 2500)
    features = compute(shop.store)
    bought = features["cart_to_buy"].fill_null(0).to_numpy() > 0.3
    traits = traits_of(features["user"], shop.store.users().collect(), features.select("user"))
    found = {one.trait.removeprefix("标签："): one for one in trait_lifts(traits, bought).traits}
    verdicts = {name: found[name].verdict for name in shop.crowd.traits}
    expected = {"会员": "more", "领过券": "more", "退过货": "less", "只看不买": "less", "关注满一年": "unclear"}
    assert verdicts == expected
    for one in found.values():
        assert one.probability.low < one.probability.value < one.probability.high
        assert one.lift.low < one.lift.value < one.lift.high


def test_noise_is_hardly_ever_called_a_difference() -> None:
    rng = np.random.default_rng(0)
    called = 0
    for _ in range(40):
        bought = rng.random(400) < 0.2
        report = trait_lifts({f"t{n}": rng.random(400) < 0.3 for n in range(25)}, bought)
        called += any(one.verdict != "unclear" for one in report.traits)
    assert called <= 6, "5 % of families of tests, by chance up to 6 of 40"


def test_few_people_are_pulled_to_the_average() -> None:
    bought = np.zeros(1000, dtype=bool)
    bought[:100] = True
    bought[500:525] = True
    few = np.zeros(1000, dtype=bool)
    few[500:525] = True
    found = trait_lifts({"few": few}, bought).traits[0]
    assert found.buyers == found.users == 25
    assert 0.125 < found.probability.value < 0.75, "all 25 bought, yet the estimate is not 1"


def test_groups_below_k_are_not_reported() -> None:
    rng = np.random.default_rng(1)
    bought = rng.random(200) < 0.5
    rare = np.arange(200) < 19
    report = trait_lifts({"rare": rare, "nearly all": ~rare, "half": np.arange(200) < 100}, bought)
    assert report.too_small == ("rare", "nearly all")
    assert [one.trait for one in report.traits] == ["half"]


@pytest.mark.parametrize("bought", [np.zeros(5, dtype=bool), np.ones(5, dtype=bool), np.zeros(0, dtype=bool)])
def test_nothing_to_compare(bought: np.ndarray) -> None:
    with pytest.raises(BadInputError):
        trait_lifts({}, bought)


def test_protected_attributes_need_a_reason(tmp_path: Path) -> None:
    shop = shop_store(tmp_path, 60)
    features = compute(shop.store)
    users = shop.store.users().collect()
    assert not [name for name in traits_of(features["user"], users, features) if name.startswith(("gender", "age"))]
    named = traits_of(features["user"], users, features, {"gender": "检查"})
    assert {"gender：女", "gender：男"} <= set(named)
    with pytest.raises(UsageError):
        traits_of(features["user"], users, features, {"gender": " "})
