"""The strict edge: what becomes a record, what does not and why; plain forms, hashes and texts of records."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given

from knowledge_base.errors import BadInputError
from knowledge_base.records import KINDS, Kind, Persona, Product, Promotion, Record, Source, Spec
from knowledge_base.schema import (
    content_hash,
    dump_record,
    json_schema,
    load_record,
    parse_record,
    record_name,
    search_text,
)
from tests.knowledge_base.record_strategies import records

PLACE = Source("商品.csv", 7)


def test_loose_but_clear_values_are_taken() -> None:
    record = parse_record(
        "product",
        {
            "kind": "product",
            "id": 7,
            "name": " 冻干黑咖啡 ",
            "price": "69.00",
            "price_date": "2026-11-01",
            "specs": [{"name": "净含量", "value": 48}],
            "promotions": [{"name": "双十一", "text": "59 元", "end": "2026-11-11", "price": 59}],
            "note": None,
        },
        PLACE,
    )
    assert isinstance(record, Product)
    assert (record.id, record.name, record.price) == ("7", "冻干黑咖啡", Decimal(69))
    assert record.price_date == date(2026, 11, 1)
    assert record.specs == (Spec("净含量", "48"),)
    assert record.promotions == (Promotion("双十一", "59 元", None, date(2026, 11, 11), Decimal(59)),)
    assert record.source == Source("商品.csv", 7, content_hash(record))


BACKWARDS = {"name": "a", "text": "b", "start": "2026-11-02", "end": "2026-11-01"}
BAD: list[tuple[str, Kind, dict[Any, Any], tuple[str, ...]]] = [
    ("no-name", "product", {"id": "p"}, ("名称(name)", "必填")),
    ("unknown-field", "product", {"id": "p", "name": "x", "prise": 1}, ("prise", "没有这个字段")),
    ("unknown-nested", "product", {"id": "p", "name": "x", "link": {"url": "a", "c": 1}}, ("链接(link)", "c 没有")),
    ("price-text", "product", {"id": "p", "name": "x", "price": "便宜"}, ("价格(price)", "不是数", "便宜")),
    ("price-nan", "product", {"id": "p", "name": "x", "price": "nan"}, ("价格", "不是有限的数")),
    ("price-negative", "product", {"id": "p", "name": "x", "price": "-1"}, ("价格", "不能小于 0")),
    ("no-such-day", "product", {"id": "p", "name": "x", "price_date": "2026-02-30"}, ("价格日期", "不是日期")),
    ("blank-id", "product", {"id": "  ", "name": "x"}, ("编号(id)", "不能为空")),
    ("line-break-in-id", "product", {"id": "a\nb", "name": "x"}, ("编号(id)", "换行")),
    ("long-id", "product", {"id": "长" * 201, "name": "x"}, ("编号(id)", "200")),
    ("list-as-text", "product", {"id": "p", "name": "x", "scenes": "早上"}, ("场景", "列表")),
    ("channel", "exemplar", {"id": "e", "text": "x", "channel": "微博"}, ("渠道(channel)", "'article'、'moments'、")),
    ("blank-answer", "policy", {"id": "q", "question": "x", "answer": " "}, ("答(answer)", "不能为空")),
    ("dates", "coupon", {"id": "c", "name": "x", "start": "2026-11-02", "end": "2026-11-01"}, ("开始", "晚于")),
    ("offer-dates", "product", {"id": "p", "name": "x", "promotions": [BACKWARDS]}, ("优惠(promotions)", "晚于")),
    ("stock", "coupon", {"id": "c", "name": "x", "stock": -1}, ("库存", "不能小于 0")),
    ("surrogate", "product", {"id": "p", "name": "\ud800"}, ("名称",)),
    ("key-is-no-text", "product", {"id": "p", "name": "x", 1: 2}, ("字段名",)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "data", "told"), [one[1:] for one in BAD], ids=[one[0] for one in BAD])
def test_bad_data_is_refused_with_file_row_field_and_reason(
    kind: Kind, data: dict[Any, Any], told: tuple[str, ...]
) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_record(kind, data, PLACE)
    assert caught.value.message.startswith("商品.csv:7 字段「")
    assert all(text in caught.value.message for text in told)


def test_every_mistake_of_a_row_is_told_at_once() -> None:
    with pytest.raises(BadInputError) as caught:
        parse_record("product", {"id": "p", "price": "x", "colour": "red"}, PLACE)
    message = caught.value.message
    assert "名称" in message
    assert "价格" in message
    assert "colour" in message
    assert "selling_points" in caught.value.hint


@given(records())
def test_plain_form_and_record_are_one_to_one(record: Record) -> None:
    plain = dump_record(record)
    back = load_record(record.kind, json.loads(json.dumps(plain)))
    assert back == record
    assert back.source == record.source
    assert type(back) is type(record)
    assert parse_record(record.kind, plain, record.source) == record


@given(records())
def test_names_and_texts_are_never_empty_and_say_the_name(record: Record) -> None:
    assert record_name(record).strip()
    assert search_text(record).strip()
    assert all(part.strip() for part in search_text(record).split("\n")[:1])


def test_the_hash_sees_content_and_nothing_else() -> None:
    one = Product(id="p", name="咖啡", price=Decimal("69.00"), source=Source("a.csv", 1))
    assert content_hash(one) == content_hash(replace(one, price=Decimal(69), source=Source("b.csv", 2)))
    assert content_hash(one) != content_hash(replace(one, price=Decimal("69.01")))
    assert content_hash(Product(id="x", name="y")) != content_hash(Persona(id="x", name="y"))


def test_defaults_are_left_out_of_the_plain_form() -> None:
    assert dump_record(Product(id="p", name="x")) == {"kind": "product", "id": "p", "name": "x"}


def test_search_text_leads_with_the_name_and_carries_what_people_ask_for() -> None:
    record = Product(
        id="p",
        name="面霜",
        aliases=("保湿霜",),
        ingredients=("神经酰胺",),
        faq=("问：孕妇能用吗？答：先问医生。",),
        specs=(Spec("净含量", "50 克"),),
    )
    assert search_text(record).split("\n") == ["面霜", "保湿霜", "神经酰胺", "净含量 50 克", record.faq[0]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_json_schema_agrees_with_the_parser(kind: Kind) -> None:
    schema = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "source" not in schema["properties"]
    assert all("description" in shape for name, shape in schema["properties"].items() if name != "kind")


@given(records())
def test_every_record_satisfies_its_json_schema(record: Record) -> None:
    plain = {name: value for name, value in dump_record(record).items() if name != "source"}
    jsonschema.validate(plain, json_schema(record.kind))


def test_loading_records_needs_no_pydantic() -> None:
    code = (
        "import sys; from knowledge_base.schema import load_record, search_text, content_hash;"
        "content_hash(load_record('product', {'id': 'a', 'name': 'b', 'price': '1'}));"
        "assert 'pydantic' not in sys.modules"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
