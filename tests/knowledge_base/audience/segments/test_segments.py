"""Segments: the shop's true ones are found, odd shapes too, none is small, and each is described by what differs."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score

from knowledge_base.audience.features.build import compute
from knowledge_base.audience.segments import kmeans
from knowledge_base.audience.segments.cluster import cluster
from knowledge_base.audience.segments.describe import cramers_v, leanings, smd
from knowledge_base.audience.segments.matrix import habit_columns, standardised
from knowledge_base.audience.segments.segment import Segments, segment
from knowledge_base.errors import BadInputError, UsageError
from tests.knowledge_base.audience.shop_store import ShopStore, shop_store


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ShopStore:
    return shop_store(tmp_path_factory.mktemp("shop"), 600)


@pytest.fixture(scope="module")
def found(shop: ShopStore) -> Segments:
    return segment(compute(shop.store), users=shop.store.users().collect(), events=shop.store.events())


def test_the_true_segments_are_found(shop: ShopStore, found: Segments) -> None:
    truth = [shop.segment[user] for user in found.users["user"]]
    assert adjusted_rand_score(truth, found.users["segment"].to_numpy()) >= 0.8
    assert found.clustering.stability >= kmeans.STABLE
    assert sum(one.size for one in found.segments) == found.users.height


def test_descriptions_say_what_was_planted(shop: ShopStore, found: Segments) -> None:
    """The night readers save, the young mothers comment, the skin-care readers look at nothing else."""
    by_truth = {}
    for one in found.segments:
        users = found.users.filter(pl.col("segment") == one.number)["user"]
        by_truth[int(np.bincount([shop.segment[user] for user in users]).argmax())] = one
    kaoyan, mama, _, camper, early = (by_truth[number] for number in range(5))
    assert any(row.feature == "hours_late" and row.effect > 2 for row in kaoyan.differences)
    assert any("收藏" in phrase.text for phrase in kaoyan.sequences)
    assert any(row.attribute == "gender" and row.value == "女" for row in mama.leanings)
    assert any("评论" in phrase.text for phrase in mama.sequences)
    assert any(row.feature == "weekend_share" and row.effect > 1 for row in camper.differences)
    assert any(row.feature == "category:护肤" and row.here == 1 for row in early.differences)


def test_nothing_in_a_report_names_a_person(shop: ShopStore, found: Segments) -> None:
    text = str(found.as_dict())
    assert not [user for user in shop.segment if user in text]


@pytest.mark.parametrize("count", [2, 4, 6])
def test_blobs_by_k_means(count: int) -> None:
    values, truth = make_blobs(600, centers=count, n_features=4, cluster_std=0.8, center_box=(-12, 12), random_state=3)
    made = cluster(values)
    assert made.method == "kmeans"
    assert adjusted_rand_score(truth, made.labels) > 0.95


def test_moons_by_density() -> None:
    values, truth = make_moons(800, noise=0.05, random_state=0)
    made = cluster((values - values.mean(axis=0)) / values.std(axis=0))
    assert made.method == "hdbscan"
    assert adjusted_rand_score(truth, made.labels) > 0.95


def test_no_structure_is_said() -> None:
    values = np.random.default_rng(0).normal(size=(600, 12))
    assert cluster(values).notes


@pytest.mark.parametrize(("small", "left_out"), [("merge", 0), ("drop", 12)])
def test_small_groups_are_merged_or_dropped(small: str, left_out: int) -> None:
    values = np.vstack(
        [np.random.default_rng(0).normal(place, 0.1, (size, 2)) for place, size in ((0, 90), (9, 60), (20, 12))]
    )
    made = cluster(values, method="kmeans", ks=(3,), smallest=20, small=small)  # type: ignore[arg-type]
    assert made.dropped == left_out
    assert made.count == 2
    assert (made.labels[-12:] == (-1 if left_out else 1)).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(40, 120), st.sampled_from(["merge", "drop"]))
def test_no_group_is_smaller_than_k(seed: int, rows: int, small: str) -> None:
    values = np.random.default_rng(seed).normal(size=(rows, 2)) ** 3
    made = cluster(values, method="kmeans", ks=(6, 3), smallest=15, small=small, seed=seed)  # type: ignore[arg-type]
    sizes = np.bincount(made.labels[made.labels >= 0])
    assert (sizes >= 15).all()
    assert (np.diff(sizes) <= 0).all()
    assert sizes.sum() + made.dropped == rows


def test_too_few_people() -> None:
    with pytest.raises(BadInputError, match="30 人"):
        cluster(np.zeros((30, 2)))


def test_protected_attributes_need_a_reason() -> None:
    frame = pl.DataFrame({"visits": [1.0, 2, 3], "age": [20.0, 30, 40]})
    with pytest.raises(UsageError, match="年龄"):
        standardised(frame, ("visits", "age"))
    assert standardised(frame, ("visits", "age"), reasons={"age": "童装按年龄"}).names == ("visits", "age")


def test_counts_of_activity_do_not_drown_habits() -> None:
    assert habit_columns(["reads", "clicks", "hours_late", "category:食品"]) == ("hours_late", "category:食品")
    assert habit_columns(["a", "b"]) == ("a", "b")


def test_effect_sizes() -> None:
    rng = np.random.default_rng(0)
    assert smd(rng.normal(1, 2, 20_000), rng.normal(0, 2, 20_000)) == pytest.approx(0.5, abs=0.05)
    assert cramers_v(np.array([[50.0, 0], [0, 50]])) == pytest.approx(1, abs=0.02)
    assert cramers_v(np.array([[25.0, 25], [25, 25]])) == 0


def test_a_value_of_few_people_is_hidden() -> None:
    frame = pl.DataFrame({"city": ["甲"] * 10 + ["乙"] * 90})
    inside = np.arange(100) < 30
    assert [row.value for row in leanings(frame, inside, smallest=5)] == ["甲"]
    assert leanings(frame, inside, smallest=20) == ()
