"""The openai SDK's and the transport's exceptions -> ours. The only place that knows both."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Sequence

import httpx2
import openai

from agent.errors import (
    BadAnswerError,
    BadKeyError,
    CallError,
    ContentFilterError,
    ContextTooLongError,
    InsecureConnectionError,
    ModelNotFoundError,
    NoBalanceError,
    NoPermissionError,
    RateLimitError,
    RequestRefusedError,
    ServerTroubleError,
    SlowModelError,
    UnreachableError,
)
from agent.models.classify import Refusal, classify, read_refusal
from agent.models.keys import redact
from agent.models.profiles import Profile
from agent.models.retry import read_retry_after

_LONGEST_DETAIL = 200


def translate(error: Exception, profile: Profile, keys: Sequence[str]) -> CallError | None:
    """Our error for a vendor's; None when `error` is a bug of ours and should keep its traceback.

    Also takes the keys out of the vendor's exception, since it stays in the chain that a traceback prints.
    """
    if isinstance(error, CallError):
        return error
    _scrub(error, keys)
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        if _only_called_timeout(error):
            return _unreachable(error, profile)
        return SlowModelError(f"{profile.label}在 {profile.timeout:g} 秒内没有回应")
    if isinstance(error, openai.APIResponseValidationError):
        return BadAnswerError(f"{profile.label}的回答不是合格的 JSON")
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        return _unreachable(error, profile)
    if isinstance(error, openai.APIStatusError):
        refusal = read_refusal(error.status_code, error.body, error.message)
        asked = read_retry_after(error.response.headers.get("retry-after"))
        return explain(refusal, profile, keys, retry_after=asked)
    if isinstance(error, openai.APIError):
        return explain(read_refusal(None, error.body, error.message), profile, keys)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | httpx2.DecodingError):
        return BadAnswerError(f"{profile.label}的回答不是合格的 JSON")
    return None


def explain(refusal: Refusal, profile: Profile, keys: Sequence[str], *, retry_after: float | None = None) -> CallError:
    """The Chinese error for a refusal, with the platform's own words behind it, redacted and cut short."""
    kind = classify(refusal)
    who, model = profile.label, profile.model or "默认模型"
    message, hint = {
        BadKeyError: (
            f"{who}不认环境变量 {profile.api_key_env} 里的密钥",
            f"到 {profile.console} 核对或新建密钥，更新环境变量后重试。" if profile.console else "",
        ),
        NoPermissionError: (f"这把密钥无权在{who}使用 {model}", ""),
        NoBalanceError: (
            f"{who}账户余额不足",
            f"到 {profile.console} 充值后重试；急用可先加 --model offline。" if profile.console else "",
        ),
        RateLimitError: (f"{who}限流：请求太多太快", ""),
        ContextTooLongError: (f"提示词太长，超过了 {model} 的上下文长度", ""),
        ContentFilterError: (f"{who}的内容审核拦下了这次请求", ""),
        ModelNotFoundError: (f"{who}没有模型「{model}」，或地址 {profile.base_url} 不对", ""),
        RequestRefusedError: (f"{who}不接受这次请求的参数", ""),
        SlowModelError: (f"{who}处理超时", ""),
        ServerTroubleError: (f"{who}服务端出错或过载", ""),
    }[kind]
    detail = redact(" ".join(refusal.message.split()), keys)
    if len(detail) > _LONGEST_DETAIL:
        detail = detail[:_LONGEST_DETAIL] + "…"
    return kind(message, hint=hint, detail=detail, status=refusal.status, retry_after=retry_after)


def _unreachable(error: Exception, profile: Profile) -> UnreachableError:
    causes = list(_chain(error))
    words = " ".join(str(cause) for cause in causes).lower()
    where = profile.base_url
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "certificate" in words or "[ssl" in words:
        return InsecureConnectionError(f"连不上{profile.label}：{where} 的安全证书验证不过")
    if any(isinstance(cause, socket.gaierror) for cause in causes) or _speaks_of_names(words):
        return UnreachableError(
            f"连不上{profile.label}：找不到主机 {where}", hint="检查网络、DNS 和 base_url 有没有写错，再重试。"
        )
    if (
        any(isinstance(cause, ConnectionRefusedError) for cause in causes)
        or "refused" in words
        or "connect call failed" in words
    ):
        local = "先启动它的服务（例如 ollama serve），" if profile.key_optional else ""
        return UnreachableError(
            f"连不上{profile.label}：{where} 拒绝连接", hint=f"{local}检查地址和端口、代理设置，再重试。"
        )
    if (
        any(isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError) for cause in causes)
        or "disconnected" in words
    ):
        return UnreachableError(f"{profile.label}的回答传到一半断了")
    return UnreachableError(f"连不上{profile.label}：{where}")


def _only_called_timeout(error: Exception) -> bool:
    """The aiohttp transport reports every lost or refused connection as a ConnectTimeout; its cause tells."""
    from_aiohttp = [cause for cause in _chain(error) if type(cause).__module__.startswith("aiohttp")]
    return bool(from_aiohttp) and not any(isinstance(cause, TimeoutError) for cause in from_aiohttp)


def _speaks_of_names(words: str) -> bool:
    return any(
        phrase in words
        for phrase in ("name or service", "nodename nor", "name resolution", "getaddrinfo", "no address associated")
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _scrub(error: BaseException, keys: Sequence[str]) -> None:
    for cause in _chain(error):
        cause.args = tuple(redact(arg, keys) if isinstance(arg, str) else arg for arg in cause.args)
        if isinstance(cause, openai.APIError):
            cause.message = redact(cause.message, keys)
            if cause.body is not None:
                cause.body = json.loads(redact(json.dumps(cause.body, ensure_ascii=False, default=str), keys))
