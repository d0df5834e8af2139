"""A real llama.cpp server on loopback: the wire, the errors, and a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.errors import (
    BadKeyError,
    CallError,
    ContextTooLongError,
    LocalModelError,
    LocalModelMissingError,
    ModelNotFoundError,
    UnreachableError,
)
from agent.model import Completion, Message, Request
from agent.models.local import LocalModel
from agent.models.local_server import LocalServer
from agent.models.openai_chat import MANY, OpenAIChat
from agent.models.probe import probe
from tests.agent.llama_server import CONTEXT, endpoint_profile, gguf_path, local_profile, new_server, running_server

pytestmark = pytest.mark.llm

SAY = (Message("user", "Say hello to the reader."),)
SCHEMA = {
    "type": "object",
    "properties": {
        "angle": {"type": "string", "enum": ["场景", "痛点"]},
        "n": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["angle", "n"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with running_server() as started:
        yield started


def ask(server: LocalServer, *requests: Request, key: str = "", **changes: Any) -> list[Completion]:
    """The requests at once, on one adapter."""

    async def main() -> list[Completion]:
        profile = replace(endpoint_profile(server), **changes)
        chat = OpenAIChat(profile, key or server.key, concurrency=len(requests))
        try:
            return list(await asyncio.gather(*(chat.complete(request) for request in requests)))
        finally:
            await chat.aclose()

    return asyncio.run(main())


def test_answers_with_usage(server: LocalServer) -> None:
    [done] = ask(server, Request(messages=SAY, max_tokens=6, temperature=0.0, seed=1))
    assert done.text
    assert done.model == gguf_path().stem, "an alias, not a path of this machine"
    assert done.input_tokens > 5
    assert 1 <= done.output_tokens <= 6
    assert (done.estimated, done.finish_reason) == (False, "length")


def test_streamed_pieces_add_up_to_the_text(server: LocalServer) -> None:
    pieces: list[str] = []
    [done] = ask(server, Request(messages=SAY, max_tokens=16, temperature=0.0, seed=1, on_delta=pieces.append))
    assert len(pieces) > 1
    assert "".join(pieces) == done.text
    assert done.output_tokens > 0
    assert not done.estimated


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_schema_holds_the_gibberish(server: LocalServer, streamed: bool) -> None:
    pieces: list[str] = []
    on_delta = pieces.append if streamed else None
    [done] = ask(server, Request(messages=SAY, max_tokens=40, schema=SCHEMA, seed=3, on_delta=on_delta))
    data = json.loads(done.text)
    assert set(data) == {"angle", "n"}
    assert data["angle"] in ("场景", "痛点")
    assert 1 <= data["n"] <= 9


def test_json_object_mode(server: LocalServer) -> None:
    [done] = ask(server, Request(messages=SAY, max_tokens=12, schema=SCHEMA, seed=3), structured="json_object")
    assert done.text.lstrip().startswith("{")


def test_one_seed_one_text(server: LocalServer) -> None:
    requests = [Request(messages=SAY, max_tokens=12, temperature=1.0, seed=seed) for seed in (7, 7, 8)]
    first, again, other = (ask(server, request)[0].text for request in requests)
    assert first == again
    assert first != other


def test_many_calls_at_once_over_aiohttp(server: LocalServer) -> None:
    requests = [Request(messages=SAY, max_tokens=3, seed=n) for n in range(MANY)]
    assert all(done.output_tokens for done in ask(server, *requests))


@pytest.mark.parametrize(
    ("request_", "changes", "error"),
    [
        pytest.param(
            Request(messages=(Message("user", "你好" * CONTEXT),)),
            {},
            ContextTooLongError,
            id="longer than the context",
        ),
        pytest.param(Request(messages=SAY), {"key": "sk-wrong-planted"}, BadKeyError, id="wrong key"),
        pytest.param(Request(messages=SAY), {"base_url": "http://127.0.0.1:9/v1"}, UnreachableError, id="nobody there"),
        pytest.param(Request(messages=SAY), {"path": "/v9"}, ModelNotFoundError, id="wrong path"),
    ],
)
def test_refusals_of_a_real_server(
    server: LocalServer, request_: Request, changes: dict[str, Any], error: type
) -> None:
    if path := changes.pop("path", None):
        changes["base_url"] = server.url + path
    with pytest.raises(error) as info:
        ask(server, request_, **changes)
    assert isinstance(info.value, CallError)
    assert info.value.hint
    assert "planted" not in str(info.value)


def test_probe_reports_what_the_server_does(server: LocalServer) -> None:
    async def main() -> dict[str, str]:
        chat = OpenAIChat(endpoint_profile(server), server.key)
        try:
            return {finding.what: finding.verdict for finding in (await probe(chat, tokens=24)).findings}
        finally:
            await chat.aclose()

    verdicts = asyncio.run(main())
    assert verdicts == dict.fromkeys(["对话", "流式", "流式用量", "JSON Schema", "JSON 对象", "固定种子"], "支持")


def gone(pid: int) -> bool:
    """Whether a child that we have waited for is really gone."""
    try:
        os.kill(pid, 0)
    except OSError:
        return True
    return False


def test_loads_on_first_use_survives_a_crash_and_leaves_nothing_behind() -> None:
    async def main() -> list[int]:
        model = LocalModel(local_profile(), gguf_path(), threads=1)
        assert model.name == f"local:{gguf_path().stem}"
        assert not model.server.alive, "opening a model costs nothing"
        pids = []
        try:
            first, second = await asyncio.gather(
                *(model.complete(Request(messages=SAY, max_tokens=3)) for _ in range(2))
            )
            assert first.text
            assert second.cost == 0
            assert model.server.pid is not None
            pids.append(model.server.pid)

            shown: list[str] = []

            def kill_on_first_piece(piece: str) -> None:
                if not shown:
                    os.kill(pids[0], signal.SIGTERM)
                shown.append(piece)

            with pytest.raises(LocalModelError, match="中途退出"):
                await model.complete(Request(messages=SAY, max_tokens=900, schema=LONG, on_delta=kill_on_first_piece))
            assert (await model.complete(Request(messages=SAY, max_tokens=3))).text, "the next call starts it anew"
            assert model.server.pid is not None
            pids.append(model.server.pid)
        finally:
            await model.aclose()
            await model.aclose()
        return pids

    pids = asyncio.run(main())
    assert len(set(pids)) == 2
    assert all(gone(pid) for pid in pids)


LONG = {"type": "string", "minLength": 4000}
"""Keeps the model writing until it is stopped."""


def test_the_server_ends_with_its_parent() -> None:
    """The child watches its standard input, which closes however the parent ends."""
    server = new_server()
    server.start()
    process = server._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0
    server.stop()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"<html>not found</html>", "不是 GGUF", id="a web page"),
        pytest.param(b"GGUF" + b"\xff" * 400, "载入不了", id="damaged"),
        pytest.param(b"", "不是 GGUF", id="empty"),
    ],
)
def test_files_that_cannot_be_loaded(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "坏的.gguf"
    path.write_bytes(content)
    server = new_server(path)
    with pytest.raises(LocalModelError, match=says) as info:
        server.start()
    assert not server.alive
    assert info.value.hint


def test_a_start_that_takes_too_long_is_given_up() -> None:
    server = new_server(start_seconds=0.01)
    started = time.monotonic()
    with pytest.raises(LocalModelError, match="秒内没能载入"):
        server.start()
    assert time.monotonic() - started < 60
    assert not server.alive


def test_without_the_extra_the_install_line_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LocalModelMissingError) as info:
        LocalServer(Path("x.gguf")).start()
    assert 'uv tool install "wenan[local]"' in info.value.hint
    assert 'pip install "wenan[local]"' in info.value.hint
