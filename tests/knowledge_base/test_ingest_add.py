"""`add` into a real knowledge base: once, again, changed, synced, strict, and what export gives back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.ingest.add import StrictError, add
from knowledge_base.ingest.export import exported
from knowledge_base.records import Product, Record
from tests.knowledge_base.ingest_helpers import all_ids, read, write
from tests.knowledge_base.record_strategies import records
from tests.knowledge_base.shelf import opened

HEADER = "商品编号,商品名称,售价\n"
ROWS = "p1,咖啡,69\np2,茶,39\n"


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with opened(tmp_path) as kb:
        yield kb


def counts(report: Any) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.removed


def test_adding_again_changes_nothing_and_changed_rows_replace(kb: KnowledgeBase, tmp_path: Path) -> None:
    path = write(tmp_path, "商品.csv", HEADER + ROWS)
    assert counts(add(kb, [path], root=tmp_path)) == (2, 0, 0, 0)
    version = kb.version
    assert counts(add(kb, [path], root=tmp_path)) == (0, 0, 2, 0)
    assert kb.version == version
    write(tmp_path, "商品.csv", HEADER + "p1,咖啡,59\np2,茶,39\n")
    assert counts(add(kb, [path], root=tmp_path)) == (0, 1, 1, 0)
    record = kb.get("p1")
    assert isinstance(record, Product)
    assert record.price == 59
    assert (record.source.file, record.source.row) == ("商品.csv", 2)


def test_sync_prunes_rows_and_files_that_are_gone_and_nothing_else(kb: KnowledgeBase, tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    one = write(folder, "a.csv", HEADER + ROWS)
    two = write(folder, "b.csv", HEADER + "p3,饼,9\n")
    outside = write(tmp_path, "别处.csv", HEADER + "p9,灯,99\n")
    add(kb, [folder, outside], root=tmp_path)
    write(folder, "a.csv", HEADER + "p1,咖啡,69\n")
    two.unlink()
    assert counts(add(kb, [folder], root=tmp_path)) == (0, 0, 1, 0)
    assert counts(add(kb, [folder], root=tmp_path, sync=True)) == (0, 0, 1, 2)
    assert all_ids(kb) == ["p1", "p9"]
    one.unlink()
    assert counts(add(kb, [one], root=tmp_path, sync=True)) == (0, 0, 0, 1)
    assert all_ids(kb) == ["p9"]
    assert kb.restore(["p1"]) == 1


def test_sync_leaves_the_records_of_a_file_with_bad_rows(kb: KnowledgeBase, tmp_path: Path) -> None:
    path = write(tmp_path, "商品.csv", HEADER + ROWS)
    add(kb, [path], root=tmp_path)
    write(tmp_path, "商品.csv", HEADER + "p1,咖啡,六十九\n")
    report = add(kb, [path], root=tmp_path, sync=True)
    assert counts(report) == (0, 0, 0, 0)
    assert all_ids(kb) == ["p1", "p2"]


def test_a_row_that_moved_to_another_file_is_not_pruned(kb: KnowledgeBase, tmp_path: Path) -> None:
    write(tmp_path, "资料/a.csv", HEADER + ROWS)
    add(kb, [tmp_path / "资料"], root=tmp_path)
    (tmp_path / "资料/a.csv").rename(tmp_path / "资料/b.csv")
    assert counts(add(kb, [tmp_path / "资料"], root=tmp_path, sync=True)) == (0, 0, 2, 0)
    assert kb.files() == {"资料/b.csv": ("p1", "p2")}


def test_sync_of_a_path_that_never_was_is_a_mistake(kb: KnowledgeBase, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="没有这个文件"):
        add(kb, [tmp_path / "没有"], root=tmp_path, sync=True)


def test_a_shortened_document_loses_its_old_passages(kb: KnowledgeBase, tmp_path: Path) -> None:
    path = write(tmp_path, "说明.md", "# 售后\n\n" + "未拆封的七天可退。" * 120)
    add(kb, [path], root=tmp_path)
    assert len(all_ids(kb)) > 2
    write(tmp_path, "说明.md", "# 售后\n\n一律三十天可退。")
    report = add(kb, [path], root=tmp_path)
    assert report.removed > 0
    (passage,) = kb.all("passage")
    assert "三十天" in getattr(passage, "text", "")


def test_strict_writes_nothing_when_anything_is_bad(kb: KnowledgeBase, tmp_path: Path) -> None:
    path = write(tmp_path, "商品.csv", HEADER + ROWS + "p3,,1\n")
    with pytest.raises(StrictError) as caught:
        add(kb, [path], root=tmp_path, strict=True)
    assert [(one.file, one.row) for one in caught.value.report.bad] == [("商品.csv", 4)]
    assert all_ids(kb) == []
    assert counts(add(kb, [path], root=tmp_path)) == (2, 0, 0, 0)


def test_the_second_of_two_equal_ids_is_told_with_the_place_of_the_first(kb: KnowledgeBase, tmp_path: Path) -> None:
    write(tmp_path, "a.csv", HEADER + "p1,咖啡,69\np1,茶,39\n")
    write(tmp_path, "b.csv", HEADER + "p1,饼,9\n")
    report = add(kb, [tmp_path / "a.csv", tmp_path / "b.csv"], root=tmp_path)
    assert [str(one).split(": ")[0] for one in report.bad] == ["a.csv:3", "b.csv:2"]
    assert all("a.csv:2" in one.reason for one in report.bad)
    record = kb.get("p1")
    assert record is not None
    assert getattr(record, "name", "") == "咖啡"


def test_an_id_of_another_kind_makes_its_row_bad_and_no_other(kb: KnowledgeBase, tmp_path: Path) -> None:
    add(kb, [write(tmp_path, "商品.csv", HEADER + ROWS)], root=tmp_path)
    text = "编号,券名称,减免\np1,券甲,5\nc2,券乙,6\n"
    report = add(kb, [write(tmp_path, "优惠券.csv", text)], root=tmp_path)
    assert [(one.file, one.row) for one in report.bad] == [("优惠券.csv", 2)]
    assert "商品" in report.bad[0].reason
    assert (report.added, dict(report.kinds)) == (1, {"coupon": 1})
    assert all_ids(kb) == ["c2", "p1", "p2"]


def test_folders_are_walked_and_what_is_no_data_is_passed_over(kb: KnowledgeBase, tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    write(folder, "商品.csv", HEADER + ROWS)
    write(folder, "~$商品.xlsx", b"lock")
    write(folder, ".隐藏/商品.csv", HEADER + "p7,x,1\n")
    write(folder, "封面.png", b"\x89PNG")
    write(folder, "旧表.xls", b"\xd0\xcf\x11\xe0")
    write(folder, "下级/更下/售后.md", "# 售后\n七天可退。")
    report = add(kb, [folder, folder / "商品.csv"], root=tmp_path)
    assert (report.files, dict(report.kinds)) == (2, {"passage": 1, "product": 2})
    assert report.skipped == ("资料/封面.png",)
    assert [(one.file, one.hint) for one in report.bad] == [("资料/旧表.xls", "打开后另存为 xlsx。")]


def test_files_named_outright_must_be_readable(kb: KnowledgeBase, tmp_path: Path) -> None:
    report = add(kb, [write(tmp_path, "封面.png", b"\x89PNG")], root=tmp_path)
    assert "读不了.png" in report.bad[0].reason
    with pytest.raises(BadInputError, match="没有这个文件"):
        add(kb, [tmp_path / "没有.csv"], root=tmp_path)


def test_mapping_mistakes(kb: KnowledgeBase, tmp_path: Path) -> None:
    path = write(tmp_path, "商品.csv", HEADER + ROWS)
    with pytest.raises(UsageError, match="没有字段「prise」") as caught:
        add(kb, [path], root=tmp_path, mapping={"售价": "prise"})
    assert "price" in caught.value.hint
    report = add(kb, [path], root=tmp_path, mapping={"受价": "price"})
    assert "没有一张表有列「受价」" in report.bad[0].reason
    assert report.added == 2


def test_progress_counts_to_the_number_of_records(kb: KnowledgeBase, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = write(tmp_path, "商品.csv", HEADER + "".join(f"p{n},咖啡 {n},{n}\n" for n in range(1200)))
    add(kb, [path], root=tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (1200, 1200)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_brand_fills_in_where_a_row_names_none(kb: KnowledgeBase, tmp_path: Path) -> None:
    path = write(tmp_path, "商品.csv", "商品编号,商品名称,品牌\np1,咖啡,\np2,茶,木序\n")
    add(kb, [path, write(tmp_path, "a.md", "正文")], root=tmp_path, brand="檐下集")
    assert {record.id: getattr(record, "brand", "") for record in kb.all("product")} == {"p1": "檐下集", "p2": "木序"}
    assert [getattr(record, "brand", "") for record in kb.all("passage")] == ["檐下集"]


def reread(folder: Path, kept: Sequence[Record], form: str) -> list[Record]:
    path = folder / f"x.{form}"
    path.write_text(exported(kept, form), encoding="utf-8-sig" if form == "csv" else "utf-8", newline="")
    found, problems, _ = read(path)
    assert not problems
    return found


@pytest.mark.parametrize("form", ["jsonl", "yaml", "csv"])
@settings(max_examples=60, deadline=None)
@given(kept=st.lists(records(), max_size=4, unique_by=lambda record: record.id))
def test_what_is_exported_reads_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, form: str, kept: list[Record]
) -> None:
    folder = tmp_path_factory.mktemp("export", numbered=True)
    found = reread(folder, kept, form)
    assert found == kept
    assert [one.source.sha256 for one in found] == [one.source.sha256 for one in kept]


def test_an_export_added_again_leaves_everything_unchanged(kb: KnowledgeBase, tmp_path: Path) -> None:
    from knowledge_base import sample

    add(kb, sample.paths(), root=tmp_path)
    everything = kb.all()
    for form in ("jsonl", "yaml", "csv"):
        path = write(tmp_path, f"全部.{form}", exported(everything, form))
        report = add(kb, [path], root=tmp_path)
        assert not report.bad
        assert (report.added, report.changed, report.unchanged) == (0, 0, len(everything))
    assert {replace(one) for one in kb.all()} == {replace(one) for one in everything}


def test_a_shop_export_of_the_sample_brand_goes_in_whole(kb: KnowledgeBase, tmp_path: Path) -> None:
    from knowledge_base import sample

    report = add(kb, [sample.FOLDER / "exports"], root=tmp_path)
    assert not report.bad
    record = kb.get("DEMO-101")
    assert isinstance(record, Product)
    assert record.price == Decimal(39)
    assert len(record.selling_points) == 3
