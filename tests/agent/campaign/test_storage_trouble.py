"""Disk full, a journal that turns read-only, a clock that jumps: a clear stop, and the same command goes on."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.campaign.ledger import Ledger
from agent.storage import group
from agent.storage.connection import connect
from tests.agent.campaign.batch_endpoint import BatchEndpoint, Writer
from tests.agent.campaign.loopback import serving
from tests.agent.campaign.setup import KEY, rows, use_endpoint, write_plan
from tests.conftest import Ran

Wenan = Callable[..., Ran]
UNITS = 32


@pytest.fixture
def folder(sample_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(KEY, "sk-test")
    return sample_dir


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets the ledger grow by so many pages and no further: SQLite itself then reports a full disk."""

    def limited(pages: int) -> None:
        def connected(path: Path) -> tuple[sqlite3.Connection, bool]:
            connection, indexed = connect(path)
            now = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {now + pages}")
            return connection, indexed

        monkeypatch.setattr(group, "connect", connected)

    return limited


def sound(folder: Path) -> None:
    """Nothing is broken, and what was answered is there once."""
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]
    assert rows(folder, "PRAGMA foreign_key_check") == []
    query = "SELECT unit, slot, count(*) FROM attempts WHERE state = 'answered' GROUP BY unit, slot HAVING count(*) > 1"
    assert rows(folder, query) == []


def written(folder: Path) -> int:
    query = (
        "SELECT count(*) FROM units u JOIN drafts d ON d.id = u.draft_id WHERE u.state IN ('passed', 'needs_review')"
    )
    return int(rows(folder, query)[0][0])


@pytest.mark.parametrize("pages", [20, 60, 100], ids=lambda pages: f"{pages} pages")
def test_a_full_disk_stops_clearly_and_goes_on(
    folder: Path, wenan: Wenan, full_disk: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    endpoint = Writer({"ok": 1})
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub")
        full_disk(pages)
        ran = wenan("campaign", "run", str(plan))
        assert ran.code == 5
        assert "磁盘满了" in ran.err
        assert "腾出空间" in ran.err
        sound(folder)
        assert written(folder) < UNITS
        monkeypatch.setattr(group, "connect", connect)
        ran = wenan("campaign", "run", str(plan))
        assert ran.code == 0, ran.err
    assert written(folder) == UNITS
    sound(folder)
    # Asked twice is only what left and whose answer found no room: the ledger calls it possibly paid.
    unsettled = rows(folder, "SELECT count(*) FROM attempts WHERE state = 'sent'")[0][0]
    assert rows(folder, "SELECT count(*) FROM attempts") == [(endpoint.total,)], "no row without a request either"
    assert sum(count - 1 for count in endpoint.prompts.values()) <= unsettled


def test_a_disk_full_from_the_start_asks_nothing(
    folder: Path, wenan: Wenan, full_disk: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = Writer({"ok": 1})
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub")
        full_disk(0)
        ran = wenan("campaign", "run", str(plan))
    assert ran.code == 5
    assert endpoint.total == 0


def test_a_full_disk_while_a_batch_comes_in(
    folder: Path, wenan: Wenan, full_disk: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers are on the platform still: they are fetched again, not paid again."""
    platform = BatchEndpoint()
    with serving(platform) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub")
        assert wenan("campaign", "plan", str(plan)).code == 0
        full_disk(50)
        ran = wenan("campaign", "run", str(plan), "--batch", "--poll", "0.02")
        assert (ran.code, "磁盘满了" in ran.err) == (5, True), ran.err
        sound(folder)
        monkeypatch.setattr(group, "connect", connect)
        ran = wenan("campaign", "run", str(plan), "--batch", "--poll", "0.02")
        assert ran.code == 0, ran.err
    assert written(folder) == UNITS
    assert set(platform.made.values()) == {1}
    assert platform.chat.total == 0
    sound(folder)


@pytest.mark.parametrize("after", [1, 7, 20])
def test_a_journal_that_turns_read_only_stops_clearly(
    folder: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    sent, calls = Ledger.sent, itertools.count(1)

    async def turning(self: Ledger, *args: Any) -> None:
        if next(calls) == after:
            await self._writer.run(lambda connection: connection.execute("PRAGMA query_only = ON") and None)
        await sent(self, *args)

    endpoint = Writer({"ok": 1})
    with serving(endpoint) as url:
        use_endpoint(folder, url)
        plan = write_plan(folder, model="stub")
        monkeypatch.setattr(Ledger, "sent", turning)
        ran = wenan("campaign", "run", str(plan))
        assert ran.code == 5
        assert "只读" in ran.err
        asked = endpoint.total
        assert asked < after, "no request leaves that could not be noted first"
        monkeypatch.setattr(Ledger, "sent", sent)
        assert wenan("campaign", "resume", "试写").code == 0
    assert written(folder) == UNITS
    sound(folder)


@pytest.mark.skipif(os.name == "nt" or getattr(os, "geteuid", lambda: 1)() == 0, reason="rights do not bind here")
def test_a_folder_without_rights_is_named(folder: Path, wenan: Wenan) -> None:
    plan = write_plan(folder)
    assert wenan("campaign", "run", str(plan)).code == 0
    database = folder / ".wenan" / "journal.db"
    database.chmod(0o400)
    database.parent.chmod(0o500)
    try:
        ran = wenan("campaign", "run", str(plan))
    finally:
        database.parent.chmod(0o700)
        database.chmod(0o600)
    assert ran.code == 5
    assert "journal.db" in ran.err


class Jumping(datetime):
    """A wall clock that is set back and forth by decades."""

    offsets: Iterator[int] = itertools.cycle([0, -9_000, 4_000, -1, 1, -4_000])

    @classmethod
    def now(cls, tz: Any = None) -> Jumping:
        moment = datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(days=next(cls.offsets))
        return cls.fromtimestamp(moment.timestamp(), tz)


def test_a_jumping_clock_loses_nothing(folder: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.storage.writes.datetime", Jumping)
    monkeypatch.setattr("agent.write.datetime", Jumping)
    plan = write_plan(folder)
    ran = wenan("campaign", "run", str(plan))
    assert ran.code == 0, ran.err
    assert written(folder) == UNITS
    assert wenan("campaign", "status", "试写").code == 0
    assert "新增 0，不变 32" in wenan("campaign", "run", str(plan)).err
    sound(folder)


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_a_campaign_without_dates_stays_on_its_day(
    folder: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """A clock set wrong, or midnight, must not make the whole list new and pay for it again."""
    plan = write_plan(folder, dates=None, products=["p-oat"])
    assert wenan("campaign", "run", str(plan)).code == 0

    class Other(date):
        @classmethod
        def today(cls) -> Other:
            moved = date.today() + timedelta(days=days)
            return cls(moved.year, moved.month, moved.day)

    monkeypatch.setattr("agent.campaign.verbs.date", Other)
    assert "新增 0，不变 16，收起 0" in wenan("campaign", "run", str(plan)).err
