"""Retries: which errors, how long the waits, what Retry-After means, and never after a piece was shown."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadKeyError, RateLimitError, ServerTroubleError, SlowModelError, UnreachableError
from agent.models.prices import cost_of
from agent.models.retry import RetryPolicy, read_retry_after, with_retries
from tests.agent.model_wire import USAGE_CHUNK, Wire, answer, chunk, profile, refusal, stream

BUSY = refusal(503, "busy")
GONE = httpx2.ConnectError("no route")


@pytest.mark.parametrize(
    ("replies", "waits"),
    [
        pytest.param([BUSY, answer()], [0.5], id="once"),
        pytest.param([BUSY, GONE, answer()], [0.5, 1.0], id="twice, doubling"),
        pytest.param([refusal(429, headers={"retry-after": "7"}), answer()], [7.5], id="Retry-After seconds"),
        pytest.param([refusal(503, headers={"retry-after": "0"}), answer()], [0.5], id="Retry-After zero"),
        pytest.param([refusal(429, headers={"retry-after": "soon"}), answer()], [0.5], id="Retry-After nonsense"),
        pytest.param(
            [httpx2.Response(200, content=b"{", headers={"content-type": "application/json"}), answer()],
            [0.5],
            id="cut body",
        ),
    ],
)
def test_passing_trouble_is_tried_again(replies: list[Any], waits: list[float]) -> None:
    wire = Wire(replies)
    assert wire.ask().text == "好。"
    assert wire.waits == waits


def test_gives_up_after_the_last_try_with_the_last_error() -> None:
    wire = Wire([refusal(503, "first"), refusal(503, "second"), refusal(500, "third")])
    with pytest.raises(ServerTroubleError, match="third"):
        wire.ask()
    assert len(wire.bodies) == 3


@pytest.mark.parametrize("reply", [refusal(401), refusal(402), refusal(404), refusal(451)], ids=str)
def test_what_cannot_pass_is_not_tried_again(reply: httpx2.Response) -> None:
    wire = Wire([reply])
    with pytest.raises(Exception, match="测试平台"):
        wire.ask()
    assert len(wire.bodies) == 1
    assert wire.waits == []


def test_a_wait_beyond_the_cap_is_told_and_not_sat_through() -> None:
    wire = Wire([refusal(429, headers={"retry-after": "3600"})])
    with pytest.raises(RateLimitError) as info:
        wire.ask()
    assert "3600 秒" in info.value.hint
    assert wire.waits == []


def test_the_deadline_covers_tries_and_waits() -> None:
    wire = Wire([refusal(503, headers={"retry-after": "40"})])
    with pytest.raises(ServerTroubleError):
        wire.ask(profile(retries=9, deadline=100.0))
    assert wire.waits == [40.5, 41.0], "a third wait would end after the deadline"


def test_the_deadline_cuts_a_try_short() -> None:
    async def never() -> None:
        await asyncio.sleep(3600)

    with pytest.raises(SlowModelError, match=r"0\.05 秒"):
        asyncio.run(with_retries(never, RetryPolicy(deadline=0.05)))


def test_cancelling_is_not_swallowed() -> None:
    async def main() -> None:
        task = asyncio.ensure_future(with_retries(lambda: asyncio.sleep(3600), RetryPolicy()))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())


def test_a_stream_that_breaks_before_its_first_piece_is_tried_again() -> None:
    pieces: list[str] = []
    good = stream(chunk("好"), chunk(None, finish="stop"), USAGE_CHUNK)
    wire = Wire([stream(chunk("", role="assistant"), breaks=True), good])
    assert wire.ask(on_delta=pieces.append).text == "好"
    assert pieces == ["好"]


def test_a_stream_that_breaks_later_is_not() -> None:
    pieces: list[str] = []
    wire = Wire([stream(chunk("凌晨"), breaks=True)])
    with pytest.raises(UnreachableError, match="断了"):
        wire.ask(on_delta=pieces.append)
    assert pieces == ["凌晨"]
    assert len(wire.bodies) == 1


def test_other_errors_pass_straight_through() -> None:
    async def fail() -> None:
        raise BadKeyError("x")

    async def bug() -> None:
        raise ValueError("a bug")

    for call, kind in ((fail, BadKeyError), (bug, ValueError)):
        with pytest.raises(kind):
            asyncio.run(with_retries(call, RetryPolicy()))


@given(attempt=st.integers(0, 30), seed=st.integers())
def test_own_waits_stay_within_the_exponential_bound(attempt: int, seed: int) -> None:
    policy = RetryPolicy(draw=random.Random(seed).uniform)
    wait = policy.wait_before(attempt, None)
    assert wait is not None
    assert 0 <= wait <= min(policy.longest, policy.base * 2**attempt)


@given(asked=st.floats(0, 60), attempt=st.integers(0, 10), seed=st.integers())
def test_never_back_before_the_platform_said(asked: float, attempt: int, seed: int) -> None:
    wait = RetryPolicy(draw=random.Random(seed).uniform).wait_before(attempt, asked)
    assert wait is not None
    assert asked <= wait <= asked + 1


NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0),
        (" 1.5 ", 1.5),
        ("-3", 0.0),
        ("Sun, 22 Nov 2026 08:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 07:00:00 GMT", 0.0),
        ("Sunday, 22-Nov-26 08:01:00 GMT", 60.0),
        ("", None),
        (None, None),
        ("nan", None),
        ("inf", None),
        ("later", None),
    ],
    ids=str,
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert read_retry_after(header, now=NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_never_fails(header: str) -> None:
    seconds = read_retry_after(header)
    assert seconds is None or 0 <= seconds < float("inf")


@pytest.mark.parametrize(
    ("tokens", "prices", "cost"),
    [
        ((1000, 500), (Decimal(2), Decimal(8)), Decimal("0.006")),
        ((1, 0), (Decimal("0.8"), Decimal(2)), Decimal("0.0000008")),
        ((7, 9), (Decimal(0), Decimal(0)), Decimal(0)),
        ((7, 9), (None, Decimal(1)), None),
        ((7, 9), (Decimal(1), None), None),
    ],
    ids=["plain", "exact to the token", "free", "no input price", "no output price"],
)
def test_cost(tokens: tuple[int, int], prices: tuple[Decimal | None, Decimal | None], cost: Decimal | None) -> None:
    assert cost_of(*tokens, *prices) == cost
