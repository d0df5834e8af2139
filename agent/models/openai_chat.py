"""Any OpenAI-compatible /chat/completions endpoint as a Model, through the openai SDK. Import it lazily: 0.9 s.

One client for any number of concurrent calls; the SDK's own retries are off, so that counts and waits are ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
import openai

from agent.errors import BadAnswerError, CallError, ModelNotFoundError
from agent.model import Completion, Message, Request
from agent.models.answer import Answer, Delivery, Reader
from agent.models.keys import NO_KEY
from agent.models.prices import cost_of
from agent.models.profiles import Profile
from agent.models.retry import RetryPolicy, with_retries
from agent.models.supports import Supports, step_down, strict_ready
from agent.models.translate import translate

T = TypeVar("T")
_JSON_HINT = "只输出一个 JSON 对象，前后不要别的文字。"
_CONNECT_SECONDS = 10.0
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_MOST_STEPS = 6
"""How many parameters one call may learn to leave out."""
MANY = 8
"""From this many concurrent calls on, the aiohttp transport's lower cost per call is worth its start-up."""


class OpenAIChat:
    """Model adapter. `http_client` and `policy` are for tests and special transports.

    `on_headers` hears the headers of every answer, where platforms say how much of a rate limit is left.
    """

    def __init__(
        self,
        profile: Profile,
        key: str,
        *,
        concurrency: int = 1,
        on_headers: Callable[[Mapping[str, str]], None] | None = None,
        http_client: httpx2.AsyncClient | None = None,
        policy: RetryPolicy | None = None,
    ) -> None:
        self.profile = profile
        self.supports = Supports.of(profile)
        self._keys = () if key == NO_KEY else (key,)
        self._reader = Reader(profile, self._keys)
        self._policy = policy or RetryPolicy(retries=profile.retries, deadline=profile.deadline)
        self._model = profile.model
        self._described: tuple[Mapping[str, Any], dict[str, Any]] | None = None
        client = http_client or _transport(profile, concurrency)
        if on_headers is not None:
            client.event_hooks["response"].append(_telling(on_headers))
        self._client = openai.AsyncOpenAI(
            api_key=key,
            base_url=profile.base_url,
            max_retries=0,
            timeout=httpx2.Timeout(profile.timeout, connect=_CONNECT_SECONDS),
            http_client=client,
            # The SDK would send the organisation of OPENAI_ORG_ID to whatever host we call.
            default_headers=None
            if profile.preset == "openai"
            else {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()},  # type: ignore[dict-item]
        )

    def __repr__(self) -> str:
        return f"OpenAIChat({self.name!r})"

    @property
    def name(self) -> str:
        return self.profile.full_name

    async def complete(self, request: Request) -> Completion:
        """One answer; one cut off by max_tokens has finish_reason length. Raises CallError and its kin."""
        started = time.monotonic()
        delivery = Delivery(request.on_delta)
        answer = await with_retries(
            lambda: self._adapting(request, delivery), self._policy, may_retry=lambda: not delivery.shown
        )
        usage = answer.usage
        if usage is None:
            usage = await asyncio.to_thread(_estimate, request, answer)
        asked, written = usage
        return Completion(
            text=answer.text,
            model=answer.model or self._model,
            input_tokens=asked,
            output_tokens=written,
            estimated=answer.usage is None,
            cost=cost_of(asked, written, self.profile.input_price, self.profile.output_price),
            latency=time.monotonic() - started,
            finish_reason=answer.finish_reason,
        )

    async def aclose(self) -> None:
        await self._client.close()

    async def models(self) -> tuple[str, ...]:
        """Names of the models that the endpoint lists. Raises CallError."""
        with self._translated():
            page = await self._client.models.list()
            return tuple(model.id for model in page.data or ())
        raise AssertionError("unreachable")

    async def attempt(self, request: Request, supports: Supports, delivery: Delivery) -> Answer:
        """One try with exactly these assumptions: no retry, no stepping down. Raises CallError."""
        await self._choose_model()
        sent = self._parameters(request, supports)
        return await self._send(sent, delivery)

    async def call(self, work: Callable[[openai.AsyncOpenAI], Awaitable[T]], *, again: bool = True) -> T:
        """Another request than a chat, in our errors; `again`: asking twice does no harm. Raises CallError."""

        async def translated() -> T:
            with self._translated():
                return await work(self._client)
            raise AssertionError("unreachable")

        return await with_retries(translated, self._policy, may_retry=lambda: again)

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON of one call, for files of calls: never streamed."""
        sent = self._parameters(replace(request, on_delta=None), replace(self.supports, must_stream=False))
        extra: dict[str, Any] = sent.pop("extra_body", {})
        return sent | extra

    def read(self, body: object) -> Completion:
        """The answer in a response that came in a file. Raises CallError for what is none."""
        answer = Answer()
        with self._translated():
            self._reader.whole(body, answer, Delivery(None))
        self._reader.judge(answer)
        asked, written = answer.usage or (0, 0)
        return Completion(
            text=answer.text,
            model=answer.model or self._model,
            input_tokens=asked,
            output_tokens=written,
            estimated=answer.usage is None,
            cost=cost_of(asked, written, self.profile.input_price, self.profile.output_price),
            finish_reason=answer.finish_reason,
        )

    async def _adapting(self, request: Request, delivery: Delivery) -> Answer:
        await self._choose_model()
        supports = self.supports
        for _ in range(_MOST_STEPS):
            sent = self._parameters(request, supports)
            if request.wire is not None:
                await request.wire.sending()
            try:
                answer = await self._send(sent, delivery)
            except CallError as error:
                if request.wire is not None:
                    await request.wire.refused(error)
                fixed = self.profile.structured != "auto"
                lower = step_down(supports, sent, error, fixed_structured=fixed)
                if lower is None or lower == supports or delivery.shown:
                    raise
                supports = lower
            else:
                self.supports = supports
                return answer
        raise BadAnswerError(f"{self.profile.label}接连拒绝了 {_MOST_STEPS} 种参数写法")

    async def _choose_model(self) -> None:
        if self._model:
            return
        names = await self.models()
        if len(names) != 1:
            have = f"它有：{'、'.join(names[:8])}。" if names else "它一个模型也没有。"
            raise ModelNotFoundError(
                f"没说用{self.profile.label}的哪个模型", hint=f"{have}用 --model {self.profile.name}:模型名 指定。"
            )
        self._model = names[0]

    def _parameters(self, request: Request, supports: Supports) -> dict[str, Any]:
        profile = self.profile
        sent: dict[str, Any] = {"model": self._model}
        messages = list(request.messages)
        if request.schema is not None and supports.structured == "json_schema":
            sent["response_format"] = {"type": "json_schema", "json_schema": self._schema_parameter(request.schema)}
        elif request.schema is not None and supports.structured == "json_object":
            sent["response_format"] = {"type": "json_object"}
            messages = _mentioning_json(messages)
        sent["messages"] = [{"role": message.role, "content": message.content} for message in messages]
        temperature = request.temperature if request.temperature is not None else profile.temperature
        if temperature is not None and supports.temperature:
            sent["temperature"] = temperature
        max_tokens = request.max_tokens or profile.max_tokens
        if max_tokens is not None:
            sent[supports.token_parameter] = max_tokens
        if request.seed is not None and supports.seed:
            sent["seed"] = request.seed
        if profile.extra_body and supports.extra_body:
            sent["extra_body"] = dict(profile.extra_body)
        if request.on_delta is not None or supports.must_stream:
            sent["stream"] = True
            if supports.stream_usage:
                sent["stream_options"] = {"include_usage": True}
        return sent

    def _schema_parameter(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The last one is kept: a run asks for the same form of answer again and again."""
        if self._described is None or self._described[0] is not schema:
            self._described = (schema, _described(schema))
        return self._described[1]

    async def _send(self, sent: Mapping[str, Any], delivery: Delivery) -> Answer:
        answer = Answer()
        with self._translated():
            if sent.get("stream"):
                stream: Any = await self._client.chat.completions.create(**sent)
                async with stream:
                    async for chunk in stream:
                        self._reader.add(chunk, answer, delivery)
            else:
                # `create` would walk every message for file parameters that chat has none of: a fifth of a call's CPU.
                body = {name: value for name, value in sent.items() if name != "extra_body"}
                body |= sent.get("extra_body", {})
                response = await self._client.post("/chat/completions", cast_to=httpx2.Response, body=body)
                self._reader.whole(_said(response), answer, delivery)
        return self._reader.judge(answer)

    @contextlib.contextmanager
    def _translated(self) -> Any:
        try:
            yield
        except Exception as error:
            ours = translate(error, self.profile, self._keys)
            if ours is None or ours is error:
                raise
            raise ours from error


