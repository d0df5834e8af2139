"""Features mean what the catalogue says, and never look past the cut-off."""

# ruff: noqa: DTZ001 - times are UTC, or by the shop's clock, without a zone
from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base.audience.features.build import compute, default_cutoff
from knowledge_base.audience.features.catalogue import catalogue, describe
from knowledge_base.audience.ordering import by_person_and_second
from knowledge_base.audience.schemas import ACTIONS
from knowledge_base.audience.store import AudienceStore
from knowledge_base.errors import BadInputError, UnknownIdError

A, B = "a" * 16, "b" * 16
NOON = datetime(2026, 11, 18, 4, 0)
"""Wednesday noon by the shop's clock."""


def events(*rows: tuple[str, float, str, str, float]) -> pl.DataFrame:
    """(user, hours before noon, action, item, price); the category is the item's first letter."""
    return pl.DataFrame(
        [
            {"user": user, "time": NOON - timedelta(hours=hours), "action": action, "item": item, "category": item[:1],
             "price": price, "channel": "朋友圈"}
            for user, hours, action, item, price in rows
        ]
    )  # fmt: skip


SOME = events(
    (A, 49, "阅读", "x1", 10.0),
    (A, 48.9, "点击", "x1", 10.0),
    (A, 25, "阅读", "y1", 30.0),
    (A, 24.9, "加购", "y1", 30.0),
    (A, 24.8, "购买", "y1", 30.0),
    (A, 1, "加购", "x2", 20.0),
    (A, 0.5, "未读", "x2", 20.0),
    (B, 24 * 40, "阅读", "x1", 10.0),
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("events_total", 6), ("events_7d", 6), ("reads", 2), ("carts", 2), ("buys", 1), ("unread", 1),
        ("open_rate", 2 / 3), ("click_to_cart", 2), ("cart_to_buy", 0.5), ("recency_days", 1 / 24), ("visits", 3),
        ("active_days", 3), ("longest_streak", 3), ("current_streak", 3), ("carts_open", 1),
        ("cart_recency_days", 1 / 24), ("items", 3), ("categories", 2), ("category:x", 0.5), ("price_mean", 130 / 6),
        ("hours_morning", 1), ("hours_noon", 0), ("weekend_share", 0), ("last:加购", 1), ("last:购买", 0),
        ("channel:朋友圈", 1), ("spent", 30), ("purchase_days", 1), ("orders", 1), ("repeat_frequency", 0),
        ("repeat_age_days", 1), ("category_entropy", np.log(2)), ("trend_30d", 1),
    ],
)  # fmt: skip
def test_each_number_means_what_it_says(store: AudienceStore, name: str, value: float) -> None:
    store.put_events(SOME)
    row = compute(store, NOON).filter(pl.col("user") == A)
    assert row[name].item() == pytest.approx(value)


def test_nothing_to_measure_is_null_and_nothing_done_is_nought(store: AudienceStore) -> None:
    store.put_events(SOME)
    row = compute(store, NOON).row(by_predicate=pl.col("user") == B, named=True)
    assert (row["purchase_recency_days"], row["cart_recency_days"], row["message_chars"]) == (None, None, None)
    assert (row["buys"], row["spent"], row["messages"], row["events_30d"], row["current_streak"]) == (0, 0, 0, 0, 0)


def test_orders_stand_above_bought_events(store: AudienceStore) -> None:
    store.put_events(SOME)
    days = (20, 10, 10, 3)
    store.put_orders(
        pl.DataFrame(
            {"user": [B] * 4, "order": ["1", "2", "2", "3"], "time": [NOON - timedelta(days=day) for day in days],
             "item": ["x"] * 4, "quantity": [1, 1, 2, 3], "amount": [10.0, 20.0, 30.0, 40.0]}
        )
    )  # fmt: skip
    frame = compute(store, NOON)
    row = frame.row(by_predicate=pl.col("user") == B, named=True)
    assert (row["orders"], row["purchase_days"], row["repeat_frequency"], row["spent"]) == (3, 3, 2, 100)
    assert (row["repeat_recency_days"], row["repeat_age_days"], row["repeat_value"]) == (17, 20, 45)
    assert row["purchase_interval_days"] == 8.5
    assert row["quantity_per_order"] == pytest.approx(7 / 3)
    assert frame.row(by_predicate=pl.col("user") == A, named=True)["spent"] == 0


