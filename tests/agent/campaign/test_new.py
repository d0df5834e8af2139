"""`wenan campaign new`: what it writes is what a run understands."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agent.campaign.new import Answers, plan_text
from agent.campaign.plan_file import CampaignPlan, load_plan
from tests.conftest import Ran

Wenan = Callable[..., Ran]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAME = TEXT.filter(lambda text: text.strip() == text and text != "")


@given(goal=TEXT, notes=TEXT, coupon=TEXT, name=NAME, products=st.lists(NAME, max_size=3))
def test_any_text_reads_back_as_itself(goal: str, notes: str, coupon: str, name: str, products: list[str]) -> None:
    answers = Answers(name=name, channels=("ad",), products=tuple(products), goal=goal, notes=notes, coupon=coupon)
    data = yaml.load(plan_text(answers, (), ()), Loader=yaml.CSafeLoader)
    plan = CampaignPlan.model_validate(data)
    assert (plan.goal, plan.notes, plan.coupon, plan.name) == (goal, notes, coupon, name)
    assert plan.products == (tuple(products) or "all")


def test_an_event_fills_in_the_plan(sample_dir: Path, wenan: Wenan) -> None:
    ran = wenan("campaign", "new", "--event", "大雪", "--yes", "--out", "大雪.yaml", "--money", "20")
    assert ran.code == 0, ran.err
    plan = load_plan(sample_dir / "大雪.yaml")
    day = plan.dates[0]
    assert (day.month, day.day) in {(12, 6), (12, 7), (12, 8)}
    assert day >= date.today()
    assert plan.name == f"大雪{day.year}"
    assert "p-cup" in plan.products
    assert "大雪" in plan.goal
    assert str(plan.budget.money) == "20"
    assert wenan("campaign", "plan", "大雪.yaml").code == 0


def test_a_file_is_not_overwritten_unasked(sample_dir: Path, wenan: Wenan) -> None:
    assert wenan("campaign", "new", "--yes").code == 0
    assert wenan("campaign", "new", "--yes").code == 2
    assert wenan("campaign", "new", "--yes", "--force", "--name", "第二次").code == 0
    assert load_plan(sample_dir / "campaign.yaml").name == "第二次"


def test_it_asks_and_enter_keeps_what_is_suggested(
    sample_dir: Path, wenan: Wenan, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    said = ["员工朋友圈，公众号文章", "我的冬至", "燕麦脆、p-soup", "", "场景，痛点", "", "", "", "12.5"]
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(said) + "\n"))
    ran = wenan("campaign", "new", "--event", "冬至")
    assert ran.code == 0, ran.err
    plan = load_plan(sample_dir / "campaign.yaml")
    assert [target.channel for target in plan.channels] == ["员工朋友圈", "公众号文章"]
    assert (plan.name, plan.products, plan.personas) == ("我的冬至", ("p-oat", "p-soup"), "all")
    assert plan.angles == ("场景", "痛点")
    assert plan.dates[0].month == 12
    assert str(plan.budget.money) == "12.5"


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--channel", "抖音"], 2, "没有渠道「抖音」"),
        (["--product", "航空母舰"], 3, "航空母舰"),
        (["--date", "下周"], 2, "写成 2026-12-07"),
        (["--money", "很多"], 2, "不是金额"),
        (["--angle", "八卦"], 2, "八卦"),
        (["--event", "大学"], 3, "大雪"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_wrong_answers_write_nothing(sample_dir: Path, wenan: Wenan, options: list[str], code: int, words: str) -> None:
    ran = wenan("campaign", "new", "--yes", *options)
    assert (ran.code, words in ran.err) == (code, True), ran.err
    assert not (sample_dir / "campaign.yaml").exists()
