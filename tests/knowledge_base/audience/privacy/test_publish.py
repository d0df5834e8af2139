"""Published counts are noisy, near enough, and stop when the budget is spent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from knowledge_base.audience.publish import publish
from knowledge_base.audience.schemas import ACTIONS
from knowledge_base.audience.store import AudienceStore
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import Workspace
from tests.conftest import Ran

READERS, BUYERS = 4000, 700


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WENAN_HOME", str(tmp_path))
    start = datetime.fromisoformat("2026-09-07T02:00:00")
    rows = [(f"{n:016x}", start + timedelta(minutes=n), "阅读", "p") for n in range(READERS)] * 2
    rows += [(f"{n:016x}", start + timedelta(minutes=n), "购买", "p") for n in range(BUYERS)]
    frame = pl.DataFrame(rows, schema=["user", "time", "action", "item"], orient="row")
    with AudienceStore.open(Workspace(tmp_path)) as store:
        store.put_events(frame.lazy())
    return tmp_path


def test_counts_are_near_and_not_always_the_same(shop: Path) -> None:
    with AudienceStore.open(Workspace(shop)) as store:
        found = [publish(store, "actions", 1.0) for _ in range(4)]
    assert set(found[0].people) == set(ACTIONS)
    far = 30 * found[0].scale  # once in 10^13
    for one in found:
        assert abs(one.people["阅读"] - READERS) < far
        assert abs(one.people["购买"] - BUYERS) < far
    assert len({tuple(one.people.values()) for one in found}) > 1
    assert [round(one.spent) for one in found] == [1, 2, 3, 4]


def test_the_budget_ends_it(shop: Path, wenan: Callable[..., Ran]) -> None:
    first = wenan("audience", "publish", "actions", "--epsilon", "3", "--json")
    assert first.code == 0
    assert json.loads(first.out)["spent"] == 3
    second = wenan("audience", "publish", "actions", "--epsilon", "3")
    assert (second.code, second.out) == (1, "")
    assert "隐私预算不够" in second.err


def test_segments_must_be_there(shop: Path) -> None:
    with AudienceStore.open(Workspace(shop)) as store:
        with pytest.raises(BadInputError, match="还没有分群"):
            publish(store, "segments", 0.5)
        assert store.database.execute("SELECT COUNT(*) FROM budget").fetchone()[0] == 0