def test_nothing_after_the_cutoff_is_looked_at(full: AudienceStore) -> None:
    cutoff = datetime(2026, 9, 1)
    before = compute(full, cutoff)
    late = full.events().collect().with_columns(pl.col("time") + timedelta(days=120))
    full.put_events(late.filter(pl.col("time") >= cutoff))
    full.put_orders(full.orders().collect().with_columns(time=pl.lit(cutoff)))
    full.put_messages(full.messages().collect().with_columns(time=pl.lit(cutoff + timedelta(seconds=1))))
    after = compute(full, cutoff)
    assert after.equals(before)


def test_parts_and_order_of_rows_do_not_matter(full: AudienceStore, store: AudienceStore) -> None:
    shuffled = full.events().collect().sample(fraction=1.0, shuffle=True, seed=3)
    half = shuffled.height // 2
    store.put_events(shuffled[:half])
    store.put_events(shuffled[half:])
    cutoff = default_cutoff(full)
    names = [name for name in compute(store, cutoff).columns if not name.startswith("last:")]
    both = [
        one.filter(pl.col("events_total") + pl.col("unread") > 0).select(names)
        for one in (compute(store, cutoff), compute(full, cutoff).select(names))
    ]
    # What comes from the other three tables, which the second store does not have.
    elsewhere = ("purchase", "spent", "orders", "quantity", "repeat_", "message", "question", "tenure")
    kept = [name for name in names if not name.startswith(elsewhere)]
    from polars.testing import assert_frame_equal

    assert_frame_equal(both[0].select(kept), both[1].select(kept))


def test_columns_are_in_the_catalogue_and_leaks_are_left_out(full: AudienceStore) -> None:
    plain, all_ = compute(full), compute(full, leaks=True)
    assert all(describe(name) for name in all_.columns if name != "user")
    leaky = {feature.name for feature in catalogue() if feature.leaks_after}
    assert leaky
    assert leaky <= set(all_.columns)
    assert not leaky & set(plain.columns)
    families = {name.partition(":")[0] + ":{x}" if ":" in name else name for name in all_.columns}
    assert {feature.name for feature in catalogue()} <= families
    assert compute(full, names=["spent", "buys"]).columns == ["user", "spent", "buys"]


def test_unknown_names_and_no_data_are_errors(store: AudienceStore) -> None:
    with pytest.raises(BadInputError, match="还没有行为或订单数据"):
        compute(store)
    with pytest.raises(UnknownIdError):
        describe("event_total")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([A, B]), st.floats(0.01, 2000), st.sampled_from(ACTIONS), st.sampled_from(["x", "y"])
        ),
        min_size=1,
        max_size=40,
    )
)
def test_counts_and_shares_add_up(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, float, str, str]]
) -> None:
    from knowledge_base.workspace import Workspace

    with AudienceStore.open(Workspace(tmp_path_factory.mktemp("f"))) as store:
        store.put_events(events(*((*row, 5.0) for row in rows)))
        frame = compute(store, NOON)
    own = sum(action != "未读" for _, _, action, _ in rows)
    assert frame["events_total"].sum() == own
    assert frame["unread"].sum() == len(rows) - own
    active = frame.filter(pl.col("events_total") > 0)
    for prefix in ("hours_", "category:", "channel:", "last:"):
        names = [name for name in frame.columns if name.startswith(prefix)]
        if active.height:
            assert active.select(pl.sum_horizontal(names)).to_series().to_list() == pytest.approx([1.0] * active.height)
    assert (frame["longest_streak"] >= frame["current_streak"]).all()
    assert (frame["active_days"] >= frame["longest_streak"]).all()


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 10**10)), max_size=50))
def test_ordering_is_stable_whatever_the_size(pairs: list[tuple[int, int]]) -> None:
    code, second = (np.array([pair[place] for pair in pairs], dtype=np.int64) for place in (0, 1))
    found = by_person_and_second(code, second, np.arange(len(pairs)))
    assert found.tolist() == sorted(range(len(pairs)), key=lambda place: (*pairs[place], place))
