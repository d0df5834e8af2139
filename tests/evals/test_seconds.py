"""Seconds: judged between endpoints, told and left alone where a machine's own business decides them."""

from __future__ import annotations

import numpy as np
import pytest

from evals.compare import compare, compare_all, rankings
from evals.compare_report import as_text
from evals.gate import gate
from evals.records import Run, Score, Variant
from tests.evals.stats.suites import row, run

DOWN: dict[str, bool | None] = {"latency": False}


def seconds(id: str, base: float, model: str) -> Run:
    random = np.random.default_rng(round(10 * base))
    values = [base + float(random.normal(0, 0.01)) for _ in range(30)]
    return run(
        id,
        [
            row(f"c{at}", Score("latency", value), Score("m", value), variant=Variant("", model))
            for at, value in enumerate(values)
        ],
    )


@pytest.mark.parametrize(
    ("models", "verdict"),
    [
        (("offline", "offline"), "unjudged"),
        (("offline", "deepseek"), "unjudged"),
        (("deepseek", "offline"), "unjudged"),
        (("deepseek", "deepseek"), "worse"),
        (("deepseek", "kimi"), "worse"),
    ],
    ids=str,
)
def test_seconds_are_judged_only_between_endpoints(models: tuple[str, str], verdict: str) -> None:
    """What the offline writer takes says how busy the machine was, nothing of the prompt."""
    a, b = seconds("a", 0.1, models[0]), seconds("b", 0.2, models[1])
    found = compare(a, b, higher_is_better=DOWN, resamples=2_000)
    latency, other = found.scorer("latency"), found.scorer("m")
    assert latency is not None
    assert other is not None
    assert latency.verdict == verdict
    assert latency.difference == pytest.approx(0.1, abs=0.01)
    assert other.verdict == "better"
    text = as_text([found])
    if verdict == "unjudged":
        assert other.p_adjusted == other.p_value, "what is not tested costs the others nothing"
        assert (latency.p_value, latency.p_adjusted, latency.wins, latency.worse, latency.power) == (
            None,
            None,
            None,
            (),
            None,
        )
        assert "不下结论" in text
        assert "这台机器当时忙不忙" in text
        assert "latency 变差" not in text
    else:
        assert "不是同时问的" in text


def test_seconds_asked_side_by_side_need_no_caution() -> None:
    both = run("a", [*seconds("a", 0.1, "deepseek").rows, *seconds("a", 0.2, "kimi").rows])
    (found,) = compare_all(both, higher_is_better=DOWN, resamples=2_000)
    latency = found.scorer("latency")
    assert latency is not None
    assert latency.verdict == "worse"
    assert "同时" not in latency.note


def test_the_offline_writers_seconds_rank_nobody() -> None:
    three = run(
        "a", [r for at, model in enumerate(("deepseek", "kimi", "offline")) for r in seconds("a", at, model).rows]
    )
    assert [one.scorer for one in rankings(three, higher_is_better=DOWN)] == ["m"]


def test_seconds_of_the_offline_writer_block_nothing() -> None:
    """They are those of a busy machine; a plain limit on them is the user's own affair."""
    new, old = seconds("new", 2.0, "offline"), seconds("old", 1.0, "offline")

    def code(condition: str) -> int:
        return gate(new, old, [condition], higher_is_better=DOWN, resamples=2_000).exit_code

    assert code("latency rise > 0.5 (95%)") == 7
    assert code("latency > 5") == 0
    assert code("latency > 1") == 6
