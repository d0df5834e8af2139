"""What a platform's refusal means: HTTP status, error code, type and words -> one of our errors. Pure data and rules.

Codes come from the platforms' own error pages: OpenAI, DeepSeek 错误码, 阿里云百炼 错误码, Kimi 错误说明, 智谱 错误码
(1000-1305), 火山方舟 错误码, 硅基流动 错误处理, and from the bodies that llama.cpp's server sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.errors import (
    BadKeyError,
    CallError,
    ContentFilterError,
    ContextTooLongError,
    ModelNotFoundError,
    NoBalanceError,
    NoPermissionError,
    RateLimitError,
    RequestRefusedError,
    ServerTroubleError,
    SlowModelError,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What came back, as far as it could be read."""

    status: int | None
    codes: tuple[str, ...]
    """Error code and type, lower case."""
    message: str


def read_refusal(status: int | None, body: object, fallback: str = "") -> Refusal:
    """Reads the shapes in use: {"error": {...}}, {"error": "text"}, {"code", "message"}, {"detail"}, plain text."""
    inner: object = body
    if isinstance(body, Mapping) and body.get("error"):
        inner = body["error"]
    if not isinstance(inner, Mapping):
        return Refusal(status, (), str(inner).strip() if inner else fallback)
    codes = tuple(str(inner[key]).strip().lower() for key in ("code", "type") if inner.get(key) not in (None, ""))
    words: Any = inner.get("message") or inner.get("msg") or inner.get("detail") or fallback
    return Refusal(status, codes, words if isinstance(words, str) else str(words))


_CODE_TABLE: Mapping[type[CallError], str] = {
    NoBalanceError: """insufficient_quota insufficient_user_quota billing_hard_limit_reached billing_not_active
        exceeded_current_quota_error arrearage accountoverdueerror insufficient_balance insufficientbalance
        1113 30001""",
    BadKeyError: """invalid_api_key invalidapikey invalid_authentication_error incorrect_api_key_error
        authentication_error authenticationerror token_expired 1000 1001 1002 1003 1004""",
    ContentFilterError: """content_filter contentfilter content_policy_violation data_inspection_failed
        datainspectionfailed responsibleaipolicyviolation inputtextriskdetection outputtextriskdetection sensitive
        sensitivecontentdetected inputtextsensitivecontentdetected outputtextsensitivecontentdetected 1301""",
    ContextTooLongError: """context_length_exceeded exceed_context_size_error string_above_max_length
        request_too_large 1261""",
    ModelNotFoundError: """model_not_found modelnotfound invalidendpointormodel.notfound invalidendpoint.notfound
        resource_not_found_error model_not_supported 1211 20012""",
    NoPermissionError: """permission_denied permission_denied_error access_denied accessdenied accessdenied.unpurchased
        model.accessdenied modelnotopen unsupported_country_region_territory 1220""",
    ServerTroubleError: """server_error internal_error internalerror internalservererror engine_overloaded_error
        serveroverloaded service_unavailable serviceunavailable overloaded_error unavailable_error 1234 1305""",
    RateLimitError: """rate_limit_exceeded rate_limit_error rate_limit_reached_error ratelimitexceeded limit_requests
        throttling throttling.ratequota throttling.allocationquota throttling.burstrate 1302 1303""",
}
_CODES = {kind: frozenset(codes.split()) for kind, codes in _CODE_TABLE.items()}

# Asked in this order; the first that matches decides. Words are compared in lower case.
_WORDS: tuple[tuple[type[CallError], tuple[str, ...]], ...] = (
    (
        ContentFilterError,
        ("content exists risk", "considered high risk", "inappropriate content", "content filter", "敏感内容"),
    ),
    (
        ContextTooLongError,
        (
            "maximum context length",
            "context length exceeded",
            "exceeds the available context size",
            "token length too long",
            "exceeded model token limit",
            "range of input length should be",
            "prompt is too long",
            "maximum prompt length",
            "input is too long",
            "larger than the context size",
        ),
    ),
    (
        NoBalanceError,
        (
            "insufficient balance",
            "balance is insufficient",
            "余额不足",
            "欠费",
            "arrears",
            "overdue balance",
            "account is in good standing",
        ),
    ),
    (
        ModelNotFoundError,
        ("model does not exist", "model not found", "model not exist", "no such model", "unknown model"),
    ),
)

_STATUS: Mapping[int, type[CallError]] = {
    401: BadKeyError,
    402: NoBalanceError,
    403: NoPermissionError,
    404: ModelNotFoundError,
    408: SlowModelError,
    409: ServerTroubleError,
    413: ContextTooLongError,
    425: ServerTroubleError,
    429: RateLimitError,
    451: ContentFilterError,
    504: SlowModelError,
}


def classify(refusal: Refusal) -> type[CallError]:
    """The error that says best what happened. Codes beat words, words beat the status."""
    words = refusal.message.lower()
    # 阿里云百炼 reports a passing token quota under OpenAI's name for an empty purse.
    if (
        refusal.status == 429
        and "insufficient_quota" in refusal.codes
        and ("token-limit" in words or "allocated quota" in words)
    ):
        return RateLimitError
    for kind, codes in _CODES.items():
        if codes.intersection(refusal.codes):
            return kind
    for kind, phrases in _WORDS:
        if any(phrase in words for phrase in phrases):
            return kind
    for code in refusal.codes:
        if "sensitivecontentdetected" in code or "riskdetection" in code:
            return ContentFilterError
        if code.startswith(("ratelimitexceeded", "throttling")):
            return RateLimitError
    status = refusal.status or 0
    return _STATUS.get(status, RequestRefusedError if 400 <= status < 500 else ServerTroubleError)
