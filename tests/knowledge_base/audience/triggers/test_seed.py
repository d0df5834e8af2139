"""People known from imports fall asleep without ever being seen in the stream: once, and only who agreed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("polars")

import polars as pl

from knowledge_base.audience.store import AudienceStore, Import
from knowledge_base.audience.triggers.seed import imported
from knowledge_base.workspace import Workspace
from tests.knowledge_base.audience.triggers.streams import Shop, event, everybody, rules, told

ASLEEP = {"when": "沉睡", "after": "30d", "cooldown": "90d"}
NEWS = event("2026-11-01 12:00:00", "阅读", user="stream")
LATER = "2026-12-31 12:00:00"


def store_with(tmp_path: Path, *rows: tuple[str, str, str, str]) -> AudienceStore:
    """Rows of user, time (UTC), action, item."""
    store = AudienceStore.open(Workspace(tmp_path))
    columns = ["user", "time", "action", "item"]
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(pl.col("time").str.to_datetime())
    store.put_events(frame)
    return store


def shop(tmp_path: Path, store: AudienceStore, allowed: frozenset[str] | None = None) -> Shop:
    """A shop whose engine knows the imported data; `allowed` are those who agreed, None for all."""

    class Seeded(Shop):
        def open(self) -> None:
            super().open()
            self.engine._imported = imported(store)

    def agreed(users: Sequence[str]) -> frozenset[str]:
        return everybody(users) if allowed is None else frozenset(users) & allowed

    return Seeded(tmp_path / "t.db", rules(ASLEEP), allowed=agreed)


def test_who_was_seen_only_in_the_import_falls_asleep_once(tmp_path: Path) -> None:
    store = store_with(
        tmp_path,
        ("lately", "2026-10-20 04:00:00", "加购", "p"),
        ("lately", "2026-10-10 04:00:00", "阅读", "q"),
        ("long", "2026-08-01 04:00:00", "阅读", "p"),
        ("unread", "2026-10-20 04:00:00", "未读", "p"),
        ("after", "2026-11-05 04:00:00", "阅读", "p"),
    )
    one = shop(tmp_path, store)
    assert told(one.take([NEWS], "2026-11-02 12:00:00").hits) == []
    one.restart()
    taken = one.take([], LATER)
    # Who was asleep before the stream began is no news; what came after it began is the stream's to tell.
    assert told(taken.hits) == [("r0", "p", "2026-11-19 12:00:00"), ("r0", "p", "2026-12-01 12:00:00")]
    assert [hit.user for hit in taken.hits] == ["lately", "stream"]
    one.restart()
    assert one.take([], LATER).hits == []
    assert len(one.kept()) == 2


def test_a_sign_of_life_in_the_stream_puts_it_off(tmp_path: Path) -> None:
    one = shop(tmp_path, store_with(tmp_path, ("u", "2026-10-20 04:00:00", "加购", "p")))
    taken = one.take([NEWS, event("2026-11-10 12:00:00", "阅读", item="q", user="u")], LATER)
    assert [(hit.user, when) for hit, (_, _, when) in zip(taken.hits, told(taken.hits), strict=True)] == [
        ("stream", "2026-12-01 12:00:00"),
        ("u", "2026-12-10 12:00:00"),
    ]


def test_nothing_is_kept_of_who_did_not_agree(tmp_path: Path) -> None:
    store = store_with(tmp_path, *((user, "2026-10-20 04:00:00", "阅读", "p") for user in ("yes", "no")))
    one = shop(tmp_path, store, allowed=frozenset({"yes", "stream"}))
    one.take([NEWS], "2026-11-02 12:00:00")
    assert {row[0] for row in one.database.execute("SELECT user FROM people")} == {"yes", "stream"}
    assert {hit.user for hit in one.take([], LATER).hits} == {"yes", "stream"}


def test_a_later_import_brings_in_who_is_new_and_nobody_twice(tmp_path: Path) -> None:
    store = store_with(tmp_path, ("first", "2026-10-20 04:00:00", "阅读", "p"))
    one = shop(tmp_path, store)
    assert len(one.take([NEWS], "2026-11-25 12:00:00").hits) == 1
    store.put_events(
        pl.DataFrame({"user": ["second"], "time": [datetime(2026, 10, 30, 4)], "action": ["阅读"], "item": ["p"]})  # noqa: DTZ001
    )
    store.record([], done=Import(
        id="i", file="f.csv", sha256="0", kind="events", purpose=store.purpose, basis="", at=datetime.now(UTC),
        options={}, report={},
    ))  # fmt: skip
    one.restart()
    assert [hit.user for hit in one.take([], LATER).hits] == ["second", "stream"]
    assert len(one.kept()) == 3
