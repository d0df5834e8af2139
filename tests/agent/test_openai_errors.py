"""Refusals and broken wires: each becomes the right error of ours, in Chinese, with a next step and without the key."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import traceback
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import errors
from agent.errors import CallError
from agent.model import Request
from agent.models.keys import HIDDEN, NO_KEY, read_key, redact
from agent.models.openai_chat import OpenAIChat
from tests.agent.model_wire import ASK, KEY, Wire, answer, chunk, profile, refusal, stream

E = errors
REFUSALS: list[Any] = [
    pytest.param(401, {"code": "invalid_api_key"}, "Incorrect API key provided", E.BadKeyError, id="OpenAI 401"),
    pytest.param(401, {"type": "incorrect_api_key_error"}, "Incorrect API key", E.BadKeyError, id="Kimi 401"),
    pytest.param(401, {"code": "1002"}, "Invalid Token", E.BadKeyError, id="智谱 1002"),
    pytest.param(403, {"type": "permission_denied_error"}, "no", E.NoPermissionError, id="permission"),
    pytest.param(403, {"code": "AccessDenied", "type": "Forbidden"}, "no access", E.NoPermissionError, id="方舟 403"),
    pytest.param(404, {"code": "ModelNotOpen"}, "not activated", E.NoPermissionError, id="方舟 ModelNotOpen"),
    pytest.param(402, {"code": "invalid_request_error"}, "Insufficient Balance", E.NoBalanceError, id="DeepSeek 402"),
    pytest.param(429, {"code": "insufficient_quota"}, "check your plan", E.NoBalanceError, id="OpenAI quota"),
    pytest.param(429, {"code": "1113"}, "您的账户已欠费", E.NoBalanceError, id="智谱 1113"),
    pytest.param(429, {"type": "exceeded_current_quota_error"}, "suspended", E.NoBalanceError, id="Kimi quota"),
    pytest.param(
        400, {"code": "Arrearage", "type": "Arrearage"}, "Access denied", E.NoBalanceError, id="百炼 Arrearage"
    ),
    pytest.param(403, {"code": "AccountOverdueError"}, "overdue", E.NoBalanceError, id="方舟 overdue"),
    pytest.param(403, {}, "Sorry, your account balance is insufficient", E.NoBalanceError, id="硅基流动 403"),
    pytest.param(429, {"code": "rate_limit_exceeded"}, "slow down", E.RateLimitError, id="OpenAI rate"),
    pytest.param(429, {"code": "1302"}, "并发数过高", E.RateLimitError, id="智谱 1302"),
    pytest.param(
        429, {"code": "insufficient_quota"}, "see error-code#token-limit", E.RateLimitError, id="百炼 token quota"
    ),
    pytest.param(429, {"type": "engine_overloaded_error"}, "busy", E.ServerTroubleError, id="Kimi overloaded"),
    pytest.param(400, {"code": "context_length_exceeded"}, "maximum", E.ContextTooLongError, id="OpenAI context"),
    pytest.param(
        400, {"type": "exceed_context_size_error"}, "request (9 tokens)", E.ContextTooLongError, id="llama.cpp"
    ),
    pytest.param(
        400,
        {"type": "invalid_request_error"},
        "Your request exceeded model token limit : 8192",
        E.ContextTooLongError,
        id="Kimi context",
    ),
    pytest.param(
        400,
        {"code": "InvalidParameter"},
        "Range of input length should be [1, 30720]",
        E.ContextTooLongError,
        id="百炼 context",
    ),
    pytest.param(400, {"code": "1261"}, "Prompt 超长", E.ContextTooLongError, id="智谱 1261"),
    pytest.param(413, {}, "Request Entity Too Large", E.ContextTooLongError, id="413"),
    pytest.param(400, {"code": "content_filter"}, "filtered", E.ContentFilterError, id="OpenAI filter"),
    pytest.param(400, {"code": "data_inspection_failed"}, "inappropriate", E.ContentFilterError, id="百炼 filter"),
    pytest.param(400, {"code": "1301"}, "敏感内容", E.ContentFilterError, id="智谱 1301"),
    pytest.param(
        400, {"type": "invalid_request_error"}, "Content Exists Risk", E.ContentFilterError, id="DeepSeek risk"
    ),
    pytest.param(400, {"type": "content_filter"}, "considered high risk", E.ContentFilterError, id="Kimi filter"),
    pytest.param(
        400,
        {"code": "OutputTextSensitiveContentDetected.PolicyViolation"},
        "x",
        E.ContentFilterError,
        id="方舟 output",
    ),
    pytest.param(400, {"code": "InputTextSensitiveContentDetected"}, "x", E.ContentFilterError, id="方舟 filter"),
    pytest.param(404, {"code": "model_not_found"}, "does not exist", E.ModelNotFoundError, id="OpenAI model"),
    pytest.param(404, {"code": "InvalidEndpointOrModel.NotFound"}, "x", E.ModelNotFoundError, id="方舟 model"),
    pytest.param(400, {"code": 20012}, "Model does not exist.", E.ModelNotFoundError, id="硅基流动 20012"),
    pytest.param(400, {"code": "1211"}, "模型不存在", E.ModelNotFoundError, id="智谱 1211"),
    pytest.param(404, {}, "Not Found", E.ModelNotFoundError, id="404"),
    pytest.param(400, {"code": "InvalidParameter"}, "bad n", E.RequestRefusedError, id="400"),
    pytest.param(422, {}, "extra fields", E.RequestRefusedError, id="422"),
    pytest.param(408, {}, "timeout", E.SlowModelError, id="408"),
    pytest.param(504, {}, "gateway", E.SlowModelError, id="504"),
    pytest.param(500, {}, "oops", E.ServerTroubleError, id="500"),
    pytest.param(503, {"code": "service_unavailable"}, "busy", E.ServerTroubleError, id="503"),
]
AGAIN = (E.RateLimitError, E.ServerTroubleError, E.SlowModelError, E.UnreachableError, E.BadAnswerError)


def caught(reply: Any, **request: Any) -> CallError:
    with pytest.raises(CallError) as info:
        Wire([reply]).ask(profile(retries=0), **request)
    return info.value


@pytest.mark.parametrize(("status", "error", "message", "kind"), REFUSALS)
def test_every_refusal_becomes_the_right_error(status: int, error: dict[str, Any], message: str, kind: type) -> None:
    ours = caught(refusal(status, message, **error))
    assert type(ours) is kind
    assert ours.exit_code == 4
    assert ours.status == status
    assert ours.retryable is issubclass(kind, AGAIN)
    assert "测试平台" in ours.message or "m-1" in ours.message
    assert len(ours.hint) > 8
    assert message in ours.message, "the platform's own words help whoever has to call them"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param({"error": "model 'x' not found, model not found"}, E.ModelNotFoundError, id="Ollama string"),
        pytest.param({"code": "DataInspectionFailed", "message": "bad"}, E.ContentFilterError, id="native 百炼"),
        pytest.param({"detail": "no such route"}, E.RequestRefusedError, id="FastAPI"),
        pytest.param("<html>Bad gateway</html>", E.RequestRefusedError, id="HTML"),
        pytest.param("", E.RequestRefusedError, id="empty"),
    ],
)
def test_every_shape_of_body_is_read(body: Any, kind: type) -> None:
    response = httpx2.Response(400, text=body) if isinstance(body, str) else httpx2.Response(400, json=body)
    assert type(caught(response)) is kind


def wrapped(outer: Exception, inner: BaseException) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        pytest.param(
            wrapped(httpx2.ConnectError("x"), socket.gaierror(-2, "Name or service not known")),
            E.UnreachableError,
            "找不到主机",
            id="DNS",
        ),
        pytest.param(
            wrapped(httpx2.ConnectError("x"), ConnectionRefusedError(111, "refused")),
            E.UnreachableError,
            "拒绝连接",
            id="refused",
        ),
        pytest.param(
            wrapped(httpx2.ConnectError("x"), ssl.SSLCertVerificationError(1, "self-signed")),
            E.InsecureConnectionError,
            "证书",
            id="TLS",
        ),
        pytest.param(httpx2.ReadTimeout("x"), E.SlowModelError, "没有回应", id="timeout"),
        pytest.param(httpx2.RemoteProtocolError("peer closed"), E.UnreachableError, "断了", id="broken"),
    ],
)
def test_broken_wires_are_told_apart(fault: Exception, kind: type, says: str) -> None:
    ours = caught(fault)
    assert type(ours) is kind
    assert says in ours.message
    assert ours.retryable is (kind is not E.InsecureConnectionError)


def test_an_error_inside_a_stream_is_classified() -> None:
    broken = {"error": {"code": "data_inspection_failed", "message": "inappropriate"}}
    assert type(caught(stream(chunk("好"), broken), on_delta=lambda _: None)) is E.ContentFilterError


def everything_shown(error: BaseException) -> str:
    """What any part of the product could print of an error: message, hint, reprs, the whole traceback chain."""
    shown = [str(error), repr(error), getattr(error, "hint", ""), "".join(traceback.format_exception(error))]
    cause: BaseException | None = error
    while cause is not None:
        shown += [str(cause), repr(cause), repr(getattr(cause, "body", "")), repr(cause.args)]
        cause = cause.__cause__ or cause.__context__
    return "\n".join(shown)


ECHOES = [
    pytest.param(refusal(401, f"Incorrect API key provided: {KEY}", code="invalid_api_key"), id="in the message"),
    pytest.param(refusal(401, "no", code="invalid_api_key", sent={"authorization": f"Bearer {KEY}"}), id="in the body"),
    pytest.param(httpx2.Response(500, text=f"trace: headers={{'Authorization': 'Bearer {KEY}'}}"), id="in plain text"),
    pytest.param(httpx2.Response(200, text=f"<p>debug {KEY}</p>"), id="in a web page"),
    pytest.param(httpx2.Response(200, json={"echo": KEY}), id="in other JSON"),
    pytest.param(httpx2.ConnectError(f"proxy said {KEY}"), id="in a transport error"),
]


@pytest.mark.parametrize("reply", ECHOES)
def test_a_planted_key_never_surfaces(reply: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ours = caught(reply)
    # Half a key is a leak too.
    assert "planted" not in everything_shown(ours)
    assert "planted" not in caplog.text


def test_a_key_never_shows_in_reprs() -> None:
    chat = OpenAIChat(profile(), KEY)
    assert "planted" not in repr(chat) + repr(chat.profile) + str(chat.supports)
    asyncio.run(chat.aclose())


@given(
    key=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60),
    before=st.text(max_size=30),
    after=st.text(max_size=30),
)
def test_redact_leaves_nothing_of_a_key(key: str, before: str, after: str) -> None:
    assert key not in redact(f"{before}{key}{after}", [key])


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("used sk-abcdef123456 twice", f"used {HIDDEN} twice"),
        ("Authorization: Bearer eyJhbGciOi.abc-123", f"Authorization: {HIDDEN}"),
        ("0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp", HIDDEN),
        ("sk-ab***yz12 is wrong", f"{HIDDEN} is wrong"),
        ("a risk-free task-list", "a risk-free task-list"),
    ],
    ids=["OpenAI", "bearer", "智谱", "masked", "ordinary words"],
)
def test_redact_knows_the_shapes_of_keys(text: str, clean: str) -> None:
    assert redact(text) == clean


@pytest.mark.parametrize(
    ("value", "optional", "expected"),
    [
        pytest.param(" 'sk-good-123' \n", False, "sk-good-123", id="quotes and line end"),
        pytest.param("", True, NO_KEY, id="not needed"),
        pytest.param("", False, "没有测试平台的密钥：环境变量 TEST_KEY 没有设置", id="missing"),
        pytest.param("sk-你好planted", False, "混进了中文", id="Chinese"),
        pytest.param("Bearer sk-planted", False, "混进了中文、空格", id="Bearer"),
    ],
)
def test_keys_are_checked_before_they_are_sent(value: str, optional: bool, expected: str) -> None:
    env = {"TEST_KEY": value}
    if expected in ("sk-good-123", NO_KEY):
        assert read_key(profile(key_optional=optional), env) == expected
        return
    with pytest.raises(E.BadKeyError) as info:
        read_key(profile(key_optional=optional), env)
    assert expected in info.value.message
    assert "planted" not in everything_shown(info.value)
    assert "TEST_KEY" in info.value.message


def test_our_own_bugs_keep_their_traceback() -> None:
    def bad_listener(_: str) -> None:
        raise KeyError("a bug in the terminal")

    with pytest.raises(KeyError, match="a bug in the terminal"):
        Wire([stream(chunk("好"), chunk(None, finish="stop"))]).ask(on_delta=bad_listener)


def test_the_answer_of_a_good_call_is_untouched_by_redaction() -> None:
    assert Wire([answer("口令是 sk-abcdef123456")]).ask().text == "口令是 sk-abcdef123456"
    assert Request(messages=ASK).messages == ASK
