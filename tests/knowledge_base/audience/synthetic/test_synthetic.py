"""The invented shop is reproducible, and its data show its truth."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from knowledge_base import sample
from knowledge_base.audience.features.build import compute
from knowledge_base.audience.store import AudienceStore
from knowledge_base.audience.synthetic.export import write_shop
from knowledge_base.audience.synthetic.plan import END, plan
from tests.knowledge_base.audience.conftest import UNTIL, Made


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    one, two, other = (
        write_shop(tmp_path / name, users=30, seed=seed, until=UNTIL, days=60)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one.events.read_bytes() == two.events.read_bytes()
    assert one.truth.read_bytes() == two.truth.read_bytes()
    assert one.messages.read_bytes() == two.messages.read_bytes()
    assert one.events.read_bytes() != other.events.read_bytes()


def test_products_and_personas_are_the_sample_brands() -> None:
    known = {id for name in ("products.yaml", "personas.yaml") for id in _ids(sample.FOLDER / name)}
    for segment in plan().segments:
        assert {*segment.items, segment.persona} <= known


@pytest.mark.parametrize("segment", plan().segments, ids=lambda one: one.id)
def test_transitions_are_probabilities(segment) -> None:  # type: ignore[no-untyped-def]
    matrix = plan().transitions(segment)
    assert (matrix >= 0).all()
    assert matrix.sum(axis=1) == pytest.approx(1.0)
    assert (matrix[:, END] > 0).all()


def test_traits_move_purchases_as_the_truth_says(made: Made, full: AudienceStore) -> None:
    bought = compute(full, names=["carts", "buys"]).join(full.users().collect(), on="user")
    for name, effect in made.truth["traits"].items():
        has = pl.col("tags").fill_null("").str.contains(name)
        groups = bought.group_by(has.alias("has")).agg(rate=pl.col("buys").sum() / pl.col("carts").sum())
        rates = dict(groups.rows())
        if abs(effect) >= 0.8:
            assert (rates[True] > rates[False]) == (effect > 0), name


def test_segments_show_in_what_people_do(made: Made, full: AudienceStore) -> None:
    names = {full.pseudonyms.of_id(id): one["segment"] for id, one in made.truth["users"].items()}
    frame = compute(full).with_columns(segment=pl.col("user").replace_strict(names, default=None))
    means = frame.group_by("segment").agg(pl.col("hours_late", "hours_night", "weekend_share", "share_rate").mean())
    best = {name: means.sort(name)["segment"][-1] for name in means.columns if name != "segment"}
    assert best == {"hours_late": "kaoyan", "hours_night": "mama", "weekend_share": "camper", "share_rate": "camper"}


def _ids(path: Path) -> list[str]:
    import yaml

    return [row["id"] for row in yaml.safe_load(path.read_text(encoding="utf-8"))]