def _said(response: httpx2.Response) -> object:
    """The response's JSON, or its text where it does not even claim to be JSON and is none."""
    try:
        return response.json()
    except ValueError:
        if response.headers.get("content-type", "").partition(";")[0].strip().endswith("json"):
            raise
        return response.text


def _telling(on_headers: Callable[[Mapping[str, str]], None]) -> Callable[[httpx2.Response], Awaitable[None]]:
    async def hear(response: httpx2.Response) -> None:
        on_headers(response.headers)

    return hear


def _transport(profile: Profile, concurrency: int) -> httpx2.AsyncClient:
    kind = openai.DefaultAioHttpClient if concurrency >= MANY else openai.DefaultAsyncHttpxClient
    # A proxy meant for the outside world must not stand between us and this machine's own servers.
    local = (urlsplit(profile.base_url).hostname or "") in _LOOPBACK
    return kind(trust_env=not local)


def _described(schema: Mapping[str, Any]) -> dict[str, Any]:
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", str(schema.get("title", "")))[:64].strip("_") or "answer"
    return {"name": name, "strict": strict_ready(schema), "schema": dict(schema)}


def _mentioning_json(messages: list[Message]) -> list[Message]:
    """json_object mode is refused by OpenAI and 阿里云百炼 unless some message says JSON."""
    if not messages or any("json" in message.content.lower() for message in messages):
        return messages
    last = messages[-1]
    return [*messages[:-1], Message(last.role, f"{last.content}\n\n{_JSON_HINT}")]


def _estimate(request: Request, answer: Answer) -> tuple[int, int]:
    from agent.tokens import default_counter

    counter = default_counter()
    asked = sum(counter.count(message.content) + 4 for message in request.messages)
    return asked, counter.count(answer.text) + counter.count(answer.thinking)
