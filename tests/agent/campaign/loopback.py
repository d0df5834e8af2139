"""A platform on loopback: whatever adds its routes, served by aiohttp from a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from aiohttp import web

LARGEST_BODY = 2**28


class Endpoint(Protocol):
    def routes(self, app: web.Application) -> None: ...


@contextmanager
def serving(endpoint: Endpoint) -> Iterator[str]:
    """The base URL of the endpoint, until the block ends."""
    loop = asyncio.new_event_loop()
    ready: list[str] = []
    started = threading.Event()
    done = asyncio.Event()

    async def serve() -> None:
        app = web.Application(client_max_size=LARGEST_BODY)
        endpoint.routes(app)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ready.append(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
        started.set()
        await done.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)
        loop.close()
