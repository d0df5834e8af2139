"""`--fail-if`: what can be written, and where a mistake is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.gate_language import parse
from knowledge_base.errors import UsageError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("facts.precision < .98", {"kind": "level", "metric": "facts.precision", "op": "<", "bound": 0.98}),
        ("facts.precision mean<=98%", {"kind": "level", "metric": "facts.precision", "op": "<=", "bound": 0.98}),
        (
            "compliance drop > 0 (95%)",
            {"kind": "drop", "metric": "compliance", "op": ">", "bound": 0, "confidence": 0.95},
        ),
        (
            "latency rise >= 0.5(90 %)",
            {"kind": "rise", "metric": "latency", "op": ">=", "bound": 0.5, "confidence": 0.9},
        ),
        ("spec pass drop > 5% (99.9%)", {"kind": "drop", "metric": "spec", "aggregate": "pass", "bound": 0.05}),
        ("errors > 3", {"kind": "errors", "metric": "", "bound": 3}),
        ("error_rate >= 1%", {"kind": "error_rate", "bound": 0.01}),
        (" must_pass ", {"kind": "must_pass"}),
        ("compliance drop ＞ 0 （95％）", {"kind": "drop", "metric": "compliance", "bound": 0, "confidence": 0.95}),
        ("my.py:score < -1e-3", {"kind": "level", "metric": "my.py:score", "bound": -0.001}),
        ("'3 天内回复' pass < .9", {"kind": "level", "metric": "3 天内回复", "aggregate": "pass"}),
        ("'errors' < 1", {"kind": "level", "metric": "errors"}),
        ("品牌语气 < .6", {"kind": "level", "metric": "品牌语气"}),
        ("drop drop > 0", {"kind": "drop", "metric": "drop"}),
    ],
)
def test_conditions(text: str, wanted: dict[str, object]) -> None:
    found = parse(text)
    assert {name: getattr(found, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("", 1, "评分器"),
        ("   ", 1, "评分器"),
        ("< .98", 1, "评分器"),
        ("facts.precision", 16, "比较符"),
        ("facts.precision == .98", 17, "看不懂"),
        ("facts.precision <", 18, "一个数"),
        ("facts.precision < high", 19, "一个数"),
        ("facts.precision < .98 drop", 23, "多了字"),
        ("compliance drops > 0", 12, "比较符"),
        ("compliance drop > 0 (95)", 21, "看不懂"),
        ("compliance drop > 0 (20%)", 21, "置信度"),
        ("compliance drop > 0 (9.9.9%)", 21, "置信度"),
        ("errors > 3 (95%)", 12, "不用写置信度"),
        ("must_pass > 0", 11, "多了字"),
        ("a < 1 and b < 2", 7, "几个 --fail-if"),
        ("a < 1e999", 5, "太大"),
        ("a < 0x10", 5, "一个数"),
    ],
)
def test_mistakes_are_shown_with_their_position(text: str, place: int, word: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert f"第 {place} 个字" in caught.value.message
    assert word in caught.value.message
    assert "写法如" in caught.value.hint


@given(st.text(alphabet="ab.<>=0123%()' drop passmean", max_size=30))
def test_any_text_is_a_condition_or_a_usage_error(text: str) -> None:
    try:
        found = parse(text)
    except UsageError:
        return
    assert found.op in ("<", "<=", ">", ">=")


@pytest.mark.parametrize(
    ("text", "value", "hit"),
    [
        ("m < .3", 0.1 + 0.2, False),
        ("m <= .3", 0.1 + 0.2, True),
        ("m > 0", 0.0, False),
        ("m > 0", 1e-6, True),
        ("m >= 0", 0.0, True),
    ],
)
def test_limits_do_not_hang_on_rounding(text: str, value: float, hit: bool) -> None:
    assert parse(text).hit(value) is hit
