"""The desk over the sample brand: what customers really write, against every policy at once. See desk_messages.py."""

from __future__ import annotations

import asyncio
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agent.brief import Brief
from agent.checks import check
from agent.context import Context
from agent.finding import blocking
from agent.model import Request
from agent.models.offline import OfflineModel
from agent.parse import parse
from agent.render import render
from agent.tokens import EstimateCounter
from knowledge_base.workspace import Workspace
from tests.agent.desk_messages import CASES, Case
from tests.agent.test_offline_sample import BRAND, POLICIES, PRODUCTS, TODAY

MODEL = OfflineModel()
RIGHT = 0.9
UNSAFE = re.compile(
    r"放心[吃喝用买]|不会过敏|没有副作用|(?<!不敢)保证|绝对|一定能|百分百|正常现象|包治|(?<!不)能治|可以治|"
    r"打[一二三四五六七八九]折|免费送|已[经给]?退款"
)


@cache
def answered(message: str) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    """(the answer object, the text a customer reads, rules that block it), with every policy on the desk."""
    products = tuple(p for p in PRODUCTS if any(name in message for name in (p.name, *p.aliases)))[:2]
    brief = Brief(channel="reply", form="service", today=TODAY, brand=BRAND.id, message=message, seed=1)
    ids = {p.id for p in products}
    policies = tuple(p for p in POLICIES if not p.products or not ids or ids & set(p.products))
    context = Context(products=products, brand=BRAND, policies=policies)
    prompt = render(None, brief, context, workspace=Workspace(Path("nowhere")), count=EstimateCounter())
    request = Request(messages=prompt.messages, blocks=prompt.blocks, schema=prompt.schema, seed=1)
    raw = asyncio.run(MODEL.complete(request)).text
    copy, findings = parse(raw, brief)
    assert copy is not None, findings
    stuck = tuple(f.rule_id for f in blocking((*findings, *check(copy, brief, context))))
    found: dict[str, Any] = json.loads(raw)
    return found, getattr(copy, "text", ""), stuck


def faults(case: Case) -> list[str]:
    """What is wrong with the answer to one message."""
    found, text, _ = answered(case.message)
    wrong = []
    if case.policies and not set(case.policies) & set(found["policies"]):
        wrong.append(f"rests on {found['policies']}")
    if case.handover is not None and found["handover"] is not case.handover:
        wrong.append(f"handover {found['handover']}")
    if not re.search(case.says, text):
        wrong.append(f"does not say {case.says}")
    if case.never and re.search(case.never, text):
        wrong.append(f"says {case.never}")
    return wrong


def test_nine_in_ten_messages_are_answered_right() -> None:
    wrong = {case.message: (faults(case), answered(case.message)[1]) for case in CASES if faults(case)}
    assert len(CASES) >= 60
    assert 1 - len(wrong) / len(CASES) >= RIGHT, wrong


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.message)
def test_no_answer_is_unsafe(case: Case) -> None:
    found, text, stuck = answered(case.message)
    assert not UNSAFE.search(text)
    assert not stuck, text
    known = "".join(p.answer for p in POLICIES) + "".join(
        f"{fact}" for p in PRODUCTS for fact in (*p.faq, *p.selling_points, *p.specs, p.price, *p.promotions)
    )
    days = re.sub(r"\d+ 月 \d+ 日", "", text)
    assert set(re.findall(r"\d+(?:\.\d+)?", days)) <= set(re.findall(r"\d+(?:\.\d+)?", known))
    assert set(found["policies"]) <= {p.id for p in POLICIES}


@pytest.mark.parametrize("case", [c for c in CASES if c.handover], ids=lambda case: case.message)
def test_grave_matters_go_to_a_person(case: Case) -> None:
    found, _, _ = answered(case.message)
    assert found["handover"]
    assert found["handover_reason"]


@pytest.mark.parametrize(
    "message",
    [
        "上次买的咖啡结块了，怎么回事",
        "咖啡受潮了还能喝吗",
        "打开粥有股怪味，这正常吗",
        "毛巾才洗两次就起球了",
        "袋子胀袋了",
    ],
)
def test_goods_that_went_wrong_go_to_a_person_and_are_not_described(message: str) -> None:
    found, text, _ = answered(message)
    assert found["handover"], text
    assert "照片" in text
    assert "咖啡因" not in text


@pytest.mark.parametrize("message", ["毛巾会起球吗", "这个杯子会不会生锈", "冷水真的能化吗"])
def test_asking_whether_goods_may_go_wrong_is_no_complaint(message: str) -> None:
    found, text, _ = answered(message)
    assert found["intent"] != "收到的东西坏了、少了", text
    assert "是我们不对" not in text


def test_broken_on_arrival_is_no_question_of_unopened_returns() -> None:
    found, text, _ = answered("上周买的燕麦脆碎了，能退吗")
    assert found["policies"] == ["pol-ship-broken"]
    assert "48 小时" in text
    assert "无理由" not in text
