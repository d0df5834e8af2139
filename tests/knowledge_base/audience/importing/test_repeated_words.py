"""Columns of few different words are read as numbers: what comes out must be what reading them as text gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.audience.codes import encode
from knowledge_base.audience.importing import times
from knowledge_base.audience.importing.importer import import_file
from knowledge_base.audience.importing.options import ImportOptions
from knowledge_base.audience.importing.reading import scan
from knowledge_base.audience.store import AudienceStore

HEAD = "用户,时间,行为,商品,类目,价格,渠道\n"
ODD = (
    HEAD
    + 'u1,2026-10-01 08:00:00,阅读,"p ""one""",食品,"¥1,299.00",私聊\n'
    + 'u2,2026-10-01 08:00:01, 点击 ,"p, two",,-3, 私聊 \n'
    + 'u3,2026-10-01 08:00:02,看看,"p\nthree",食 品,nan,"朋友圈"\n'
    + "u1,2026-10-01 08:00:00,阅读,P１,Ｆood,inf,NULL\n"
    + "u4,2026-10-01 08:00:05,,，,无,,\n"
    + "u5,,阅读,p1,食品,5元,公众号\n"
    + "u1,2026-10-02 08:00:00,加购,p1,食品,12,公众号\n" * 2
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("head", [HEAD, HEAD.replace("行为", " 行为 "), HEAD.replace("商品", '"商品"')])
def test_reading_as_categories_loses_nothing(tmp_path: Path, encoding: str, head: str) -> None:
    path = tmp_path / "events.csv"
    path.write_text(ODD.replace(HEAD, head), encoding=encoding)
    asked: list[list[str]] = []

    def repeated(names: list[str]) -> list[str]:
        asked.append(names)
        return ["行为", "商品", "类目", "渠道"]

    text = scan(path, tmp_path / "a").collect()
    read = scan(path, tmp_path / "b", repeated=repeated).collect()
    assert asked == [["用户", "时间", "行为", "商品", "类目", "价格", "渠道"]]
    kinds = Counter(isinstance(kind, pl.Categorical) for kind in read.schema.values())
    assert kinds[True] == 4
    assert read.with_columns(pl.col(pl.Categorical).cast(pl.String)).equals(text)


def test_on_disk_and_in_memory_files_give_the_same(
    store: AudienceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowledge_base.audience.importing import importer
    from knowledge_base.workspace import Workspace

    path = tmp_path / "events.csv"
    path.write_text(ODD, encoding="utf-8")
    options = ImportOptions(assume="测试")
    one = asdict(import_file(store, path, options))
    monkeypatch.setattr(importer, "IN_MEMORY", 1)
    monkeypatch.setenv("WENAN_AUDIENCE_KEY", store.pseudonyms.key.hex())
    with AudienceStore.open(Workspace(tmp_path / "other")) as other:
        many = asdict(import_file(other, path, options))
        for name in ("rows", "kept", "users", "dropped", "changes", "missing", "repaired", "notes"):
            assert many[name] == one[name], name
        order = ["time", "item", "price"]
        rows = [each.events().drop("user").sort(order, nulls_last=True).collect() for each in (store, other)]
    assert one["dropped"] == {"no_time": 1, "unknown_action": 2, "duplicate": 1}
    assert rows[0].equals(rows[1])
    assert rows[0]["item"].to_list() == ["P１", 'p "one"', "p, two", "p1"]


@given(st.lists(st.sampled_from(["a", "b", "c", "", None, "猫"]), max_size=30), st.integers(0, 30))
def test_codes_of_some_rows_of_a_categorical_column(words: list[str | None], start: int) -> None:
    whole = pl.Series(words, dtype=pl.String)
    column = whole.cast(pl.Categorical(pl.Categories.random()))[start:]
    codes, names = encode(column)
    expected_codes, expected_names = encode(whole[start:])
    assert names.dtype == pl.String
    assert names.to_list() == expected_names.to_list()
    assert codes.to_list() == expected_codes.to_list()
    assert names.gather(codes).to_list() == whole[start:].to_list()


@pytest.mark.parametrize(
    ("texts", "forms"),
    [
        (["2026-10-01 08:00:00", "2026-10-01 23:59:59"], ("%Y-%m-%d %H:%M:%S",)),
        (["2026-10-01 08:00:00", "2026/10/01 08:00:00"], ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S")),
        (["2026-10-01 08:00:00", "看不懂"], ("%Y-%m-%d %H:%M:%S",)),
        (["1790000000", "1790000001"], ("epoch",)),
        (["20261001080000"], ("%Y%m%d%H%M%S",)),
        ([], ()),
    ],
)
def test_formats_of_few_times(texts: list[str], forms: tuple[str, ...]) -> None:
    assert times.formats(pl.Series(texts, dtype=pl.String)) == forms


def test_the_same_file_is_always_read_with_the_same_formats() -> None:
    usual = [f"2026-10-{day:02d} {hour:02d}:{minute:02d}:00" for day in range(1, 31) for hour in range(24)
             for minute in range(0, 60, 10)]  # fmt: skip
    column = pl.Series([*usual, "2026/10/31 08:00:00"])
    assert len({times.formats(column) for _ in range(5)}) == 1
