"""The development examples: what an advertisement may not say, and the lawful look-alikes beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agent.checks.compliance import examine
from knowledge_base.rules.law import load_rules

CASES = Path(__file__).with_name("compliance_cases.yaml")
BOOK = load_rules()


def cases(kind: str) -> list[object]:
    data = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    return [
        pytest.param(text, id=f"{family}-{i}")
        for family, texts in data[kind].items()
        for i, text in enumerate(texts, 1)
    ]


@pytest.mark.parametrize("text", cases("bad"))
def test_a_violation_blocks_a_post(text: str) -> None:
    found = [f for f in examine(text, "post", book=BOOK) if f.severity == "block"]
    assert found
    assert all(f.law and f.message and text[f.start : f.end] == f.text for f in found)


@pytest.mark.parametrize("text", cases("fine"))
def test_a_lawful_text_passes(text: str) -> None:
    assert [(f.rule_id, f.text) for f in examine(text, "post", book=BOOK) if f.severity == "block"] == []


def test_the_tables_are_broad() -> None:
    assert len(cases("bad")) >= 340
    assert len(cases("fine")) >= 330


@pytest.mark.parametrize(
    ("text", "exemption"),
    [
        ("不敢说最正宗", "否定、自谦"),
        ("最佳食用温度 60 度", "使用建议"),
        ("力求最专业的服务", "服务态度、经营理念或目标追求"),
        ("本店最畅销的是 2 号套餐", "自家范围内的比较（留好销售数据备查）"),
        ("获得最佳口感奖", "奖项、称号名称（须有获奖证明）"),
        ("国家级非物质文化遗产项目", "官方评定的称号（须有文件）"),
        ("有人问：能治疗湿疹吗？", "引述顾客的提问"),
        ("每一块木纹都独一无二", "一物一貌"),
    ],
)
def test_what_is_let_pass_names_its_exemption(text: str, exemption: str) -> None:
    found = examine(text, "ad", book=BOOK)
    assert exemption in {f.exemption for f in found}
    assert all(f.severity == "info" for f in found)
