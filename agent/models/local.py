"""A GGUF file on this machine as a Model: llama.cpp's server in a child process, spoken to like any other endpoint."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import LocalModelError, UnreachableError
from agent.model import Completion, Request
from agent.models.local_server import LocalServer
from agent.models.profiles import Profile

if TYPE_CHECKING:
    from agent.models.openai_chat import OpenAIChat

_DEFAULT_WINDOW = 8192


class LocalModel:
    """Loads the model on the first call; concurrent calls share it and queue in the server."""

    def __init__(self, profile: Profile, path: Path, *, threads: int = 0) -> None:
        self.profile = replace(profile, model=path.stem, label=f"本地模型 {path.stem}")
        self.server = LocalServer(path, context_window=profile.context_window or _DEFAULT_WINDOW, threads=threads)
        self._chat: OpenAIChat | None = None
        self._starting = asyncio.Lock()

    def __repr__(self) -> str:
        return f"LocalModel({self.name!r})"

    @property
    def name(self) -> str:
        return self.profile.full_name

    async def complete(self, request: Request) -> Completion:
        """One answer. Raises LocalModelError when the server won't start or dies; the next call starts it anew."""
        chat = await self.open_chat()
        try:
            return await chat.complete(request)
        except UnreachableError as error:
            # The connection breaks a moment before the process is gone.
            await asyncio.sleep(0.05)
            if self.server.alive:
                raise
            raise LocalModelError(
                f"本地模型的进程中途退出了（退出码 {self.server.exit_code}）",
                hint="重新运行一次；又退出就多半是内存不够，换小一点的 GGUF，或把 context_window 调小。",
            ) from error

    async def open_chat(self) -> OpenAIChat:
        """The adapter to the running server, started when it is not. Raises LocalModelError."""
        async with self._starting:
            if self._chat is None or not self.server.alive:
                await self._close_chat()
                await asyncio.to_thread(self.server.start)
                self._chat = self._connect()
            return self._chat

    async def aclose(self) -> None:
        await self._close_chat()
        await asyncio.to_thread(self.server.stop)

    def _connect(self) -> OpenAIChat:
        from agent.models.openai_chat import OpenAIChat
        from agent.models.retry import RetryPolicy

        profile = replace(self.profile, base_url=f"{self.server.url}/v1")
        # No retries: on this machine nothing passes by itself, and a dead server is started again by the next call.
        return OpenAIChat(profile, self.server.key, policy=RetryPolicy(retries=0, deadline=profile.deadline))

    async def _close_chat(self) -> None:
        chat, self._chat = self._chat, None
        if chat is not None:
            await chat.aclose()
