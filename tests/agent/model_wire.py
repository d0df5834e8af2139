"""A pretend endpoint behind the real openai SDK: an httpx2 mock transport with a script of responses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import httpx2

from agent.model import Completion, Message, Request
from agent.models.openai_chat import OpenAIChat
from agent.models.profiles import Profile
from agent.models.retry import RetryPolicy

T = TypeVar("T")
KEY = "sk-planted-0123456789abcdefSECRET"
ASK = (Message("system", "你是文案。"), Message("user", "写一句。"))
Reply = httpx2.Response | Exception | Callable[[dict[str, Any]], httpx2.Response]


def profile(**changes: Any) -> Profile:
    """A DeepSeek-like profile that starts with JSON Schema."""
    base = Profile(
        name="test",
        preset="custom",
        label="测试平台",
        base_url="https://model.test/v1",
        model="m-1",
        api_key_env="TEST_KEY",
        console="console.test",
        retries=2,
    )
    return replace(base, **changes)


def answer(text: str | None = "好。", *, finish: str = "stop", usage: bool = True, **message: Any) -> httpx2.Response:
    body: dict[str, Any] = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m-1-2026",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
        ],
    }
    if usage:
        body["usage"] = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    return httpx2.Response(200, json=body)


def chunk(text: str | None = None, *, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {**delta} if text is None else {"content": text, **delta}, "finish_reason": finish}
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m-1-2026", "choices": [choice]}


USAGE_CHUNK = {
    "id": "x",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m-1-2026",
    "choices": [],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500},
}


def stream(*chunks: dict[str, Any], done: bool = True, breaks: bool = False) -> httpx2.Response:
    """Server-sent events; `breaks` ends in a broken connection instead."""
    return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=_Events(chunks, done, breaks))


class _Events(httpx2.AsyncByteStream):
    def __init__(self, chunks: Sequence[dict[str, Any]], done: bool, breaks: bool) -> None:
        self._chunks, self._done, self._breaks = chunks, done, breaks

    async def __aiter__(self) -> Any:
        for item in self._chunks:
            yield f"data: {json.dumps(item, ensure_ascii=False)}\n\n".encode()
        if self._breaks:
            raise httpx2.ReadError("connection lost")
        if self._done:
            yield b"data: [DONE]\n\n"

    async def aclose(self) -> None:
        return None


def refusal(
    status: int, message: str = "no", *, headers: dict[str, str] | None = None, **error: Any
) -> httpx2.Response:
    return httpx2.Response(status, json={"error": {"message": message, **error}}, headers=headers)


@dataclass
class Wire:
    """Plays replies in order, keeps every request body, and counts the waits instead of sleeping."""

    replies: list[Reply]
    bodies: list[dict[str, Any]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    now: float = 0.0

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content) if request.content else {}
        self.bodies.append(body)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply(body) if callable(reply) else reply

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def chat(self, used: Profile | None = None, **policy: Any) -> OpenAIChat:
        used = used or profile()
        options: dict[str, Any] = {"retries": used.retries, "deadline": used.deadline} | policy
        return OpenAIChat(
            used,
            KEY,
            http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(self.handle)),
            policy=RetryPolicy(sleep=self.sleep, clock=lambda: self.now, draw=lambda low, high: high, **options),
        )

    def ask(self, used: Profile | None = None, /, **request: Any) -> Completion:
        """One call on a fresh adapter, closed behind it."""
        return run(self.chat(used), lambda chat: chat.complete(Request(messages=ASK, **request)))


def run(chat: OpenAIChat, use: Callable[[OpenAIChat], Awaitable[T]]) -> T:
    async def main() -> T:
        try:
            return await use(chat)
        finally:
            await chat.aclose()

    return asyncio.run(main())
