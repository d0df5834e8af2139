"""A hundred thousand planned units: seconds and memory of planning, and how soon a resumed campaign calls."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import shutil
import tempfile
import time
import urllib.request
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

from bench.campaign import AT_ONCE, UNITS, stub, workspace
from bench.memory import peak_mib

PLANNED = 100_000
PRODUCTS, PERSONAS, ANGLES = 14, 8, 5
"""Of the sample brand and the plan."""


def _plan(name: str) -> None:
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
    print(f"plan of {units:,} units, {prompts} prompts: {elapsed:.1f} s, peak {peak_mib():.0f} MiB", flush=True)


async def _begin(folder: Path, count: int) -> None:
    """Works `count` units of the planned campaign off and stops, as Ctrl-C would."""
    from agent.campaign.owner import owning
    from agent.campaign.run import Runner
    from agent.campaign.session import bench, session
    from knowledge_base.workspace import Workspace

    async with session(Workspace.find(folder)) as open:
        id, plan = await open.ledger.plan("bench")
        with owning(open.workspace) as owner:
            async with bench(open, id, plan) as ready:
                runner = Runner(id, owner, ready, heard=lambda so_far: runner.stop() if so_far.done >= count else None)
                await runner.run()


def _resume(folder: str, pipe: Connection) -> None:
    """`wenan campaign resume bench`, telling when its imports are done: its own, the SDK's and the sketches'."""
    os.chdir(folder)
    import datasketch  # noqa: F401

    import agent.models.openai_chat  # noqa: F401
    from agent.campaign.engine import Manner
    from agent.campaign.verbs import resume_campaign

    pipe.send(time.time())
    resume_campaign("bench", Manner(), failed=False)


def _first_call(url: str) -> float:
    """When the stub was first called since this was last asked; 0 for not yet."""
    with urllib.request.urlopen(f"{url}/first", timeout=10) as answer:
        return float(json.load(answer))


def _resumed(folder: Path, url: str, what: str) -> None:
    """Seconds from the start, and from the imports, of a resumed process to its first call; then it is killed."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    _first_call(url)
    began = time.time()
    process = context.Process(target=_resume, args=(str(folder), theirs))
    process.start()
    imported = ours.recv()
    while not (called := _first_call(url)) and process.is_alive():
        time.sleep(0.02)
    process.kill()
    process.join()
    print(
        f"resume, {UNITS:,} units done, {what}: first call {called - imported:.2f} s after the imports, "
        f"{called - began:.2f} s after the start",
        flush=True,
    )


def main() -> None:
    os.environ.setdefault("BENCH_KEY", "sk-bench")
    with tempfile.TemporaryDirectory() as name, stub(0.0) as url:
        folder = Path(name)
        workspace(folder, url, AT_ONCE, variants=PLANNED // (PRODUCTS * PERSONAS * ANGLES) + 1)
        process = multiprocessing.get_context("spawn").Process(target=_plan, args=(name,))
        process.start()
        process.join()
        asyncio.run(_begin(folder, UNITS))
        _resumed(folder, url, "queries kept by the plan")
        # As after an emptied cache, or a plan made on another machine: the embedder has to be loaded.
        shutil.rmtree(folder / ".wenan" / "cache", ignore_errors=True)
        _resumed(folder, url, "no queries kept")


if __name__ == "__main__":
    main()
