"""However the events are cut into logs, and wherever they lie in the files, the features are the same."""

# ruff: noqa: DTZ001 - times are UTC without a zone
from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from knowledge_base.audience.features import history
from knowledge_base.audience.features.build import compute, default_cutoff
from knowledge_base.audience.features.history import MOST, read_history
from knowledge_base.audience.features.log import Columns
from knowledge_base.audience.features.sheet import Sheet
from knowledge_base.audience.store import AudienceStore

CUTOFF = datetime(2026, 10, 1, 3)


@pytest.mark.parametrize(
    ("limit", "value"),
    [("PIECE_EVENTS", 1), ("PIECE_EVENTS", 50), ("PIECE_EVENTS", 10**9), ("PIECE_CELLS", 1), ("PIECE_CELLS", 900)],
)
@pytest.mark.parametrize("timezone", ["Asia/Shanghai", "America/New_York"])
def test_pieces_do_not_show(
    full: AudienceStore, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, timezone: str
) -> None:
    whole = compute(full, timezone=timezone)
    monkeypatch.setattr(history, limit, value)
    assert_frame_equal(compute(full, timezone=timezone), whole, check_exact=True)


@pytest.mark.parametrize("limit", ["PIECE_EVENTS", "PIECE_CELLS"])
def test_pieces_hold_everybody_once(full: AudienceStore, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(history, limit, 200)
    found = read_history(full.events(), default_cutoff(full), "Asia/Shanghai")
    pieces = list(found.pieces())
    assert len(pieces) > 5
    assert [first for first, _ in pieces] == [0, *(last for _, last in pieces[:-1])]
    assert pieces[-1][1] == len(found.people)
    logs = [found.log(*piece) for piece in pieces]
    assert sum(len(log.code) + log.unread.sum() for log in logs) == full.counts()["events"]


def test_somebody_in_two_imports_is_one_person(full: AudienceStore, store: AudienceStore) -> None:
    events = full.events().collect()
    middle = events["time"].median()
    store.put_events(events.filter(pl.col("time") < middle))
    store.put_events(events.filter(pl.col("time") >= middle))
    cutoff = default_cutoff(full)
    apart, together = compute(store, cutoff), compute(full, cutoff)
    behaviour = [
        name
        for name in apart.columns
        if name.startswith(("events_", "hours_", "category:", "price_", "visits", "longest_"))
    ]
    assert len(behaviour) > 20
    users = apart.select("user")
    expected = users.join(together, on="user", how="left", maintain_order="left")
    assert_frame_equal(apart.select(behaviour), expected.select(behaviour))


def test_the_most_frequent_categories_get_columns_however_few_people_a_log_has(
    store: AudienceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Person n looks at category n, n times: each is alone with it.
    people = np.repeat(np.arange(1, 61), np.arange(1, 61))
    store.put_events(
        pl.DataFrame({"user": [f"{one:016x}" for one in people], "category": [f"类{one:02d}" for one in people]})
        .with_columns(time=pl.lit(datetime(2026, 9, 1)), action=pl.lit("阅读"))
    )  # fmt: skip
    monkeypatch.setattr(history, "PIECE_EVENTS", 100)
    names = [name for name in compute(store, CUTOFF).columns if name.startswith("category:")]
    assert names == [f"category:类{one:02d}" for one in range(61 - MOST, 61)]


def test_who_only_ordered_or_only_stands_in_the_list_has_a_row(full: AudienceStore) -> None:
    stranger, buyer = "0" * 16, "f" * 16
    full.put_users(pl.DataFrame({"user": [stranger], "joined": [datetime(2026, 1, 1)]}))
    full.put_orders(pl.DataFrame({"user": [buyer], "time": [datetime(2026, 9, 1)], "amount": [7.0], "quantity": [2]}))
    frame = compute(full, CUTOFF)
    assert frame["user"].is_sorted()
    assert frame["user"].is_unique().all()
    of_stranger, of_buyer = (frame.row(by_predicate=pl.col("user") == one, named=True) for one in (stranger, buyer))
    assert (of_stranger["events_total"], of_stranger["recency_days"], of_stranger["spent"]) == (0, None, 0)
    assert of_stranger["tenure_days"] == pytest.approx(273.125)
    assert (of_buyer["spent"], of_buyer["orders"], of_buyer["quantity_per_order"], of_buyer["visits"]) == (7, 1, 2, 0)


def test_a_sheet_puts_people_in_order_and_fills_gaps() -> None:
    from concurrent.futures import ThreadPoolExecutor

    groups = [pl.Series(["c", "a"]), pl.Series(["b", "a"])]
    sheet = Sheet(groups, wanted=lambda name: name != "unwanted", zero=lambda name: name == "count")
    first: Columns = {"count": np.array([3.0, 1.0]), "days": np.array([30.0, 10.0]), "unwanted": np.zeros(2)}
    sheet.put(first, slice(0, 2))
    sheet.put({"age": np.array([20.0, np.nan])}, sheet.places[1])
    with ThreadPoolExecutor(2) as pool:
        frame = sheet.frame(["days", "count", "age"], pool)
    assert sheet.names == ["count", "days", "age"]
    assert frame.to_dict(as_series=False) == {
        "user": ["a", "b", "c"],
        "days": [10.0, None, 30.0],
        "count": [1.0, 0.0, 3.0],
        "age": [None, 20.0, None],
    }
