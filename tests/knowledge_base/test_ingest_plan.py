"""Columns to fields, and tables to kinds, for the exports people have."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from knowledge_base.errors import UsageError
from knowledge_base.ingest.kinds import channel_of, kinds_in_name, named_kind
from knowledge_base.ingest.plan import check_mapping, make_plan, resolve
from knowledge_base.ingest.synonyms import NAMES, header_key, targets
from knowledge_base.records import KINDS, RECORD_TYPES, Kind
from tests.knowledge_base.ingest_helpers import read, write

EXPORTS: list[tuple[str, str, dict[str, str]]] = [
    (
        "taobao",
        "宝贝标题 宝贝类目 一口价 数量 商家编码 宝贝属性 宝贝卖点",
        {
            "宝贝标题": "name",
            "宝贝类目": "category",
            "一口价": "price",
            "商家编码": "id",
            "宝贝属性": "specs",
            "宝贝卖点": "selling_points",
        },
    ),
    (
        "youzan",
        "商品名称 商品类型 商品编码 规格编码 价格(元) 库存 商品分组",
        {"商品名称": "name", "商品编码": "id", "价格(元)": "price"},
    ),
    (
        "weixin-store",
        "商品ID 商品标题 SKU编码 SKU属性 SKU售价(元) SKU库存",
        {"SKU编码": "id", "商品标题": "name", "SKU属性": "specs", "SKU售价(元)": "price"},
    ),
    (
        "english",
        "SKU Title Brand Sale_Price Ingredients Highlights URL Description",
        {
            "SKU": "id",
            "Title": "name",
            "Brand": "brand",
            "Sale_Price": "price",
            "Ingredients": "ingredients",
            "Highlights": "selling_points",
            "URL": "link.url",
            "Description": "note",
        },
    ),
    (
        "handmade",
        "品名（必填） *售价 成份 净含量(g) 备案号 禁用词 主图",
        {
            "品名（必填）": "name",
            "*售价": "price",
            "成份": "ingredients",
            "净含量(g)": "specs.净含量(g)",
            "备案号": "evidence.备案号",
            "禁用词": "do_not_say",
        },
    ),
]


@pytest.mark.parametrize(("header", "used"), [one[1:] for one in EXPORTS], ids=[one[0] for one in EXPORTS])
def test_product_exports(header: str, used: dict[str, str]) -> None:
    plan = make_plan("product", tuple(header.split()), {})
    assert plan.used == used
    assert set(plan.used) | set(plan.ignored) == set(header.split())


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_reached_by_its_own_name_and_every_target_exists(kind: Kind) -> None:
    fields = {one.name for one in dataclasses.fields(RECORD_TYPES[kind])} - {"source"}
    assert all(targets(kind)[header_key(field)][0] == field for field in fields)
    assert {target.partition(".")[0] for target in NAMES[kind]} <= fields | {"period", "offer"}


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_means_two_things(kind: Kind) -> None:
    names = [header_key(name) for words in NAMES[kind].values() for name in words.split()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ("问题,答案", "policy"),
        ("名称,门槛,减免", "coupon"),
        ("名称,痛点", "persona"),
        ("渠道,正文,标题", "exemplar"),
        ("名称,语气,落款", "brand"),
        ("文件,宽,高", "asset"),
        ("名称,价格", "product"),
        ("标题,正文", "passage"),
    ],
)
def test_columns_show_the_kind(tmp_path: Path, columns: str, kind: Kind) -> None:
    _, _, (note,) = read(write(tmp_path, "表.csv", columns + "\n" + ",".join("1" for _ in columns.split(",")) + "\n"))
    assert (note.kind, note.why) == (kind, "列名")


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("商品问答", ["policy", "product"]),
        ("客服问答-商品", ["product", "policy"]),
        ("products_2026", ["product"]),
        ("production", []),
        ("优惠券", ["coupon"]),
        ("用户画像v2", ["persona"]),
        ("新建文件夹", []),
    ],
)
def test_names_show_the_kind_the_last_word_first(name: str, kinds: list[Kind]) -> None:
    assert kinds_in_name(name) == kinds


def test_a_kind_column_beats_the_file_name_and_rows_may_differ(tmp_path: Path) -> None:
    path = write(tmp_path, "商品.csv", "类型,编号,名称,价格,痛点\n商品,p1,咖啡,69,\n人设,u1,学生,,困\n实物,p2,茶,39,\n")
    records, problems, _ = read(path)
    assert not problems
    assert [(one.kind, one.id) for one in records] == [("product", "p1"), ("persona", "u1"), ("product", "p2")]


def test_kinds_and_channels_have_chinese_names() -> None:
    assert [named_kind(text) for text in ("商品", "Product", " faq ", "实物", "")] == [
        "product",
        "product",
        "policy",
        None,
        None,
    ]
    assert [channel_of([text]) for text in ("公众号", "朋友圈广告", "客服回复", "微博")] == [
        "article",
        "moments",
        "reply",
        None,
    ]


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("price", "price"),
        ("价格", "price"),
        ("卖点", "selling_points"),
        ("link.mini_path", "link.mini_path"),
        ("specs", "specs.净重"),
        ("规格.净含量", "specs.净含量"),
        ("evidence.检测报告", "evidence.检测报告"),
        ("promotions.end", "promotions.end"),
        ("-", None),
        ("忽略", None),
        ("price.x", None),
        ("没有", None),
    ],
)
def test_what_map_may_name(written: str, target: str | None) -> None:
    assert resolve("product", written, "净重") == target


def test_a_field_of_another_kind_is_no_mistake_but_unknown_ones_are() -> None:
    check_mapping({"a": "question", "b": "-", "c": "specs"})
    with pytest.raises(UsageError):
        check_mapping({"a": "没有"})
    assert make_plan("product", ("a",), {"a": "question"}).ignored == {"a": "这一类没有字段 question"}
