"""The sheet: written blind, filled in anywhere, read back row by row or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.judges.rubric import load_rubric
from evals.label_files import export_sheet, import_sheet
from evals.label_items import Item, pair_items, score_items
from evals.label_store import LabelStore
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.workspace import Workspace
from tests.evals.judges.label_helpers import TEXTS, one_variant, two_variants

Row = dict[str, str]


class Sheet:
    def __init__(
        self, folder: Path, suffix: str = ".csv", *, pairs: bool = False, texts: tuple[str, ...] = TEXTS
    ) -> None:
        self.workspace = Workspace(folder)
        rubric = load_rubric("human_voice", self.workspace)
        self.items: tuple[Item, ...] = (
            pair_items(two_variants(texts), rubric) if pairs else score_items(one_variant(texts), rubric)
        )
        self.store = LabelStore(folder / "labels.jsonl")
        self.path = folder / f"表{suffix}"

    def export(self, by: str = "张三") -> list[Row]:
        export_sheet(self.items, self.store, self.path, by=by, workspace=self.workspace)
        if self.path.suffix == ".jsonl":
            return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def fill(self, value: Callable[[int, Row], str]) -> None:
        rows = self.export()
        column = "value" if self.path.suffix == ".jsonl" else "结论"
        for i, row in enumerate(rows):
            row[column] = value(i, row)
        if self.path.suffix == ".jsonl":
            self.path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            return
        with self.path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".CSV"])
def test_round_trip_of_levels(suffix: str, tmp_path: Path) -> None:
    sheet = Sheet(tmp_path, suffix.lower())
    sheet.fill(lambda i, row: ("4", "5.0", "", "跳过")[i])
    got = import_sheet(sheet.items, sheet.store, sheet.path, by="张三")
    assert (got.added, got.blank, got.same) == (3, 1, 0)
    assert sorted(label.value for label in sheet.store.read()) == ["4", "5", "skip"]
    again = import_sheet(sheet.items, sheet.store, sheet.path, by="张三")
    assert (again.added, again.same) == (0, 3)
    column = "value" if suffix == ".jsonl" else "结论"
    assert [row[column] for row in sheet.export()] == ["4", "5", "", "跳过"]


def test_round_trip_of_pairs_keeps_who_was_first(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path, pairs=True)
    sheet.fill(lambda i, row: "甲" if "早八前能喝上" in row["文案甲"].replace(TEXTS[0], "") else "乙")
    import_sheet(sheet.items, sheet.store, sheet.path, by="李四")
    labels = {label.unit: label for label in sheet.store.read()}
    for item in sheet.items:
        longer = max(item.samples, key=lambda one: len(str(one.draft.copy)))
        place = item.samples.index(longer)
        assert labels[item.unit].value == item.drafts[place], "whoever imports it, and whatever their own order"


def test_the_sheet_is_blind_and_safe_for_a_spreadsheet(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path, texts=('=HYPERLINK("http://x")', "+86 打电话", "@所有人", "好喝\x1b[31m"))
    rows = sheet.export()
    assert {row["文案甲"] for row in rows} == {'\'=HYPERLINK("http://x")', "'+86 打电话", "'@所有人", "好喝[31m"}
    text = sheet.path.read_text(encoding="utf-8")
    for item in sheet.items:
        assert item.samples[0].draft.id not in text
        assert item.samples[0].draft.model not in text
    assert not any(row["甲是"].isdigit() for row in rows), "a spreadsheet would round it"


BAD: dict[str, tuple[bool, Callable[[int, Row], str], str]] = {
    "off the scale": (False, lambda i, row: "7", "第 2 行"),
    "words": (False, lambda i, row: "好", "不是量表里的档位"),
    "a side for a level": (False, lambda i, row: "甲", "不是量表里的档位"),
    "a level for a pair": (True, lambda i, row: "5", "填 甲、乙、平"),
}


@pytest.mark.parametrize(("pairs", "value", "why"), BAD.values(), ids=BAD.keys())
def test_a_bad_row_is_named_and_nothing_is_imported(
    pairs: bool, value: Callable[[int, Row], str], why: str, tmp_path: Path
) -> None:
    sheet = Sheet(tmp_path, pairs=pairs)
    sheet.fill(lambda i, row: value(i, row) if i < 2 else ("平" if pairs else "3"))
    with pytest.raises(BadInputError, match=why):
        import_sheet(sheet.items, sheet.store, sheet.path, by="张三")
    assert sheet.store.read() == ()


def test_rows_of_another_run_are_refused(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path)
    sheet.fill(lambda i, row: "3")
    with pytest.raises(BadInputError, match="不在这次评测里"):
        import_sheet(sheet.items[:1], sheet.store, sheet.path, by="张三")


FILES = {
    "no such file": (None, "没有这个文件"),
    "no columns": ("a,b\n1,2\n", "缺少"),
    "empty": ("", "缺少"),
}


@pytest.mark.parametrize(("text", "why"), FILES.values(), ids=FILES.keys())
def test_files_that_are_no_sheet(text: str | None, why: str, tmp_path: Path) -> None:
    sheet = Sheet(tmp_path)
    if text is not None:
        sheet.path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=why):
        import_sheet(sheet.items, sheet.store, sheet.path, by="张三")


def test_json_lines_that_are_none(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path, ".jsonl")
    for text in ("{", "[1]"):
        sheet.path.write_text(text, encoding="utf-8")
        with pytest.raises(BadInputError) as caught:
            import_sheet(sheet.items, sheet.store, sheet.path, by="张三")
        assert caught.value.row == 1
    with pytest.raises(UsageError):
        export_sheet(sheet.items, sheet.store, tmp_path / "表.xlsx", by="张三", workspace=sheet.workspace)
