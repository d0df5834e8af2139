"""`wenan kb` as people type it: stdout carries results only, stderr tells the rest, exit codes are kept."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.knowledge_base.ingest_helpers import write

Wenan = Callable[..., Ran]
SHOP = "货号,商品标题,到手价,卖点,净重,库存\np1,冻干黑咖啡,¥69.00,冷水 3 秒化开；0 蔗糖,48克,9\np2,茶,面议,香,,1\n"


def test_add_shows_the_mapping_and_the_bad_row_and_takes_the_good_one(workspace_dir: Path, wenan: Wenan) -> None:
    write(workspace_dir, "店铺导出.csv", SHOP, "gbk" if "¥" not in SHOP else "gb18030")
    ran = wenan("kb", "add", "店铺导出.csv", "--map", "库存=-")
    assert ran.code == 0
    assert ran.out == ""
    assert "店铺导出.csv 认作商品（按列名）" in ran.err
    for pair in ("商品标题→名称", "到手价→价格", "净重→规格.净重", "库存（按 --map 忽略）"):
        assert pair in ran.err
    assert "店铺导出.csv:3: 列「到手价」「面议」不是金额" in ran.err
    assert "新增 1，更新 0，未变 0，有问题 1 处" in ran.err
    again = wenan("kb", "add", "店铺导出.csv", "--format", "json")
    report = json.loads(again.out)
    assert (report["added"], report["unchanged"]) == (0, 1)
    assert [(one["file"], one["row"]) for one in report["bad"]] == [("店铺导出.csv", 3)]
    assert report["mappings"][0]["used"]["到手价"] == "price"


def test_strict_writes_nothing_and_exits_3(workspace_dir: Path, wenan: Wenan) -> None:
    write(workspace_dir, "x.csv", SHOP)
    ran = wenan("kb", "add", "x.csv", "--strict")
    assert ran.code == 3
    assert "x.csv:3" in ran.err
    assert "什么都没写入" in ran.err
    assert wenan("kb", "list").out == ""


def test_when_nothing_at_all_could_be_read_the_exit_code_says_so(workspace_dir: Path, wenan: Wenan) -> None:
    write(workspace_dir, "x.csv", "甲,乙\n1,2\n")
    ran = wenan("kb", "add", "x.csv")
    assert ran.code == 3
    assert "看不出是哪一类资料" in ran.err


USAGE = [
    ("missing-file", ("kb", "add", "没有.csv"), 3, "没有这个文件"),
    ("kind", ("kb", "add", ".", "--kind", "prodct"), 2, "没有「prodct」这一类"),
    ("map-shape", ("kb", "add", ".", "--map", "售价"), 2, "写成 列名=字段"),
    ("map-field", ("kb", "add", ".", "--map", "售价=prise"), 2, "没有字段「prise」"),
    ("format", ("kb", "list", "--format", "xml"), 2, "没有格式「xml」"),
    ("day", ("kb", "search", "咖啡", "--on", "11/1/2026"), 2, "2026-11-01"),
    ("export-format", ("kb", "export", "--format", "xls"), 2, "jsonl、yaml、csv"),
    ("show", ("kb", "show", "没有"), 3, "没有找到资料「没有」"),
    ("restore", ("kb", "restore", "没有"), 3, "没有找到移走的资料"),
]


@pytest.mark.parametrize(("args", "code", "told"), [one[1:] for one in USAGE], ids=[one[0] for one in USAGE])
def test_mistakes_are_explained(workspace_dir: Path, wenan: Wenan, args: tuple[str, ...], code: int, told: str) -> None:
    ran = wenan(*args)
    assert (ran.code, ran.out) == (code, "")
    assert told in ran.err
    assert not (workspace_dir / ".wenan").exists()


def test_search_finds_explains_and_pipes(sample_dir: Path, wenan: Wenan) -> None:
    ran = wenan("kb", "search", "换季干痒 敏感肌", "--kind", "product", "--k", "3", "--explain")
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert len(rows) == 3
    assert rows[0][1:4] == ["商品", "p-cream", "燕麦保湿面霜"]
    assert rows[0][5].startswith("第1 ")
    found = json.loads(wenan("kb", "search", "换季干痒", "--kind", "商品", "--kind", "policy", "--format", "json").out)
    assert {one["kind"] for one in found} <= {"product", "policy"}
    assert all({"id", "kind", "name", "score", "dense", "lexical", "source"} == set(one) for one in found)
    assert all(0 <= one["score"] <= 1 for one in found)


def test_search_keeps_to_category_and_day(sample_dir: Path, wenan: Wenan) -> None:
    found = json.loads(wenan("kb", "search", "咖啡", "--category", "家居", "--format", "json").out)
    assert found
    assert not any(one["id"] == "p-coffee" for one in found)
    every = json.loads(wenan("kb", "list", "--kind", "coupon", "--format", "json").out)
    ended = {one["id"] for one in every if one.get("end", "9999") < "2030-01-01"}
    assert ended
    later = json.loads(
        wenan("kb", "search", "优惠券", "--kind", "coupon", "--k", "50", "--on", "2030-01-01", "--format", "json").out
    )
    assert not ended & {one["id"] for one in later}


def test_show_by_id_or_name_and_near_misses(sample_dir: Path, wenan: Wenan) -> None:
    ran = wenan("kb", "show", "p-coffee")
    assert "名称：冻干黑咖啡" in ran.out
    assert "  - 净含量：48 克（2 克×24 条）" in ran.out
    assert "出处：" in ran.out
    assert wenan("kb", "show", "冻干黑咖啡").out == ran.out
    assert json.loads(wenan("kb", "show", "p-coffee", "--format", "json").out)["price"] == "69"
    miss = wenan("kb", "show", "p-cofee")
    assert miss.code == 3
    assert "p-coffee" in miss.err


def test_rm_is_undone_by_restore(sample_dir: Path, wenan: Wenan) -> None:
    assert "wenan kb restore p-oat" in wenan("kb", "rm", "p-oat").err
    assert wenan("kb", "show", "p-oat").code == 3
    assert [line.split("\t")[1] for line in wenan("kb", "list", "--removed").out.splitlines()] == ["p-oat"]
    assert wenan("kb", "restore", "p-oat").code == 0
    assert wenan("kb", "show", "p-oat").code == 0


def test_rm_removes_nothing_when_one_id_is_wrong(sample_dir: Path, wenan: Wenan) -> None:
    assert wenan("kb", "rm", "p-oat", "没有这个").code == 3
    assert wenan("kb", "show", "p-oat").code == 0


def test_stats(sample_dir: Path, wenan: Wenan) -> None:
    stats = json.loads(wenan("kb", "stats", "--format", "json").out)
    assert stats["counts"]["persona"] == 8
    assert stats["total"] == sum(stats["counts"].values())
    assert "人设 8" in wenan("kb", "stats").out


@pytest.mark.parametrize("form", ["jsonl", "yaml", "csv"])
def test_export_goes_back_in_unchanged(sample_dir: Path, wenan: Wenan, form: str) -> None:
    assert wenan("kb", "export", "--kind", "product", "--out", f"导出/商品.{form}").out == ""
    report = json.loads(wenan("kb", "add", f"导出/商品.{form}", "--format", "json").out)
    assert report["bad"] == []
    assert (report["added"], report["changed"]) == (0, 0)
    assert report["unchanged"] == report["kinds"]["product"] > 10
    assert [path.name for path in (sample_dir / "导出").iterdir()] == [f"商品.{form}"]


def test_export_to_stdout_is_data_only(sample_dir: Path, wenan: Wenan) -> None:
    ran = wenan("kb", "export", "--kind", "persona", "--format", "csv")
    rows = list(csv.DictReader(ran.out.splitlines(keepends=True)))
    assert len(rows) == 8
    assert rows[0]["kind"] == "persona"


def test_every_command_has_chinese_help(wenan: Wenan) -> None:
    for command in ("add", "search", "list", "show", "rm", "restore", "stats", "export"):
        ran = wenan("kb", command, "--help")
        assert ran.code == 0
        assert "用法：wenan kb" in ran.out
