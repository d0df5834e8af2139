"""`wenan calendar` as a copywriter uses it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Ran

Wenan = Callable[..., Ran]


def events(ran: Ran) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in json.loads(ran.out)["events"]}


def test_fitting_products_and_quiet_days(sample_dir: Path, wenan: Wenan) -> None:
    ran = wenan("calendar", "--from", "2026-12-01", "--days", "30", "--format", "json")
    assert ran.code == 0, ran.err
    found = events(ran)
    assert [one["id"] for one in found["冬至"]["products"]] == ["p-soup"]  # type: ignore[attr-defined]
    assert found["国家公祭日"]["quiet"] is True
    assert found["国家公祭日"]["products"] == []
    offered = [one["id"] for one in found["双12"]["products"]]  # type: ignore[attr-defined]
    assert "p-porridge" in offered  # its offer runs from the 8th to the 12th
    assert "p-coffee" not in offered  # its offer ends in November
    text = wenan("calendar", "--from", "2026-12-01", "--days", "30").out
    assert "国家公祭日  这一天不做促销" in text


def test_an_unannounced_year_is_said_where_it_begins(workspace_dir: Path, wenan: Wenan) -> None:
    ran = wenan("calendar", "--from", "2030-12-20", "--days", "20")
    lines = [line for line in ran.out.splitlines() if not line.startswith("    ")]
    says = [i for i, line in enumerate(lines) if "还没有收录" in line]
    assert [lines[i].split()[1] for i in says] == ["2030", "2031"]
    assert says[0] == 0
    assert lines[says[1] - 1].startswith("2030-")
    assert lines[says[1] + 1].startswith("2031-01-01")


def test_a_year_without_events_is_still_said(workspace_dir: Path, wenan: Wenan) -> None:
    ran = wenan("calendar", "--from", "2031-01-02", "--days", "2")
    assert ran.out.count("2031 年放哪几天") == 1


def test_an_unannounced_year_is_a_field_of_the_json(workspace_dir: Path, wenan: Wenan) -> None:
    ran = wenan("calendar", "--from", "2031-01-01", "--days", "10", "--format", "json")
    assert "2031 年放哪几天" in ran.err
    assert json.loads(ran.out)["holidays_not_announced"] == [2031]
    assert "还没有收录" not in wenan("calendar", "--from", "2026-03-01").out


def test_last_years_copy_is_found_by_name_and_by_date(sample_dir: Path, wenan: Wenan) -> None:
    for notes in ("冬至那天发", "平常日子"):
        assert wenan("moments", "--product", "p-soup", "--persona", "u-mama", "--notes", notes, "--seed", "3").code == 0
    database = sqlite3.connect(sample_dir / ".wenan" / "journal.db")
    ids = [row[0] for row in database.execute("SELECT id FROM drafts ORDER BY id")]
    database.execute("UPDATE drafts SET created_at = '2025-12-18T08:00:00.000000+00:00' WHERE id = ?", (ids[0],))
    database.commit()
    database.close()
    found = events(wenan("calendar", "--from", "2026-12-20", "--days", "5", "--format", "json"))
    assert [one["id"] for one in found["冬至"]["written_before"]] == [ids[0]]  # type: ignore[attr-defined]


def test_looking_makes_no_journal(workspace_dir: Path, wenan: Wenan) -> None:
    assert wenan("calendar").code == 0
    assert not (workspace_dir / ".wenan" / "journal.db").exists()


def test_wrong_options_are_explained(workspace_dir: Path, wenan: Wenan) -> None:
    assert wenan("calendar", "--from", "明天").code == 2
    assert wenan("calendar", "--from", "0001-01-01").code == 2
    assert wenan("calendar", "--from", "9999-12-31").code == 2
    assert wenan("calendar", "--format", "xml").code == 2
