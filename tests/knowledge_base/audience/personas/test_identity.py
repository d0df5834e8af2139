"""Segments keep their numbers over rebuilds, by the people they share."""

from __future__ import annotations

import json
import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.audience.personas.identity import identify, renumbered


def frame(column: str, groups: dict[int, range | list[int]]) -> pl.DataFrame:
    rows = [(f"{user:016x}", group) for group, users in groups.items() for user in users]
    return pl.DataFrame(rows, schema={"user": pl.String, column: pl.Int64}, orient="row")


@pytest.mark.parametrize(
    ("before", "now", "numbers", "gone"),
    [
        pytest.param({}, {0: range(30), 1: range(30, 50)}, {0: 1, 1: 2}, (), id="first build by size"),
        pytest.param(
            {1: range(30), 2: range(30, 60)}, {0: range(30, 60), 1: range(30)}, {0: 2, 1: 1}, (), id="swapped"
        ),
        pytest.param({1: range(30), 2: range(30, 60)}, {0: range(60)}, {0: 1}, (2,), id="two became one"),
        pytest.param(
            {1: range(60)}, {0: range(40), 1: range(40, 60)}, {0: 1, 1: 2}, (), id="one became two: the larger is it"
        ),
        pytest.param({1: range(30)}, {0: range(100, 130)}, {0: 2}, (1,), id="other people are another segment"),
        pytest.param({5: range(30)}, {0: range(25), 1: range(50, 90)}, {1: 1, 0: 5}, (), id="holes are filled once"),
        pytest.param(
            {1: range(30)}, {0: range(20), -1: range(20, 30)}, {0: 1}, (), id="people in no segment count for none"
        ),
    ],
)
def test_numbers(
    before: dict[int, range], now: dict[int, range], numbers: dict[int, int], gone: tuple[int, ...]
) -> None:
    found = identify(frame("segment", dict(now)), frame("number", dict(before)) if before else None)
    assert found.numbers == numbers
    assert found.gone == gone
    assert renumbered(frame("segment", dict(now)), found).height == sum(len(v) for k, v in now.items() if k >= 0)


def test_numbers_given_once_are_never_given_to_others() -> None:
    found = identify(frame("segment", {0: range(20)}), None, frozenset({1, 2}))
    assert found.numbers == {0: 3}


@given(st.integers(2, 6), st.randoms(use_true_random=False), st.integers(0, 8))
def test_relabelled_groups_with_some_people_moved_keep_their_numbers(k: int, rng: random.Random, moved: int) -> None:
    before = {number: list(range(number * 100, number * 100 + 40)) for number in range(1, k + 1)}
    labels = list(range(k))
    rng.shuffle(labels)
    now: dict[int, list[int]] = {label: [] for label in labels}
    for label, users in zip(labels, before.values(), strict=True):
        now[label] += users[moved:]
        for user in users[:moved]:
            now[rng.choice(labels)].append(user)
    found = identify(frame("segment", dict(now)), frame("number", dict(before)))
    assert {found.numbers[label]: label for label in labels} == dict(zip(before, labels, strict=True))


def test_segments_found_anew_keep_the_personas_numbers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Same people, another seed and so other labels; the report, the groups and the cards go by the old numbers."""
    from knowledge_base.audience import parts
    from knowledge_base.audience.personas import keep
    from knowledge_base.audience.personas.card import PersonaCard, Statement
    from knowledge_base.audience.personas.segmenting import SEGMENTS, find_segments
    from tests.knowledge_base.audience.shop_store import shop_store

    store = shop_store(tmp_path_factory.mktemp("again"), 400).store
    find_segments(store, method="kmeans", ks=(5,))
    first = pl.read_parquet(store.folder / SEGMENTS)
    # As if an earlier build had called them 11 to 15.
    members = first.select("user", number=15 - pl.col("segment"))
    parts.write(members.lazy(), store.workspace.data / keep.FOLDER / keep.MEMBERS)
    card = PersonaCard(id="segment:11", size=80, share=0.2, statements=(Statement("name", "name", "甲"),))
    keep.save(store.workspace.data, keep.Kept(at="2026-11-01", file="x.yaml", cards=(card,), taken=frozenset({11})))
    report = find_segments(store, method="kmeans", ks=(5,), seed=3)
    assert [one["id"] for one in report["segments"]] == [f"segment:{number}" for number in range(11, 16)]
    again = pl.read_parquet(store.folder / SEGMENTS).join(members, on="user")
    assert (again["segment"] + 1 == again["number"]).mean() > 0.95  # type: ignore[operator]
    sizes = dict(again.group_by("segment").len().iter_rows())
    assert {one["id"]: one["size"] for one in report["segments"]} == {
        f"segment:{segment + 1}": size for segment, size in sizes.items()
    }
    assert json.dumps(report)
    store.close()
