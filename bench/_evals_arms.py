"""The arms of bench/evals.py, each run in a process of its own: `python -m bench._evals_arms ARM HOME SIZE URL`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.memory import children_mib, peak_mib, together_mib

AT_ONCE = 32
Send = Callable[[dict[str, Any]], Awaitable[object]]


def bodies(home: Path, size: int) -> Iterator[dict[str, Any]]:
    """The requests that ours sends, as JSON objects."""
    with (home / "bodies.jsonl").open(encoding="utf-8") as file:
        schema = json.loads(next(file))
        for _, line in zip(range(size), file, strict=False):
            yield {**json.loads(line), "response_format": schema}


async def send_all(home: Path, size: int, send: Send) -> None:
    waiting = bodies(home, size)

    async def worker() -> None:
        for body in waiting:
            await send(body)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


def bare(home: Path, size: int, url: str) -> float:
    import aiohttp

    async def go() -> float:
        started = time.perf_counter()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

            async def send(body: dict[str, Any]) -> object:
                async with session.post(f"{url}/chat/completions", json=body) as response:
                    return json.loads(await response.read())

            await send_all(home, size, send)
        return time.perf_counter() - started

    return asyncio.run(go())


def sdk(home: Path, size: int, url: str) -> float:
    import openai

    async def go() -> float:
        started = time.perf_counter()
        client = openai.DefaultAioHttpClient(trust_env=False)
        async with openai.AsyncOpenAI(api_key="k", base_url=url, max_retries=0, http_client=client) as api:

            async def send(body: dict[str, Any]) -> object:
                return await api.chat.completions.create(**body)

            await send_all(home, size, send)
        return time.perf_counter() - started

    return asyncio.run(go())


class Beside:
    """What the processes that a run starts have needed, read before they end."""

    mib = together = 0.0

    def __init__(self) -> None:
        from agent.side_process import SideProcess

        close = SideProcess.aclose

        async def aclose(process: SideProcess) -> None:
            self.mib, self.together = children_mib(), together_mib()
            await close(process)

        patch.object(SideProcess, "aclose", aclose).start()


def ours(home: Path, size: int, url: str, *, replay: bool = False, fresh: bool = True) -> float:
    from agent.models import openai_chat
    from evals.cassette import Cassette
    from evals.database import EvalsDb
    from evals.runner import Options, run_suite
    from evals.suite import load_suite
    from knowledge_base.workspace import Workspace

    assert openai_chat
    profile = {"base_url": url, "model": "stub-1", "api_key_env": "NO_SUCH_KEY"}
    workspace = Workspace(home, {"models": {"stub": profile}})
    started = time.perf_counter()
    suite = load_suite(home / f"s{size}.jsonl", workspace)
    options = Options(concurrency=AT_ONCE, replay=replay, record="missing" if replay else "all", fresh=fresh)
    with EvalsDb.open(workspace) as db, Cassette.open(workspace) as cassette:
        ended = asyncio.run(run_suite(suite, workspace=workspace, db=db, cassette=cassette, options=options))
    elapsed = time.perf_counter() - started
    if (ended.scored, ended.exit_code) != (size, 0):
        raise SystemExit(f"{ended.scored} of {size} scored")
    return elapsed


def prepare(home: Path, size: int, url: str) -> float:
    """Gathers every case's context and writes down the requests that a run will send."""
    from agent.attempt import request_for
    from agent.render import render
    from agent.tokens import EstimateCounter
    from evals.database import EvalsDb
    from evals.knowledge import knowledge_source
    from evals.snapshots import Snapshots, linked
    from evals.suite import load_suite
    from knowledge_base.workspace import Workspace

    workspace = Workspace(home)
    suites = [load_suite(path, workspace) for path in sorted(home.glob("s*.jsonl"), key=lambda p: p.stat().st_size)]
    with EvalsDb.open(workspace) as db, (home / "bodies.jsonl").open("w", encoding="utf-8") as file:
        snapshots = Snapshots(db.store, knowledge_source(("sample",), suites[-1].path), workspace)
        snapshots.prepare(suites[-1].cases)
        for i, case in enumerate(suites[-1].cases[:size]):
            prepared = snapshots.get(case)
            context = linked(prepared.context, prepared.case.brief, "d_" + "0" * 32)
            prompt = render(None, prepared.case.brief, context, workspace=workspace, count=EstimateCounter())
            request = request_for(prompt, 1, 0)
            if i == 0:
                schema = {"name": "answer", "strict": False, "schema": dict(request.schema or {})}
                file.write(json.dumps({"type": "json_schema", "json_schema": schema}) + "\n")
            messages = [{"role": message.role, "content": message.content} for message in request.messages]
            file.write(json.dumps({"model": "stub-1", "messages": messages, "seed": 1}, ensure_ascii=False) + "\n")
    return 0.0


def main() -> None:
    name, home, size, url = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    run: dict[str, Callable[[], float]] = {
        "bare aiohttp": lambda: bare(home, size, url),
        "AsyncOpenAI, aiohttp": lambda: sdk(home, size, url),
        "ours": lambda: ours(home, size, url),
        "prepare": lambda: prepare(home, size, url),
        "replay": lambda: ours(home, size, url, replay=True),
        "again": lambda: ours(home, size, url, replay=True, fresh=False),
    }
    beside = Beside() if name in ("ours", "replay", "again") else None
    seconds = run[name]()
    found = {"seconds": seconds, "mib": peak_mib(), "cpu": time.process_time()}
    if beside:
        found |= {"beside": beside.mib, "together": beside.together}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
