"""What the spine may rely on, asked of every model alike: the fake, the recording, the offline writer, the SDK adapter
on a mock transport, and a real llama.cpp server."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest

from agent.model import Block, Completion, Message, Model, Request
from agent.models import open_model
from agent.models.openai_chat import OpenAIChat
from agent.models.replay import RecordingModel, ReplayModel
from agent.models.scripted import ScriptedModel
from knowledge_base.workspace import Workspace
from tests.agent.llama_server import endpoint_profile, running_server
from tests.agent.model_wire import USAGE_CHUNK, Wire, answer, chunk, stream

T = TypeVar("T")
TEXT = json.dumps({"text": "凌晨四点，冷水冲一条。"}, ensure_ascii=False)
SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string", "maxLength": 12}},
    "required": ["text"],
    "additionalProperties": False,
}
REQUEST = Request(
    messages=(Message("system", "只输出 JSON。"), Message("user", "写一条朋友圈。")),
    blocks=(
        Block("brief", "", "渠道：员工朋友圈\n今天：2026-11-22"),
        Block("product", "p1", "编号：p1\n名称：冻干黑咖啡\n卖点：\n- 冷水 3 秒化开"),
        Block("persona", "u1", "编号：u1\n称呼：夜班护士\n场景：\n- 凌晨四点的护士站"),
    ),
    schema=SCHEMA,
    max_tokens=48,
    seed=3,
)


def scripted(_: Path) -> Model:
    return ScriptedModel([TEXT] * 40)


def replayed(folder: Path) -> Model:
    path = folder / "录音.jsonl"

    async def record() -> None:
        recorder = RecordingModel(ScriptedModel([TEXT] * 9, name="recorded:m"), path)
        for sample in range(9):
            await recorder.complete(replace(REQUEST, sample=sample))

    asyncio.run(record())
    return ReplayModel(path)


def mocked(_: Path) -> Model:
    def reply(body: dict[str, Any]) -> httpx2.Response:
        if not body.get("stream"):
            return answer(TEXT)
        return stream(*(chunk(char) for char in TEXT), chunk(None, finish="stop"), USAGE_CHUNK)

    return Wire([reply]).chat()


def offline(folder: Path) -> Model:
    return open_model(Workspace(folder), "offline")


@pytest.fixture(scope="module")
def llama() -> Iterator[Callable[[Path], Model]]:
    with running_server() as server:
        yield lambda _: OpenAIChat(endpoint_profile(server), server.key)


@pytest.fixture(
    params=[
        pytest.param(scripted, id="scripted"),
        pytest.param(replayed, id="replay"),
        pytest.param(offline, id="offline"),
        pytest.param(mocked, id="openai SDK, mock transport"),
        pytest.param(None, id="llama.cpp", marks=pytest.mark.llm),
    ]
)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Model:
    make = request.param or request.getfixturevalue("llama")
    opened: Model = make(tmp_path)
    return opened


def use(model: Model, call: Callable[[Model], Awaitable[T]]) -> T:
    async def main() -> T:
        try:
            return await call(model)
        finally:
            await model.aclose()

    return asyncio.run(main())


def test_an_answer_says_everything_the_journal_keeps(model: Model) -> None:
    done = use(model, lambda it: it.complete(REQUEST))
    assert isinstance(done, Completion)
    assert "text" in json.loads(done.text)
    assert done.model
    assert model.name
    assert done.input_tokens >= 0
    assert done.output_tokens >= 0
    assert done.latency >= 0
    assert done.finish_reason == "stop"
    assert done.cost is None or (isinstance(done.cost, Decimal) and done.cost >= 0)


def test_pieces_add_up_to_the_text(model: Model) -> None:
    pieces: list[str] = []
    done = use(model, lambda it: it.complete(replace(REQUEST, on_delta=pieces.append)))
    assert "".join(pieces) == done.text
    assert all(isinstance(piece, str) and piece for piece in pieces)


def test_calls_run_side_by_side(model: Model) -> None:
    async def several(it: Model) -> list[Completion]:
        return list(await asyncio.gather(*(it.complete(replace(REQUEST, sample=n)) for n in range(4))))

    done = use(model, several)
    assert len(done) == 4
    assert all("text" in json.loads(item.text) for item in done)


def test_a_request_is_left_as_it_was(model: Model) -> None:
    before = repr(REQUEST)
    use(model, lambda it: it.complete(REQUEST))
    assert repr(REQUEST) == before


def test_closing_twice_is_fine(model: Model) -> None:
    async def twice(it: Model) -> None:
        await it.aclose()

    use(model, twice)


def test_the_port_is_followed_to_the_letter(model: Model) -> None:
    assert inspect.iscoroutinefunction(model.complete)
    assert inspect.iscoroutinefunction(model.aclose)
    assert list(inspect.signature(model.complete).parameters) == ["request"]
    assert isinstance(model.name, str)
    use(model, lambda it: it.aclose())
