"""An OpenAI-compatible endpoint on loopback that misbehaves on purpose, and counts every request it gets."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

OK = "ok"
ENDLESS_SECONDS = 30.0
WORDS = "清晨露水山谷茶园竹影檐下灯火晚风书页旧巷石阶炊烟麦田云海雪夜橘子木桌窗台小炉细雨归途行囊星河渡口芦苇"


class FaultyEndpoint:
    """Draws a fault for each request by the weights; `ok` answers with copy unlike any before."""

    def __init__(self, weights: Mapping[str, float], *, seed: int = 0, latency: float = 0.0) -> None:
        self.weights, self.latency = dict(weights), latency
        self.requests: Counter[str] = Counter()
        self.prompts: Counter[str] = Counter()
        """How often each (prompt, seed) came, answered or not."""
        self.answered: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._faults: dict[str, Callable[[web.Request, dict[str, Any]], Any]] = {
            OK: self._answer,
            "429": lambda *_: self._error(429, "rate_limit_exceeded"),
            "429-after": lambda *_: self._error(429, "rate_limit_exceeded", {"Retry-After": "0.05"}),
            "500": lambda *_: self._error(500, "server_error"),
            "503": lambda *_: self._error(503, "overloaded"),
            "401": lambda *_: self._error(401, "invalid_api_key"),
            "filter": lambda *_: self._error(400, "content_filter"),
            "reset": self._reset,
            "slow": self._slow,
            "endless": self._endless,
            "truncated": self._truncated,
            "wrong": self._wrong,
        }

    @property
    def total(self) -> int:
        return self.requests.total()

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/chat/completions", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        key = json.dumps([body["messages"], body.get("seed")], ensure_ascii=False)
        self.prompts[key] += 1
        fault = self._random.choices(list(self.weights), list(self.weights.values()))[0]
        self.requests[fault] += 1
        if self.latency:
            await asyncio.sleep(self.latency)
        response: web.StreamResponse = await self._faults[fault](request, body)
        if fault in (OK, "slow"):
            self.answered[key] += 1
        return response

    async def _answer(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        return web.json_response(self._completion(body, self._copy()))

    def _copy(self) -> str:
        words = "".join(self._random.choices(WORDS, k=18))
        return json.dumps({"angle": "场景", "text": f"{words}。", "link_text": "了解更多", "image_brief": []})

    def _completion(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        asked = sum(len(message["content"]) for message in body["messages"])
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": asked, "completion_tokens": len(text), "total_tokens": asked + len(text)}
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "stub",
            "choices": [choice],
            "usage": usage,
        }

    async def _error(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> web.Response:
        return web.json_response(
            {"error": {"message": code, "code": code, "type": code}}, status=status, headers=headers
        )

    async def _reset(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _slow(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        data = json.dumps(self._completion(body, self._copy())).encode()
        response = web.StreamResponse(headers={"content-type": "application/json"})
        await response.prepare(request)
        for i in range(0, len(data), 200):
            await response.write(data[i : i + 200])
            await asyncio.sleep(0.005)
        return response

    async def _endless(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "application/json"})
        await response.prepare(request)
        for _ in range(int(ENDLESS_SECONDS / 0.05)):
            await response.write(b" " * 16)
            await asyncio.sleep(0.05)
        return response

    async def _truncated(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        return web.Response(body=b'{"id": "x", "choices": [{"mess', content_type="application/json")

    async def _wrong(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        return web.json_response(self._completion(body, '{"surprise": true}'))
