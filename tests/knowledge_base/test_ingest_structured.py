"""JSON, JSONL and YAML: shapes, values as written, mistakes with their place, and files made to hurt."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from knowledge_base.records import Evidence, Link, Policy, Product, Promotion, Spec
from tests.knowledge_base.ingest_helpers import only_product, read, write

ONE = {"id": "p1", "name": "咖啡", "price": 69.9}


@pytest.mark.parametrize(
    "data",
    [
        [ONE],
        ONE,
        {"products": [ONE]},
        {"商品": ONE},
        {"code": 0, "msg": "ok", "data": {"total": 1, "list": [ONE]}},
        [{"商品编号": "p1", "商品名称": "咖啡", "售价": "69.9 元"}],
        [{"kind": "product", **ONE, "note": None}],
    ],
    ids=["list", "one", "by-kind", "one-by-kind", "wrapped", "chinese-keys", "kind-key"],
)
def test_shapes(tmp_path: Path, data: object) -> None:
    expected = Product(id="p1", name="咖啡", price=Decimal("69.9"))
    assert only_product(write(tmp_path, "x.json", json.dumps(data, ensure_ascii=False))) == expected
    if isinstance(data, list):
        lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in data)
        assert only_product(write(tmp_path, "x.jsonl", lines, "utf-8-sig")) == expected


def test_yaml_keeps_what_was_written(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "products.yaml",
        """\
# 注释
- id: 0012
  name: on
  price: 69.90
  price_date: 2026-11-01
  category: no
  specs: {净含量: 48 克, 产地: 云南}
  ingredients: 咖啡豆、糖
  evidence: [{name: 检测报告, number: 1e5, issued: 2026/11/1}, 有机认证]
  promotions: {name: 双十一, text: 59 元, start: 2026-11-01, end: 2026年11月11日, price: ¥59}
  link: https://example.com
  note: ~
""",
    )
    record = only_product(path)
    assert record == Product(
        id="0012",
        name="on",
        price=Decimal("69.90"),
        price_date=date(2026, 11, 1),
        category="no",
        specs=(Spec("净含量", "48 克"), Spec("产地", "云南")),
        ingredients=("咖啡豆", "糖"),
        evidence=(Evidence("检测报告", "1e5", issued=date(2026, 11, 1)), Evidence("有机认证")),
        promotions=(Promotion("双十一", "59 元", date(2026, 11, 1), date(2026, 11, 11), Decimal(59)),),
        link=Link("https://example.com"),
    )
    assert record.source.row == 1


def test_keys_may_differ_from_row_to_row_and_unknown_ones_are_named(tmp_path: Path) -> None:
    path = write(
        tmp_path, "faq.yaml", "- {question: 甲？, answer: 乙}\n- {问: 丙？, 答: 丁, 转人工: 是, keyword_: [戊], x: 1}\n"
    )
    records, problems, (note,) = read(path)
    assert not problems
    assert [(one.question, one.handover) for one in records if isinstance(one, Policy)] == [
        ("甲？", False),
        ("丙？", True),
    ]
    assert note.ignored == {"x": ""}


def test_a_misspelt_key_is_told_with_the_right_one(tmp_path: Path) -> None:
    path = write(tmp_path, "products.yaml", "- {id: p1, name: 咖啡, selling_pionts: [甲]}\n")
    _, _, (note,) = read(path)
    assert note.ignored == {"selling_pionts": "是不是 selling_points？"}


BAD = [
    ("json", "x.json", '[{"id": "p1",\n "name" "x"}]', 2, "不是合格的 JSON"),
    ("json-nan", "x.json", '[{"id": "p1", "name": "x", "price": NaN}]', None, "NaN"),
    ("json-number", "x.json", "3", None, "里面不是资料"),
    ("json-item", "products.json", '[{"id": "p1", "name": "x"}, 3]', 2, "一组"),
    ("json-deep", "x.json", "[" * 100_000, None, "JSON"),
    ("jsonl", "products.jsonl", '{"id": "p1", "name": "x"}\n{bad}\n', 2, "不是合格的 JSON"),
    ("jsonl-list", "products.jsonl", '{"id": "p1", "name": "x"}\n[1]\n', 2, "对象"),
    ("yaml", "x.yaml", "- id: p1\n  name: x\n bad: [\n", 3, "不是合格的 YAML"),
    ("yaml-tag", "x.yaml", "- !!python/object/apply:os.system ['echo hi']\n", 1, "不是合格的 YAML"),
    ("yaml-loop", "x.yaml", "- &a {id: p1, name: x, note: *a}\n", None, "指向了自己"),
    ("yaml-deep", "x.yaml", "[" * 100_000, 1, "嵌套超过"),
    ("yaml-text", "x.yaml", "just words\n", None, "里面不是资料"),
    ("nested-price", "products.yaml", "- {id: p, name: x, promotions: [{name: a, price: 便宜}]}", 1, "不是金额"),
    ("nested-unknown", "products.yaml", "- {id: p, name: x, promotions: [{name: a, text: b, prize: 1}]}", 1, "prize"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "row", "told"), [one[1:] for one in BAD], ids=[one[0] for one in BAD])
def test_mistakes_are_told_with_their_place(tmp_path: Path, name: str, text: str, row: int | None, told: str) -> None:
    _, problems, _ = read(write(tmp_path, name, text))
    assert [one.row for one in problems] == [row]
    assert told in problems[0].reason


def test_aliases_that_unfold_to_billions_are_not_unfolded(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    _, problems, _ = read(write(tmp_path, "x.yaml", "\n".join(levels)))
    assert "展开后大得不正常" in problems[0].reason


def test_honest_aliases_and_merges_work(tmp_path: Path) -> None:
    text = "- &base {id: p1, name: 咖啡, brand: yan}\n- {<<: *base, id: p2, name: 茶}\n"
    records, problems, _ = read(write(tmp_path, "products.yaml", text))
    assert not problems
    assert [(one.id, one.brand) for one in records if isinstance(one, Product)] == [("p1", "yan"), ("p2", "yan")]


@pytest.mark.parametrize("name", ["x.yaml", "x.json", "x.jsonl", "x.csv"])
@pytest.mark.parametrize("text", ["", "\n\n", "[]"])
def test_nothing_in_a_file_is_no_record(tmp_path: Path, name: str, text: str) -> None:
    if (name, text) == ("x.json", "") or (name, text) == ("x.json", "\n\n") or (name, text) == ("x.jsonl", "[]"):
        assert read(write(tmp_path, name, text))[1]
    else:
        assert read(write(tmp_path, name, text))[0] == []
