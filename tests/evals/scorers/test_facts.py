"""Facts: untrue claims lower precision, untold selling points lower recall, and spelling does not matter."""

from __future__ import annotations

import pytest

from evals.records import Expectation, Sampled, Score
from evals.scorers.compliance import Compliance
from evals.scorers.facts import FactsPrecision, FactsRecall
from evals.scorers.spec import Spec
from tests.evals.scorers.answers import moments, scores

TRUE = "图书馆没热水。撕一条，冷水 3 秒化开，2 克一条，69 元。"


def precision(row: Sampled) -> Score:
    return scores(FactsPrecision(), row)["facts.precision"]


def test_true_copy_has_full_precision() -> None:
    found = precision(moments(TRUE))
    assert (found.value, found.passed) == (1.0, True)
    assert found.evidence == ()


def test_untrue_figures_lower_precision_and_are_shown() -> None:
    text = "撕一条，冷水 1 秒化开，2 克一条，59 元。"
    found = precision(moments(text))
    assert found.passed is False
    assert found.value == pytest.approx(0.6)
    assert [text[a:b] for _, a, b in found.evidence] == ["1 秒", "59 元"]


def test_copy_that_claims_nothing_has_no_precision() -> None:
    found = precision(moments("早八又快到了，图书馆门口排着队。"))
    assert found.value is None
    assert found.passed is None


@pytest.mark.parametrize(
    ("point", "text"),
    [
        ("冷水 3 秒化开", "撕一条，冷水3秒化开。"),
        ("冷水 3 秒化开", "冷水三秒就化开了。"),
        ("69 元", "一盒六十九块。"),
        ("配料只有咖啡豆", "翻过来看，配料表里只有咖啡豆。"),
        ("配料只有咖啡豆", "配料只有咖啡豆，没了。"),
        ("条长 9 厘米，塞得进笔袋", "塞得进笔袋，一条也就 9cm 长。"),
        ("２ 克一条", "2克一条"),
        ("雲南保山", "豆子来自云南保山"),
    ],
)
def test_selling_points_are_found_however_spelled(point: str, text: str) -> None:
    (found,) = FactsRecall().score(moments(text, expect=Expectation(selling_points=(point,))))
    assert (found.value, found.passed) == (1.0, True)
    ((field, start, end),) = found.evidence
    assert field == "text"
    assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    ("point", "text"),
    [
        ("冷水 3 秒化开", "冷水 5 秒化开。"),
        ("冷水 3 秒化开", "热水 3 分钟泡好。"),
        ("69 元", "一盒 96 元。"),
        ("配料只有咖啡豆", "喝起来很香。"),
        ("冷水 3 秒化开", "等了 3 秒。电梯还没来，手机也没电。"),
        ("冷水 3 秒化开", "冷水就行。化开要不了多久，3 秒后我又困了。"),
    ],
)
def test_other_facts_do_not_count(point: str, text: str) -> None:
    (found,) = FactsRecall().score(moments(text, expect=Expectation(selling_points=(point,))))
    assert (found.value, found.passed) == (0.0, False)
    assert point in found.explanation


def test_recall_is_a_share_and_silent_without_expectation() -> None:
    wanted = Expectation(selling_points=("冷水 3 秒化开", "云南保山"))
    assert FactsRecall().score(moments(TRUE, expect=wanted))[0].value == 0.5
    assert FactsRecall().score(moments(TRUE)) == ()


def test_compliance_counts_what_the_checks_found() -> None:
    good = scores(Compliance(), moments(TRUE))
    assert (good["compliance"].value, good["compliance.block"].value) == (1.0, 0.0)
    bad = scores(Compliance(), moments("全国第一的咖啡，喝了能减肥，治头痛。"))
    assert bad["compliance"].passed is False
    assert bad["compliance"].evidence
    assert (bad["compliance.block"].value or 0) >= 2


def test_spec_reports_length_and_leaves_law_to_compliance() -> None:
    assert scores(Spec(), moments("全国第一的咖啡。"))["spec"].value == 1.0
    long = scores(Spec(), moments("图书馆没有热水，" * 10))["spec"]
    assert (long.value, long.passed) == (0.0, False)
    assert "40" in long.explanation
