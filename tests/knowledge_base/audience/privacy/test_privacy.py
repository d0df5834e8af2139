"""Pseudonyms, consent, small groups, noise, forgetting and explaining."""

from __future__ import annotations

import sqlite3
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.audience.importing.importer import import_files
from knowledge_base.audience.privacy import dp, erasers, explainers
from knowledge_base.audience.privacy.forget import forget, readmit
from knowledge_base.audience.privacy.kanon import large, merge_small
from knowledge_base.audience.privacy.pseudonyms import KEY_NAME, KEY_VARIABLE, Pseudonyms
from knowledge_base.audience.privacy.search import places
from knowledge_base.audience.privacy.texts import hide
from knowledge_base.audience.privacy.why import lines, why
from knowledge_base.audience.schemas import TABLES
from knowledge_base.audience.store import AudienceStore
from knowledge_base.errors import BadInputError, StorageError
from knowledge_base.workspace import Workspace
from tests.knowledge_base.audience.conftest import Made


def someone(made: Made, store: AudienceStore) -> str:
    """An original id with rows in every table."""
    held = set.intersection(*(set(store.read(table).collect()["user"]) for table in TABLES))
    return next(str(id) for id in made.truth["users"] if store.pseudonyms.of_id(id) in held)


def test_pseudonyms_depend_on_the_key_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = Pseudonyms.of(Workspace(tmp_path / "a")), Pseudonyms.of(Workspace(tmp_path / "b"))
    assert here.of_id("u") == Pseudonyms.of(Workspace(tmp_path / "a")).of_id(" u ")
    assert here.of_id("u") != there.of_id("u")
    monkeypatch.setenv(KEY_VARIABLE, "k" * 40)
    assert Pseudonyms.of(Workspace(tmp_path / "a")).of_id("u") == Pseudonyms.of(Workspace(tmp_path / "c")).of_id("u")
    assert not (tmp_path / "c").exists()


def test_a_damaged_key_is_an_error_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / ".wenan" / KEY_NAME
    path.parent.mkdir()
    path.write_text("zz", encoding="ascii")
    with pytest.raises(StorageError, match="坏了"):
        Pseudonyms.of(Workspace(tmp_path))
    assert path.read_text(encoding="ascii") == "zz"


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), unique_by=str.strip, max_size=30))
def test_different_ids_have_different_pseudonyms(ids: list[str]) -> None:
    keyed = Pseudonyms(b"k" * 32)
    found = keyed.of_bytes(id.strip().encode() for id in ids)
    assert found == [keyed.of_id(id) for id in ids]
    assert len(set(found)) == len(ids)
    assert all(len(one) == 16 for one in found)


def test_texts_hide_personal_data_each_on_its_own() -> None:
    texts = pl.Series(["电话13800138000", None, "我的13800138000，还有13900139000", "电话13800138000"])
    hidden, count = hide(texts)
    assert hidden.to_list() == ["电话〔手机号1〕", None, "我的〔手机号1〕，还有〔手机号2〕", "电话〔手机号1〕"]
    assert count == 4


def test_forgetting_leaves_no_trace_and_touches_nobody_else(made: Made, full: AudienceStore) -> None:
    user = someone(made, full)
    mine = full.pseudonyms.of_id(user)
    derived = full.folder / "segments" / "labels.parquet"
    derived.parent.mkdir()
    pl.DataFrame({"user": [mine, "f" * 16], "segment": [1, 2]}).write_parquet(derived)
    full.save_card("意向", {"training": "segments/labels.parquet", "auc": 0.9})
    full.save_report("例子", {"user": mine})
    others = {table: full.read(table).filter(pl.col("user") != mine).collect().height for table in TABLES}
    seen: list[erasers.Person] = []
    erasers.register("试验", lambda _, person: seen.append(person) or 3)  # type: ignore[func-returns-value]
    try:
        report = forget(full, user)
    finally:
        erasers._REGISTERED.pop("试验")
    assert set(report.rows) == set(TABLES)
    assert report.derived == {"segments/labels.parquet": 1}
    assert report.models == ("意向",)
    assert "stale" in full.cards()["意向"]
    assert report.elsewhere["试验"] == 3
    assert seen == [erasers.Person(mine, user)]
    assert report.remaining == ()
    assert {table: full.read(table).collect().height for table in TABLES} == others
    full.close()
    assert not [
        path for path in full.workspace.data.rglob("*") if path.is_file() and mine.encode() in path.read_bytes()
    ]


