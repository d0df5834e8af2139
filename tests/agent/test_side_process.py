"""A second process answers in order, tells what went wrong there, and its end is noticed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agent.side_process import SideEndedError, SideProcess
from knowledge_base.errors import BadInputError


class Worker:
    """What the second process runs in these tests."""

    def __init__(self, start: int = 0) -> None:
        if start < 0:
            raise BadInputError("起点不能是负数", file="a.csv", row=3)
        self.total = start

    def add(self, number: int) -> int:
        self.total += number
        return self.total

    def echo(self, value: Any) -> Any:
        print("this must not end up between the answers")
        return value

    def fail(self, unusual: bool) -> None:
        class UnheardError(Exception):
            pass

        raise UnheardError("奇怪") if unusual else KeyError("没有")

    def pid(self) -> int:
        return os.getpid()

    def die(self) -> None:
        os._exit(3)

    def interrupt(self) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "still here"


TARGET = f"{__name__}:Worker"


def with_side(work: Callable[[SideProcess], Awaitable[Any]], *setup: Any) -> Any:
    async def run() -> Any:
        side = await SideProcess.start(TARGET, *setup)
        try:
            return await asyncio.wait_for(work(side), 60)
        finally:
            await side.aclose()

    return asyncio.run(run())


def test_answers_come_in_the_order_of_the_questions() -> None:
    async def work(side: SideProcess) -> list[int]:
        return list(await asyncio.gather(*(side.ask("add", 1) for _ in range(200))))

    assert with_side(work, 10) == list(range(11, 211))


@pytest.mark.parametrize(
    "value", ["", "字" * 3_000_000, b"\0" * 70_000, None, {"a": (1, 2.5)}], ids=lambda v: type(v).__name__
)
def test_values_travel_whole(value: Any) -> None:
    assert with_side(lambda side: side.ask("echo", value)) == value


def test_an_error_there_is_raised_here_with_its_traceback_and_the_process_goes_on() -> None:
    async def work(side: SideProcess) -> tuple[BaseException, BaseException, int]:
        with pytest.raises(KeyError) as known:
            await side.ask("fail", False)
        with pytest.raises(RuntimeError) as unheard:
            await side.ask("fail", True)
        return known.value, unheard.value, await side.ask("add", 1)

    known, unheard, total = with_side(work)
    assert "in fail" in "".join(known.__notes__)
    assert "UnheardError: 奇怪" in str(unheard)
    assert total == 1


def test_what_cannot_be_built_says_why_at_every_question() -> None:
    async def work(side: SideProcess) -> list[str]:
        said = []
        for _ in range(2):
            with pytest.raises(BadInputError) as error:
                await side.ask("add", 1)
            said.append(str(error.value))
        return said

    assert with_side(work, -1) == ["a.csv:3：起点不能是负数"] * 2


def test_its_end_is_noticed_by_all_who_wait() -> None:
    async def work(side: SideProcess) -> list[Any]:
        asked = [asyncio.ensure_future(side.ask("add", 1)), asyncio.ensure_future(side.ask("die"))]
        asked.append(asyncio.ensure_future(side.ask("add", 1)))
        found = await asyncio.gather(*asked, return_exceptions=True)
        with pytest.raises(SideEndedError):
            await side.ask("add", 1)
        return found

    first, *rest = with_side(work)
    assert first == 1
    assert all(isinstance(one, SideEndedError) for one in rest)


def test_an_interrupt_of_the_terminal_does_not_end_it() -> None:
    assert with_side(lambda side: side.ask("interrupt")) == "still here"


def test_nothing_is_left_when_it_is_closed() -> None:
    async def work(side: SideProcess) -> int:
        return int(await side.ask("pid"))

    pid = with_side(work)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
