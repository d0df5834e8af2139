"""Throttle, breaker and budget, each on a clock of its own."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from agent.campaign.breaker import FAILURES, PATIENCE, Breaker
from agent.campaign.budget import Meter
from agent.campaign.plan_file import Budget
from agent.campaign.rows import Spent
from agent.campaign.stop import BudgetSpentError, EndpointDownError
from agent.campaign.throttle import Throttle
from agent.errors import BadKeyError, ContentFilterError, ServerTroubleError
from agent.model import Completion

CHARS = 1000
FREE = (Decimal(0), Decimal(0))


class Clock:
    """Time that passes only when slept."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def test_the_window_halves_when_refused_and_grows_back() -> None:
    clock = Clock()
    throttle = Throttle(16, clock=clock)
    throttle.refused(None)
    throttle.refused(None)
    assert throttle.window == 8, "refused together is refused once"
    clock.now = 5
    throttle.refused(None)
    assert throttle.window == 4
    for _ in range(200):
        throttle.answered()
    assert throttle.window == 16


def test_no_more_run_than_the_window_lets() -> None:
    async def most_at_once() -> int:
        throttle, running, most = Throttle(3), 0, 0

        async def one() -> None:
            nonlocal running, most
            async with throttle.slot():
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.001)
                running -= 1

        tasks = [asyncio.create_task(one()) for _ in range(20)]
        await asyncio.sleep(0.0005)
        tasks[10].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return most

    assert asyncio.run(most_at_once()) == 3


@pytest.mark.parametrize("value", ["", "x", "-1", "0", "inf", "nan"])
def test_nonsense_headers_change_nothing(value: str) -> None:
    throttle = Throttle(4)
    throttle.heard({"x-ratelimit-limit-requests": value, "x-ratelimit-limit-tokens": value})
    assert (throttle.requests_per_minute, throttle.tokens_per_minute) == (None, None)


def test_rates_are_learned_from_headers() -> None:
    throttle = Throttle(4)
    throttle.heard({"x-ratelimit-limit-requests": "60", "x-ratelimit-limit-tokens": "1000"})
    assert (throttle.requests_per_minute, throttle.tokens_per_minute) == (60, 1000)

    async def permits() -> None:
        async with asyncio.timeout(1):
            for _ in range(10):
                await throttle.permit(100)
        async with asyncio.timeout(0.05):
            await throttle.permit(5_000)

    with pytest.raises(TimeoutError):
        asyncio.run(permits())


def test_the_breaker_opens_probes_and_closes() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock, sleep=clock.sleep)
    for _ in range(FAILURES - 1):
        breaker.failed(ServerTroubleError("503"))
    breaker.failed(ContentFilterError("only this prompt"))
    assert not breaker.is_open
    breaker.failed(ServerTroubleError("503"))
    assert breaker.is_open

    async def go() -> float:
        await breaker.pass_through()
        waited = clock.now
        breaker.succeeded()
        await breaker.pass_through()
        assert clock.now == waited, "closed again: nobody waits"
        return waited

    assert asyncio.run(go()) > 0


def test_only_one_probes_at_a_time() -> None:
    async def probes() -> int:
        breaker = Breaker(sleep=lambda _: asyncio.sleep(0.01))
        for _ in range(FAILURES):
            breaker.failed(ServerTroubleError("503"))
        passed = 0

        async def one() -> None:
            nonlocal passed
            await breaker.pass_through()
            passed += 1

        tasks = [asyncio.create_task(one()) for _ in range(10)]
        await asyncio.sleep(0.05)
        first = passed
        breaker.succeeded()
        await asyncio.gather(*tasks)
        assert passed == 10
        return first

    assert asyncio.run(probes()) == 1


def test_patience_ends() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock, sleep=clock.sleep)
    for _ in range(FAILURES):
        breaker.failed(ServerTroubleError("503"))

    async def probe_forever() -> None:
        while True:
            await breaker.pass_through()
            breaker.failed(ServerTroubleError("503"))

    with pytest.raises(EndpointDownError, match="没有回音"):
        asyncio.run(probe_forever())
    assert clock.now >= PATIENCE


def test_a_bad_key_needs_a_person() -> None:
    breaker = Breaker()
    breaker.failed(BadKeyError("密钥不对"))
    with pytest.raises(EndpointDownError, match="密钥不对"):
        asyncio.run(breaker.pass_through())


def test_money_and_tokens_bind_before_they_are_crossed() -> None:
    meter = Meter(Budget(tokens=10_000), Spent(tokens=5_000))  # type: ignore[call-arg]
    first = meter.reserve(CHARS, FREE)
    meter.reserve(CHARS, FREE)
    with pytest.raises(BudgetSpentError, match="10,000"):
        meter.reserve(CHARS, FREE)
    meter.release(first)
    meter.reserve(CHARS, FREE)
    priced = Meter(Budget(money=Decimal("0.01")), Spent())  # type: ignore[call-arg]
    with pytest.raises(BudgetSpentError, match=r"0\.01 元"):
        priced.reserve(CHARS, (Decimal(10), Decimal(10)))


def test_the_longest_answer_seen_is_set_aside_for_the_next() -> None:
    meter = Meter(Budget(), Spent())  # type: ignore[call-arg]
    before = meter.reserve(CHARS, FREE).tokens
    meter.add(Completion(text="", model="m", input_tokens=1, output_tokens=9_000, cost=Decimal("0.5")))
    assert meter.reserve(CHARS, FREE).tokens == before - 1_200 + 9_000
    assert (meter.tokens, meter.cost) == (9_001, Decimal("0.5"))


def test_time_binds() -> None:
    clock = Clock()
    meter = Meter(Budget(minutes=1), Spent(), clock=clock)  # type: ignore[call-arg]
    meter.reserve(CHARS, FREE)
    clock.now = 61
    with pytest.raises(BudgetSpentError, match="1 分钟"):
        meter.reserve(CHARS, FREE)