def test_the_forgotten_stay_out_until_they_want_back(made: Made, full: AudienceStore) -> None:
    user = someone(made, full)
    before = full.counts()
    forget(full, user)
    assert not forget(full, user).known
    again = {report.kind: report for report in import_files(full, made.shop.exports)}
    assert again["events"].already
    assert readmit(full, user)
    assert not readmit(full, user)
    list(import_files(full, made.shop.exports))
    assert full.counts() == before


def test_what_an_eraser_missed_is_reported(made: Made, full: AudienceStore) -> None:
    user = someone(made, full)
    mine = full.pseudonyms.of_id(user)
    (full.workspace.data / "other.bin").write_bytes(b"x" * 100 + mine.encode())
    with sqlite3.connect(full.workspace.data / "other.db") as database:
        database.execute("CREATE TABLE t (a)")
        database.execute("INSERT INTO t VALUES (?)", (user,))
    database.close()
    assert forget(full, mine).remaining == ("other.bin",)
    assert forget(full, user).remaining == ("other.bin", "other.db")


def test_search_finds_words_split_between_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from knowledge_base.audience.privacy import search

    monkeypatch.setattr(search, "PIECE", 10)
    (tmp_path / "a.txt").write_bytes(b"1234567abcdef890")
    assert list(places(tmp_path, ("abcdef",))) == ["a.txt"]
    assert list(places(tmp_path, ("abcdeg",))) == []


def test_why_tells_a_person_what_is_known(made: Made, full: AudienceStore) -> None:
    user = someone(made, full)
    explainers.register("购买意向", lambda _, person: (f"给 {person} 的意向是高",))
    try:
        found = why(full, user)
    finally:
        explainers._REGISTERED.pop("购买意向")
    assert found.consent["营销"][0] is True
    assert all(found.counts.values())
    assert found.counts["events"] == sum(found.actions.values())
    assert found.decisions["购买意向"]
    assert all(0 <= trait.below <= 1 for trait in found.traits)
    text = "\n".join(lines(found))
    assert user not in text
    assert "第 15、24、45 至 48 条" in text
    with pytest.raises(BadInputError, match="没有「nobody」的数据"):
        why(full, "nobody")


def test_small_groups_join_the_nearest_or_go() -> None:
    matrix = np.array([[0.0]] * 30 + [[1.0]] * 5 + [[9.0]] * 25)
    merged = merge_small([0] * 30 + [1] * 5 + [2] * 25, matrix, k=20)
    assert merged.merged == {1: 0}
    assert sorted(np.unique(merged.labels).tolist()) == [0, 2]
    few = merge_small([0] * 3 + [1] * 4, np.zeros((7, 1)), k=20)
    assert set(few.labels.tolist()) == {-1}
    assert few.dropped


@given(st.lists(st.integers(-1, 5), min_size=1, max_size=60), st.integers(2, 20))
def test_no_group_is_ever_smaller_than_k(labels: list[int], k: int) -> None:
    matrix = np.array([[float(label), float(place % 3)] for place, label in enumerate(labels)])
    found = merge_small(labels, matrix, k).labels
    counts = {int(label): int((found == label).sum()) for label in set(found.tolist()) if label >= 0}
    assert all(count >= k for count in counts.values())
    assert counts == large(counts, k)


def test_laplace_noise_has_the_right_shape() -> None:
    scale = Fraction(5, 2)
    draws = np.array([dp.discrete_laplace(scale) for _ in range(20_000)])
    ratio = np.exp(-1 / float(scale))
    # Discrete Laplace: mean 0, variance 2r / (1 - r)^2 with r = exp(-1 / scale); ten standard errors of room.
    assert abs(draws.mean()) < 10 * draws.std() / np.sqrt(len(draws))
    assert draws.var() == pytest.approx(2 * ratio / (1 - ratio) ** 2, rel=0.12)
    nought = (1 - ratio) / (1 + ratio)
    assert (draws == 0).mean() == pytest.approx(nought, abs=0.02)


def test_the_budget_is_booked_and_has_an_end(store: AudienceStore) -> None:
    budget = dp.Budget(store)
    found = dp.noisy_counts(budget, "人数", {"甲": 1000, "乙": 0}, 1.0)
    assert abs(found["甲"] - 1000) < 60
    assert found["乙"] >= 0
    assert abs(dp.noisy_total(budget, "金额", [10.0, 9999.0], 1.0, most=100.0) - 110) < 5000
    assert budget.spent() == 2.0
    assert [entry.what for entry in budget.ledger()] == ["人数", "金额"]
    with pytest.raises(dp.BudgetError, match="预算不够"):
        dp.noisy_counts(budget, "再来", {"甲": 1}, 2.5)
    assert budget.spent() == 2.0
