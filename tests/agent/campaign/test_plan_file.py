"""The plan file says what is wrong with it, where, and what may stand there."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import yaml

from agent.campaign.plan_file import campaign_id, load_plan, plan_schema, plan_sha256
from knowledge_base.errors import BadInputError
from tests.agent.campaign.setup import PLAN, write_plan

SCHEMA = Path(__file__).parents[3] / "docs" / "schemas" / "campaign.schema.json"


def test_a_short_plan_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("name: 试\nchannels: moments\nproducts: 燕麦脆\ndates: 2026-11-25\n", encoding="utf-8")
    plan = load_plan(path)
    assert [target.form for target in plan.channels] == ["ad"]
    assert plan.products == ("燕麦脆",)
    assert plan.dates == (date(2026, 11, 25),)
    assert plan.parsed_angles == (None,)


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ("name: a\nchannels: [moments]\nproduct: x\n", 3, "没有这个字段"),
        ("name: a\nchannels: [moments]\n", 1, "必填"),
        ("name: a\nchannels: [抖音]\nproducts: all\n", 2, "没有渠道「抖音」"),
        ("name: a\nchannels: [moments]\nproducts: all\nvariants: 很多\n", 4, "整数"),
        ("name: a\nchannels: [moments]\nproducts: all\nvariants: 0\n", 4, "不能小于 1"),
        ("name: a\nchannels: [moments]\nproducts: all\nconcurrency: 257\n", 4, "不能大于 256"),
        ("name: a\nchannels: [moments]\nproducts: all\nbudget:\n  money: -1\n", 5, "不能小于 0"),
        ("name: a\nchannels: [moments]\nproducts: all\nbudget:\n  钱: 1\n", 5, "没有这个字段"),
        ("name: a\nchannels: [moments]\nproducts: all\nangles: [怀旧]\n", 4, "没有角度「怀旧」"),
        ("name: a\nchannels: [moments]\nproducts: all\ndates: [明天]\n", 4, "日期"),
        ("name: a\nchannels: [moments]\nproducts: all\none_to_one: true\n", 1, "recipients"),
        ("name: a\nchannels:\n  - channel: moments\n    fomat: x\nproducts: all\n", 4, "没有这个字段"),
        ("name: [\n", 2, "YAML"),
        ("- a\n", 1, "字段: 值"),
    ],
)
def test_mistakes_name_line_and_reason(tmp_path: Path, text: str, row: int, said: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        load_plan(path)
    assert said in caught.value.message
    assert caught.value.row == row
    assert caught.value.file == str(path)


def test_the_hash_follows_the_meaning(tmp_path: Path) -> None:
    first = load_plan(write_plan(tmp_path))
    again = tmp_path / "again.yaml"
    again.write_text(
        "# 注释\n" + yaml.safe_dump(dict(reversed(list(PLAN.items()))), allow_unicode=True), encoding="utf-8"
    )
    assert plan_sha256(load_plan(again)) == plan_sha256(first)
    assert plan_sha256(load_plan(write_plan(tmp_path, goal="别的"))) != plan_sha256(first)


@pytest.mark.parametrize(
    ("name", "id"), [("双11 燕麦脆", "双11-燕麦脆"), ("a/b\\c", "a-b-c"), ("！！", "campaign"), ("x_y-z", "x_y-z")]
)
def test_ids_are_safe_in_commands(name: str, id: str) -> None:
    assert campaign_id(name) == id


def test_the_shipped_schema_is_current() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == plan_schema()
