"""Finds out what an endpoint really supports, with a handful of the cheapest calls. Behind `wenan models check`."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from agent.errors import CallError, EmptyAnswerError, RequestRefusedError
from agent.model import Message, Request
from agent.models.answer import Answer, Delivery
from agent.models.openai_chat import OpenAIChat
from agent.models.retry import RetryPolicy, with_retries
from agent.models.supports import Supports

Verdict = Literal["支持", "不支持", "收下但不照做", "没测成"]
DEFAULT_TOKENS = 512
"""Room for a thinking model to think and still answer."""
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "blue"]}, "count": {"type": "integer"}},
    "required": ["colour", "count"],
    "additionalProperties": False,
}
_HELLO = (Message("user", "Reply with the single word: ok"),)
_ASK_JSON = (Message("user", "Give a JSON object about a ball with keys colour (red or blue) and count (integer)."),)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing asked of the endpoint."""

    what: str
    verdict: Verdict
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    model: str
    """As the endpoint calls it."""
    findings: tuple[Finding, ...]
    advice: str
    """What to write in wenan.toml, or that nothing is needed."""

    def verdict(self, what: str) -> Verdict | None:
        return next((finding.verdict for finding in self.findings if finding.what == what), None)


async def probe(chat: OpenAIChat, *, tokens: int = DEFAULT_TOKENS) -> Report:
    """Seven tiny calls of at most `tokens` each.

    Raises CallError when even a plain question fails: then nothing else is worth asking.
    """
    # The first call adapts token and thinking parameters as usual, so that later refusals are about what we ask.
    started = time.monotonic()
    hello = await chat.complete(Request(messages=_HELLO, max_tokens=tokens))
    usage = "没有报用量，费用按估算" if hello.estimated else f"用量 {hello.input_tokens}+{hello.output_tokens}"
    findings = [Finding("对话", "支持", usage, time.monotonic() - started)]
    base = replace(chat.supports, structured="none")
    for what, ask in (
        ("流式", _streaming),
        ("流式用量", _stream_usage),
        ("JSON Schema", _json_schema),
        ("JSON 对象", _json_object),
        ("固定种子", _seed),
    ):
        findings.append(await _ask(_Question(chat, base, tokens), what, ask))
    return Report(hello.model, tuple(findings), _advice(findings, chat))


@dataclass(frozen=True, slots=True)
class _Question:
    """What every check needs."""

    chat: OpenAIChat
    base: Supports
    tokens: int

    async def once(self, messages: tuple[Message, ...], *, supports: Supports | None = None, **more: Any) -> Answer:
        """One call that may be repeated on trouble that passes, but never with other parameters."""
        request = Request(messages=messages, max_tokens=self.tokens, **more)
        delivery = Delivery(request.on_delta)
        policy = RetryPolicy(retries=1, deadline=self.chat.profile.deadline)
        return await with_retries(
            lambda: self.chat.attempt(request, supports or self.base, delivery),
            policy,
            may_retry=lambda: not delivery.shown,
        )


Ask = Callable[[_Question], Awaitable[tuple[Verdict, str]]]


async def _ask(question: _Question, what: str, ask: Ask) -> Finding:
    started = time.monotonic()
    try:
        verdict, detail = await ask(question)
    except RequestRefusedError as error:
        verdict, detail = "不支持", error.detail
    except EmptyAnswerError:
        verdict, detail = "没测成", "没有正文"
    except CallError as error:
        verdict, detail = "没测成", error.message
    return Finding(what, verdict, detail, time.monotonic() - started)


async def _streaming(question: _Question) -> tuple[Verdict, str]:
    pieces: list[str] = []
    answer = await question.once(_HELLO, supports=replace(question.base, stream_usage=False), on_delta=pieces.append)
    if "".join(pieces) != answer.text:
        return "收下但不照做", "各段拼起来和全文不同"
    return "支持", f"{len(pieces)} 段"


async def _stream_usage(question: _Question) -> tuple[Verdict, str]:
    answer = await question.once(_HELLO, supports=replace(question.base, stream_usage=True), on_delta=lambda _: None)
    return ("支持", "") if answer.usage else ("收下但不照做", "费用按估算")


async def _json_schema(question: _Question) -> tuple[Verdict, str]:
    answer = await question.once(_ASK_JSON, supports=replace(question.base, structured="json_schema"), schema=_SCHEMA)
    data = _parsed(answer.text)
    fits = isinstance(data, dict) and data.get("colour") in ("red", "blue") and type(data.get("count")) is int
    return ("支持", "") if fits and len(data) == 2 else ("收下但不照做", f"答了：{answer.text[:40]}")


async def _json_object(question: _Question) -> tuple[Verdict, str]:
    answer = await question.once(_ASK_JSON, supports=replace(question.base, structured="json_object"), schema=_SCHEMA)
    if isinstance(_parsed(answer.text), dict):
        return "支持", ""
    if answer.finish_reason == "length" and answer.text.lstrip().startswith("{"):
        return "支持", "没写完，但写的是 JSON"
    return "收下但不照做", f"答了：{answer.text[:40]}"


async def _seed(question: _Question) -> tuple[Verdict, str]:
    if not question.base.seed:
        return "不支持", ""
    cat = (Message("user", "Invent a name for a cat. Only the name."),)
    first = await question.once(cat, temperature=0.9, seed=7)
    second = await question.once(cat, temperature=0.9, seed=7)
    return ("支持", "两次回答相同") if first.text == second.text else ("收下但不照做", "两次回答不同")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _advice(findings: list[Finding], chat: OpenAIChat) -> str:
    verdicts = {finding.what: finding.verdict for finding in findings}
    best = "none"
    if verdicts["JSON Schema"] == "支持":
        best = "json_schema"
    elif verdicts["JSON 对象"] == "支持":
        best = "json_object"
    if chat.profile.structured == best or (chat.profile.structured == "auto" and chat.profile.first_structured == best):
        return "设置不用改"
    if verdicts["JSON Schema"] == "不支持" and chat.profile.structured == "auto":
        # A plain refusal is found out by auto at the price of one short call.
        return f'设置不用改；想省去试探，可在 [models.{chat.profile.name}] 写 structured = "{best}"'
    return f'建议在 wenan.toml 的 [models.{chat.profile.name}] 写 structured = "{best}"'
