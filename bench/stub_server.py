"""An OpenAI-compatible endpoint on loopback, in a process of its own: answers fixed copy after a chosen delay.

    with serve(latency=0.2) as stub:
        ... stub.url ...; stub.calls()

Tests use it too: `fail` scripts failures by the number of the call, so that retries and resumes can be counted.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any
from urllib.request import urlopen

ANSWERS: Mapping[str, dict[str, Any]] = {
    "link_text": {
        "angle": "场景：图书馆没有热水",
        "text": "图书馆没有热水，撕开一条倒进水瓶，摇一摇就能喝。配料只有咖啡豆。",
        "link_text": "了解更多",
        "image_brief": ["长桌一角，水瓶旁边一条撕开的咖啡"],
    },
    "handover": {
        "intent": "问发货",
        "text": "您好，查到订单后我们尽快给您答复。",
        "handover": True,
        "handover_reason": "要查订单",
        "policies": [],
    },
    "sections": {
        "angle": "图书馆没有热水的时候",
        "outline": ["没有热水", "怎么喝"],
        "titles": [{"type": "场景", "text": "图书馆没有热水的下午"}, {"type": "疑问", "text": "没有热水怎么喝咖啡？"}],
        "title": "图书馆没有热水的下午",
        "digest": "撕开一条，倒进水瓶，摇一摇。",
        "sections": [{"heading": "没有热水", "text": "图书馆三楼没有热水。撕开一条倒进水瓶，摇一摇就能喝。"}],
        "cta": "想试的话，点文末的小程序看看。",
        "image_brief": ["长桌一角"],
    },
}
"""By a key that only this channel's answer schema has."""
PROMPT_TOKENS, ANSWER_TOKENS = 900, 120


@dataclass(frozen=True, slots=True)
class Stub:
    url: str
    """Base URL, ending in /v1."""

    def calls(self) -> int:
        """Requests that were answered or refused so far."""
        with urlopen(f"{self.url}/calls", timeout=10) as response:
            return int(json.load(response)["calls"])


@contextmanager
def serve(*, latency: float = 0.0, fail: Mapping[int, int] | None = None, fail_all: int = 0) -> Iterator[Stub]:
    """`latency` in seconds; `fail` maps the number of a call (from 1) to the HTTP status it gets, `fail_all` every.

    A status of 200 is an answer that is no copy.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, latency, dict(fail or {}), fail_all), daemon=True)
    process.start()
    try:
        yield Stub(f"http://127.0.0.1:{ours.recv()}/v1")
    finally:
        ours.send("stop")
        process.join(10)
        if process.is_alive():
            process.kill()


def answer_for(request: Mapping[str, Any]) -> str:
    """The copy that this channel expects, told by the schema or the words of the prompt."""
    asked = json.dumps(request.get("response_format", ""), ensure_ascii=False)
    words = asked if "properties" in asked else "".join(str(one["content"]) for one in request["messages"])
    found = next((answer for key, answer in ANSWERS.items() if key in words), None)
    return json.dumps(found or {"text": "好"}, ensure_ascii=False)


def _serve(pipe: Connection, latency: float, fail: Mapping[int, int], fail_all: int) -> None:
    from aiohttp import web

    calls = 0
    kept: dict[str, str] = {}

    async def chat(request: web.Request) -> web.Response:
        nonlocal calls
        raw = await request.read()
        if latency:
            await asyncio.sleep(latency)
        calls += 1
        if (status := fail_all or fail.get(calls, 0)) == 200:
            return web.json_response(_completion("{}"))
        if status:
            return web.json_response({"error": {"message": f"stub {status}", "type": "stub"}}, status=status)
        asked = raw[-4000:].decode("utf-8", "ignore")
        shape = next((key for key in ANSWERS if f'"{key}"' in asked or f'\\"{key}\\"' in asked), "")
        body = kept.get(shape)
        if body is None:
            body = kept[shape] = json.dumps(_completion(answer_for(json.loads(raw))), ensure_ascii=False)
        return web.Response(text=body, content_type="application/json")

    async def counted(request: web.Request) -> web.Response:
        return web.json_response({"calls": calls})

    async def main() -> None:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", chat)
        app.router.add_get("/v1/calls", counted)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(runner.addresses[0][1])
        with suppress(EOFError):
            await asyncio.to_thread(pipe.recv)
        await runner.cleanup()

    asyncio.run(main())


def _completion(text: str) -> dict[str, Any]:
    return {
        "id": "stub",
        "object": "chat.completion",
        "created": 1,
        "model": "stub-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": PROMPT_TOKENS,
            "completion_tokens": ANSWER_TOKENS,
            "total_tokens": PROMPT_TOKENS + ANSWER_TOKENS,
        },
    }
