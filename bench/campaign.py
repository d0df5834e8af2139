"""A campaign's own cost: the whole run against a bare AsyncOpenAI loop sending the same prompts.

Both ask the same stub on loopback, which answers every request with copy unlike any other.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from importlib import import_module
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

UNITS = 5_000
AT_ONCE, SLOW_AT_ONCE, LATENCY = 32, 64, 0.2
WORDS = "清晨露水山谷茶园竹影檐下灯火晚风书页旧巷石阶炊烟麦田云海雪夜橘子木桌窗台小炉细雨归途行囊星河渡口芦苇"
PLAN = """
name: bench
channels: [moments]
products: all
personas: all
angles: [scene, pain, benefit, proof, offer]
variants: {variants}
dates: [2026-11-22]
model: stub
concurrency: {at_once}
attempts: 1
uniqueness: {{similarity: 0.9, rewrites: 0}}
"""


def _serve(pipe: Connection, latency: float) -> None:
    from aiohttp import web

    draw = random.Random(1)
    came: list[float] = []

    async def first(_: web.Request) -> web.Response:
        """When the first request came since this was last asked, seconds since the epoch; 0 for none."""
        when = came[0] if came else 0.0
        came.clear()
        return web.json_response(when)

    async def chat(request: web.Request) -> web.Response:
        if not came:
            came.append(time.time())
        await request.read()
        if latency:
            await asyncio.sleep(latency)
        text = "".join(draw.choices(WORDS, k=24)) + "。"
        answer = json.dumps({"angle": "场景", "text": text, "link_text": "了解更多", "image_brief": []})
        choice = {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 4000, "completion_tokens": 60, "total_tokens": 4060}
        body = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
        return web.json_response(body)

    async def main() -> None:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", chat)
        app.router.add_get("/v1/first", first)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(runner.addresses[0][1])
        with suppress(EOFError):
            await asyncio.to_thread(pipe.recv)
        await runner.cleanup()

    asyncio.run(main())


@contextmanager
def stub(latency: float) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, latency), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        ours.send("stop")
        process.join(10)
        if process.is_alive():
            process.kill()


async def _prompts(folder: Path, count: int) -> list[Any]:
    """The messages that the first `count` units really send."""
    from agent.campaign.session import planned, profiles_of, session, tools_for
    from agent.fit import fit
    from agent.ids import new_id
    from agent.render import render
    from knowledge_base.workspace import Workspace

    async with session(Workspace.find(folder)) as open:
        _, plan, units = await planned(folder / "c.yaml", open, date(2026, 11, 22))
        tools = tools_for(open, plan, profiles_of(open.workspace, plan)[0])
        found = []
        for unit in islice(units, count):
            context = fit(await tools.contexts(unit.brief(), new_id("d")), tools.budget, tools.counter)
            prompt = render(None, unit.brief(), context, workspace=tools.workspace)
            found.append([{"role": m.role, "content": m.content} for m in prompt.messages])
        return found


async def _raw(url: str, prompts: list[Any], at_once: int) -> float:
    import openai

    client = openai.AsyncOpenAI(api_key="x", base_url=url, max_retries=0)
    slots = asyncio.Semaphore(at_once)

    async def one(messages: Any) -> None:
        async with slots:
            await client.chat.completions.create(model="m", messages=messages)

    await asyncio.gather(*(one(messages) for messages in prompts[:at_once]))
    started = time.perf_counter()
    await asyncio.gather(*(one(messages) for messages in prompts))
    elapsed = time.perf_counter() - started
    await client.close()
    return elapsed


async def _campaign(folder: Path, count: int) -> tuple[float, dict[str, int]]:
    """Seconds of a whole run of the first `count` units, plan and stores included, imports not."""
    from agent.campaign.owner import owning
    from agent.campaign.run import Runner
    from agent.campaign.session import bench, planned, session
    from knowledge_base.workspace import Workspace

    # What a run would import on the way.
    for name in ("agent.models.openai_chat", "agent.tokens", "datasketch"):
        import_module(name)
    started = time.perf_counter()
    async with session(Workspace.find(folder)) as open:
        id, plan, units = await planned(folder / "c.yaml", open, date(2026, 11, 22))
        await open.ledger.put_plan(id, plan, islice(units, count))
        with owning(open.workspace) as owner:
            async with bench(open, id, plan) as ready:
                await Runner(id, owner, ready).run()
        counts = await open.ledger.counts(id)
    return time.perf_counter() - started, {str(k): v for k, v in counts.items() if v}


def workspace(folder: Path, url: str, at_once: int, variants: int) -> None:
    from knowledge_base import sample
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.ingest.add import add
    from knowledge_base.workspace import Workspace

    toml = f'[models.stub]\nbase_url = "{url}"\nmodel = "m"\napi_key_env = "BENCH_KEY"\nstructured = "none"\n'
    (folder / "wenan.toml").write_text(toml, encoding="utf-8")
    (folder / "c.yaml").write_text(PLAN.format(variants=variants, at_once=at_once), encoding="utf-8")
    kb = KnowledgeBase.open(Workspace.find(folder))
    add(kb, sample.paths(), root=sample.FOLDER)
    kb.close()


def _contest(count: int, at_once: int, latency: float) -> None:
    with tempfile.TemporaryDirectory() as name, stub(latency) as url:
        folder = Path(name)
        workspace(folder, url, at_once, variants=9)
        prompts = asyncio.run(_prompts(folder, count))
        # At a latency the bound is the reference, and a bare loop would only take its time.
        raw = 0.0 if latency else asyncio.run(_raw(url, prompts, at_once))
        ours, counts = asyncio.run(_campaign(folder, count))
        bound = count * latency / at_once
        reference = f"the bound of {bound:.1f} s" if bound else f"AsyncOpenAI's {raw:.1f} s"
        print(
            f"{count:,} units, {latency * 1000:.0f} ms, {at_once} at once: {ours:.1f} s, "
            f"{ours / (bound or raw):.2f}x {reference}; {counts}"
        )


def main() -> None:
    os.environ.setdefault("BENCH_KEY", "sk-bench")
    _contest(UNITS, AT_ONCE, 0.0)
    _contest(UNITS, SLOW_AT_ONCE, LATENCY)


if __name__ == "__main__":
    main()
