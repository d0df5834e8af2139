"""A pairwise judge: both orders, agreement or a tie, and failures that are no ties."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent.errors import ServerTroubleError
from agent.models.scripted import Step
from evals.judges.prefer import Preference
from tests.evals.judges.judging import pair_judge, sampled, shown, vote, without_copy

A = "图书馆没热水？撕一条，冷水晃三下。"
B = "甄选云南好豆，极致醇香，唤醒每一个清晨！"


def concrete(first: str, second: str) -> str:
    return "甲" if "图书馆" in first else "乙" if "图书馆" in second else "平"


def compared(*script: Step, a: str = A, b: str = B) -> Preference:
    judge, _ = pair_judge(script)
    return asyncio.run(judge.compare(sampled(a), sampled(b)))


def test_the_better_copy_wins_from_both_places() -> None:
    found = compared(vote(concrete), vote(concrete))
    assert (found.winner, found.swayed, found.why) == ("a", False, "更具体")
    assert found.evidence == (("text", 0, 6),)


def test_it_is_asked_in_both_orders() -> None:
    judge, model = pair_judge([vote(concrete)] * 2)
    asyncio.run(judge.compare(sampled(A), sampled(B)))
    asked = [(shown(request, "first"), shown(request, "second")) for request in model.history]
    assert asked[0] == asked[1][::-1]
    assert set(asked[0]) == {A, B}
    assert all(request.temperature == 0.0 for request in model.history)


PLACES = {
    "always the first": lambda first, second: "甲",
    "always the second": lambda first, second: "乙",
    "first or nothing": lambda first, second: "甲" if "图书馆" in first else "平",
}


@pytest.mark.parametrize("choose", PLACES.values(), ids=PLACES.keys())
def test_a_judge_that_goes_by_place_makes_a_tie(choose: Any) -> None:
    found = compared(vote(choose), vote(choose))
    assert (found.winner, found.swayed) == ("tie", True)
    assert "换了先后" in found.why


def test_a_tie_said_twice_is_a_tie_and_nothing_swayed() -> None:
    found = compared(*[vote(lambda first, second: "平")] * 2)
    assert (found.winner, found.swayed) == ("tie", False)


def test_who_is_called_a_changes_neither_question_nor_winner() -> None:
    one, first = pair_judge([vote(concrete)] * 2)
    two, second = pair_judge([vote(concrete)] * 2)
    there = asyncio.run(one.compare(sampled(A), sampled(B)))
    back = asyncio.run(two.compare(sampled(B), sampled(A)))
    assert (there.winner, back.winner) == ("a", "b")
    assert [r.messages for r in first.history] == [r.messages for r in second.history], (
        "the cassette answers the second"
    )
    assert back.turned().winner == there.winner
    assert back.turned().evidence == there.evidence


FAILURES: dict[str, tuple[list[Step], str]] = {
    "HTTP 500 first": ([ServerTroubleError("500")], "error"),
    "HTTP 500 second": ([vote(concrete), ServerTroubleError("500")], "error"),
    "no JSON": (["甲好", "甲好"], "unparsable"),
    "neither": ([vote(lambda f, s: "都好")] * 2, "unparsable"),
    "null": ([vote(concrete, better=None)] * 2, "unparsable"),
    "quote of the other copy": ([vote(concrete, first_quote="甄选云南好豆", second_quote="甄选云南好豆")] * 2, "void"),
    "no quote": ([vote(concrete, second_quote="")] * 2, "void"),
    "wrong ticket": ([vote(concrete, ticket="0")] * 2, "void"),
    "second order unusable": ([vote(concrete), "…", "…"], "unparsable"),
}  # fmt: skip


@pytest.mark.parametrize(("script", "fault"), FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_in_either_order_is_no_tie(script: list[Step], fault: str) -> None:
    found = compared(*script)
    assert found.winner is None
    assert found.fault == fault
    assert found.why


def test_identical_copies_tie_without_a_call() -> None:
    assert compared(a=A, b=A).winner == "tie"


def test_a_missing_copy_is_no_loss() -> None:
    judge, model = pair_judge([])
    found = asyncio.run(judge.compare(sampled(A), without_copy()))
    assert (found.winner, found.fault) == (None, "inapplicable")
    assert asyncio.run(judge.compare(sampled(A), sampled("\u200b"))).winner is None
    assert model.history == []


def test_only_answers_to_the_same_case_are_compared() -> None:
    judge, _ = pair_judge([])
    with pytest.raises(ValueError, match="one case"):
        asyncio.run(judge.compare(sampled(A), sampled(B, case="c2")))
