"""Terms, rising complaints, and candidate FAQ entries."""

# ruff: noqa: DTZ001 - stored times are UTC without a zone

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import yaml

pytest.importorskip("statsmodels")

from knowledge_base.audience.messages.faq import Turn, mine, yaml_of
from knowledge_base.audience.messages.topics import Message, emerging, terms
from knowledge_base.audience.messages.untrained import ExampleClassifier
from knowledge_base.embedders.usem3 import UseEmbedder
from knowledge_base.embedding import ToyEmbedder

START = datetime(2026, 9, 7)


def week(number: int, complaints: int, calm: int, text: str = "杯盖漏水") -> list[Message]:
    at = START + timedelta(weeks=number)
    return [Message(text, at, "杯子", True)] * complaints + [Message("请问多少钱", at, "杯子", False)] * calm


def test_terms_are_typical_of_their_group() -> None:
    said = [("杯子", "杯盖漏水，价格合适"), ("杯子", "杯盖漏水"), ("咖啡", "咖啡很苦，价格合适"), ("咖啡", "咖啡太苦")]
    found = terms(said)
    assert found["杯子"][0].word in {"杯盖", "漏水"}
    assert "漏水" not in {one.word for one in found["咖啡"]}
    assert terms([]) == {}


def test_a_rise_is_found_with_its_numbers() -> None:
    messages = [m for n in range(6) for m in week(n, 2, 40)] + week(6, 18, 40)
    found = emerging(messages)
    assert {one.word for one in found} == {"", "杯盖", "漏水"}
    total = next(one for one in found if not one.word)
    assert (total.count, total.base, total.before, total.before_base, total.weeks_before) == (18, 58, 12, 252, 6)
    assert total.p < 1e-4


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [m for n in range(6) for m in week(n, 2, 40)] + week(6, 3, 40),
        [m for n in range(6) for m in week(n, 2, 20)] + week(6, 20, 200),
        week(0, 2, 40) + week(1, 20, 40),
    ],
    ids=["none", "few", "busy week", "too short"],
)
def test_no_rise(messages: list[Message]) -> None:
    assert emerging(messages) == ()


def talks() -> list[Turn]:
    found = []
    for i in range(4):
        found += [
            Turn(f"s{i}", False, "你们几天能发货？"),
            Turn(f"s{i}", True, "四十八小时内发出，请放心。" if i else "马上给您发，电话13812345678联系我。"),
            Turn(f"s{i}", False, "好的谢谢"),
        ]
    return [*found, Turn("s9", False, "能开发票吗？"), Turn("s9", True, "可以开，订单页申请。")]


def test_mining_takes_the_accepted_answer_and_no_personal_data() -> None:
    (one,) = mine(talks(), ToyEmbedder())
    assert (one.question, one.answer) == ("你们几天能发货？", "四十八小时内发出，请放心。")
    assert (one.asked, one.sessions, one.accepted) == (4, 4, 3)
    text = yaml_of([one])
    assert "候选" in text
    assert "138" not in text
    (record,) = yaml.safe_load(text)
    assert record["answer"] == one.answer


def test_hostile_text_stays_inside_its_comment() -> None:
    said = "怎么发货？\n- id: evil\n  question: 坏"
    turns = [turn for i in range(3) for turn in (Turn(str(i), False, said), Turn(str(i), True, "四十八小时内发出。"))]
    (record,) = yaml.safe_load(yaml_of(mine(turns, ToyEmbedder())))
    assert record["id"] != "evil"


def test_questions_about_one_product_stay_apart() -> None:
    """A long product name makes everything asked of it alike; neither it nor another intent may merge questions."""
    name = "小米南瓜速食粥"
    asked = {
        "什么时候发货": "四十八小时内发出。",
        "现在多少钱？": "以商品页的价格为准。",
        "可以放多久": "阴凉处可以放六个月。",
    }
    talks = [
        turn
        for n in range(3)
        for i, (question, answer) in enumerate(asked.items())
        for turn in (Turn(f"{n}-{i}", False, name + question), Turn(f"{n}-{i}", True, answer))
    ]
    embedder = UseEmbedder()
    found = mine(talks, embedder, intents=ExampleClassifier("intent", embedder), names=[name])
    assert {one.question: one.answer for one in found} == {name + q: a for q, a in asked.items()}
