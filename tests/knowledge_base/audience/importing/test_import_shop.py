"""Importing a shop whose flaws are known: every one is found, counted and gone."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl
import pytest

from knowledge_base.audience.importing.importer import import_file, import_files
from knowledge_base.audience.importing.options import ImportOptions
from knowledge_base.audience.schemas import SCHEMAS, TABLES
from knowledge_base.audience.store import AudienceStore
from tests.knowledge_base.audience.conftest import Made

ASSUMED = ImportOptions(assume="测试")


@pytest.mark.parametrize(
    ("reason", "flaw"),
    [
        ("no_user", "no_user"),
        ("no_time", "no_time"),
        ("ancient", "ancient"),
        ("future", "future"),
        ("unknown_action", "unknown_action"),
        ("duplicate", "duplicates"),
        ("bot", "bots"),
    ],
)
def test_every_planted_flaw_is_counted(made: Made, store: AudienceStore, reason: str, flaw: str) -> None:
    report = import_file(store, made.shop.events, ASSUMED)
    assert report.dropped[reason] == made.truth["planted"][flaw]
    assert report.kept + sum(report.dropped.values()) == report.rows


def test_what_is_left_is_what_people_did(made: Made, store: AudienceStore) -> None:
    import_file(store, made.shop.events, ASSUMED)
    planted = made.truth["planted"]
    lost = sum(planted[flaw] for flaw in ("no_user", "no_time", "future", "ancient", "unknown_action"))
    assert store.counts()["events"] == sum(made.truth["events"].values()) - lost


def test_bots_are_named_with_their_rate(made: Made, store: AudienceStore) -> None:
    report = import_file(store, made.shop.events, ASSUMED)
    assert {bot["user"] for bot in report.bots} == {
        store.pseudonyms.of_id(one) for one in made.truth["planted"]["bot_ids"]
    }
    assert all(bot["per_minute"] > 50 for bot in report.bots)


def test_bots_stay_when_asked(made: Made, store: AudienceStore) -> None:
    report = import_file(store, made.shop.events, ImportOptions(assume="测试", keep_bots=True))
    assert "bot" not in report.dropped
    assert report.bots
    assert any("--keep-bots" in note for note in report.notes)


def test_typos_and_synonyms_are_mapped_and_listed(made: Made) -> None:
    changes = made.reports["events"].changes
    typos = {row["from"]: row["to"] for row in changes["类目"]}
    assert typos == {wrong: right for right, wrongs in made.truth["planted"]["typos"].items() for wrong in wrongs}
    synonyms = {row["from"]: row["to"] for row in changes["行为"] if row["to"]}
    assert synonyms == {word: action for action, words in made.truth["planted"]["synonyms"].items() for word in words}


def test_only_people_who_agreed_are_in(made: Made, full: AudienceStore) -> None:
    out = {full.pseudonyms.of_id(id) for kind in ("refused", "unlisted") for id in made.truth["consent"][kind]}
    assert out
    for table in TABLES:
        assert not out & set(full.read(table).collect()["user"])


def test_no_original_id_and_no_personal_data_are_stored(made: Made, full: AudienceStore) -> None:
    for table in TABLES:
        frame = full.read(table).collect()
        assert set(SCHEMAS[table]) == set(frame.columns)
        assert frame["user"].str.contains(r"^[0-9a-f]{16}$").all()
        text = frame.select(pl.concat_str(pl.selectors.string(), ignore_nulls=True)).to_series().str.join("").item()
        assert "oYXJ" not in text
        assert "1380000" not in text
    assert made.reports["users"].personal == ["昵称", "手机号"]


def test_the_same_files_again_change_nothing(made: Made, full: AudienceStore) -> None:
    before = full.counts()
    reports = list(import_files(full, made.shop.exports))
    assert all(report.already for report in reports)
    assert full.counts() == before
    assert len(full.imports()) == 4


def test_an_overlapping_export_adds_only_what_is_new(made: Made, store: AudienceStore) -> None:
    lines = [line for line in made.shop.events.read_text(encoding="utf-8-sig").splitlines() if "bot" not in line]
    half, whole = store.folder.parent / "half.csv", made.shop.events
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_text("\n".join(lines[: len(lines) // 2]), encoding="utf-8")
    first = import_file(store, half, ASSUMED)
    second = import_file(store, whole, ASSUMED)
    assert second.dropped["again"] == first.kept
    lost = sum(made.truth["planted"][name] for name in ("no_user", "no_time", "future", "ancient", "unknown_action"))
    assert store.counts()["events"] == sum(made.truth["events"].values()) - lost


def test_people_left_out_come_in_once_they_agree(made: Made, store: AudienceStore) -> None:
    events = [made.shop.events]
    (before,) = import_files(store, events)
    assert before.kept == 0
    list(import_files(store, [made.shop.users]))
    (after,) = import_files(store, events)
    assert after.kept == made.reports["events"].kept
    (again,) = import_files(store, events)
    assert again.already


def test_large_files_go_through_buckets_with_the_same_result(
    made: Made, store: AudienceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowledge_base.audience.importing import importer

    list(import_files(store, [made.shop.users]))
    monkeypatch.setattr(importer, "IN_MEMORY", 1000)
    monkeypatch.setattr(importer, "BUCKET_ROWS", 4000)
    report = import_file(store, made.shop.events)
    one, many = asdict(made.reports["events"]), asdict(report)
    for name in ("rows", "kept", "users", "dropped", "changes", "missing", "repaired"):
        assert many[name] == one[name], name
    assert len(store.paths("events")) > 3
    assert not list(store.folder.glob("scratch*"))
