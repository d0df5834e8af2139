"""CPU per chat call: our adapter on both transports against the bare openai SDK and bare aiohttp."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

CALLS, WARM, AT_ONCE = 400, 50, 16
BODY: dict[str, Any] = {
    "id": "x",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "好" * 400}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 900, "completion_tokens": 400, "total_tokens": 1300},
}
PROMPT = "写一条朋友圈。" * 120

Call = Callable[[], Awaitable[object]]


def _serve(pipe: Connection) -> None:
    from aiohttp import web

    async def chat(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response(BODY)

    async def main() -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", chat)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(runner.addresses[0][1])
        await asyncio.to_thread(pipe.recv)
        await runner.cleanup()

    asyncio.run(main())


async def _measure(call: Call) -> float:
    """Milliseconds of this process's CPU per call."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with slots:
            await call()

    await asyncio.gather(*(one() for _ in range(WARM)))
    started = time.process_time()
    await asyncio.gather(*(one() for _ in range(CALLS)))
    return (time.process_time() - started) / CALLS * 1000


async def _contest(url: str) -> dict[str, float]:
    import aiohttp
    import openai

    from agent.model import Message, Request
    from agent.models.openai_chat import MANY, OpenAIChat
    from agent.models.profiles import Profile

    profile = Profile(name="b", preset="custom", label="b", base_url=url, model="m", api_key_env="")
    request = Request(messages=(Message("user", PROMPT),), temperature=0.8, seed=1)
    sent: Any = [{"role": "user", "content": PROMPT}]
    results: dict[str, float] = {}
    async with aiohttp.ClientSession() as session:

        async def bare() -> object:
            async with session.post(f"{url}/chat/completions", json={"model": "m", "messages": sent}) as response:
                return json.loads(await response.read())

        results["bare aiohttp"] = await _measure(bare)
    for name, client in (
        ("SDK, httpx2", openai.DefaultAsyncHttpxClient(trust_env=False)),
        ("SDK, aiohttp", openai.DefaultAioHttpClient(trust_env=False)),
    ):
        async with openai.AsyncOpenAI(api_key="k", base_url=url, max_retries=0, http_client=client) as sdk:
            results[name] = await _measure(partial(sdk.chat.completions.create, model="m", messages=sent))
    for name, concurrency in (("ours, httpx2", 1), ("ours, aiohttp", MANY)):
        chat = OpenAIChat(profile, "k", concurrency=concurrency)
        results[name] = await _measure(partial(chat.complete, request))
        await chat.aclose()
    return results


def main() -> None:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    server.start()
    try:
        results = asyncio.run(_contest(f"http://127.0.0.1:{ours.recv()}/v1"))
    finally:
        ours.send("stop")
        server.join(10)
    for name, milliseconds in results.items():
        ratio = milliseconds / results["SDK, aiohttp"]
        print(f"{name:<14} {milliseconds:6.2f} ms CPU a call  {ratio:5.2f} x the SDK on aiohttp")
