"""A campaign's own cost: the whole run against a bare AsyncOpenAI loop sending the same prompts; planning at scale.

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
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.memory import peak_mib

UNITS, PLANNED = 5_000, 100_000
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

    async def chat(request: web.Request) -> web.Response:
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
def _stub(latency: float) -> Iterator[str]:
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

    started = time.perf_counter()
    async with session(Workspace.find(folder)) as open:
        id, plan, units = await planned(folder / "c.yaml", open, date(2026, 11, 22))
        await open.ledger.put_plan(id, plan, islice(units, count))
        with owning(open.workspace) as owner:
            async with bench(open, id, plan) as ready:
                await Runner(id, owner, ready).run()
        counts = await open.ledger.counts(id)
    return time.perf_counter() - started, {str(k): v for k, v in counts.items() if v}


def _workspace(folder: Path, url: str, at_once: int, variants: int) -> None:
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
    with tempfile.TemporaryDirectory() as name, _stub(latency) as url:
        folder = Path(name)
        _workspace(folder, url, at_once, variants=9)
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


def _plan_at_scale(name: str) -> None:
    """In a process of its own, so that the memory is planning's alone."""
    from agent.campaign.estimate import estimate
    from agent.campaign.session import planned, prices_of, profiles_of, session, tools_for
    from knowledge_base.workspace import Workspace

    async def planning(folder: Path) -> tuple[int, int]:
        async with session(Workspace.find(folder)) as open:
            id, plan, units = await planned(folder / "c.yaml", open, date(2026, 11, 22))
            profile = profiles_of(open.workspace, plan)[0]
            found = await estimate(plan, units, tools_for(open, plan, profile), prices_of(profile))
            await open.ledger.put_plan(id, plan, units)
            return found.units, found.prompts

    started = time.perf_counter()
    units, prompts = asyncio.run(planning(Path(name)))
    elapsed = time.perf_counter() - started
    print(f"plan of {units:,} units, {prompts} prompts: {elapsed:.1f} s, peak {peak_mib():.0f} MiB")


def main() -> None:
    os.environ.setdefault("BENCH_KEY", "sk-bench")
    _contest(UNITS, AT_ONCE, 0.0)
    _contest(UNITS, SLOW_AT_ONCE, LATENCY)
    with tempfile.TemporaryDirectory() as name:
        _workspace(Path(name), "http://127.0.0.1:9/v1", 8, variants=PLANNED // (14 * 8 * 5) + 1)
        process = multiprocessing.get_context("spawn").Process(target=_plan_at_scale, args=(name,))
        process.start()
        process.join()


if __name__ == "__main__":
    main()
