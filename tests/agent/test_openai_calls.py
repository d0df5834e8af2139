"""The openai adapter on a mock transport: what it sends, what it makes of the answers, how it steps down."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx2
import pytest

from agent.errors import BadAnswerError, ContentFilterError, EmptyAnswerError, ModelNotFoundError, RequestRefusedError
from agent.model import Message, Request
from agent.models.openai_chat import OpenAIChat
from tests.agent.model_wire import ASK, USAGE_CHUNK, Wire, answer, chunk, profile, refusal, run, stream

CLOSED = {
    "title": "文案 copy!",
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}
OPEN = {"type": "object", "properties": {"text": {"type": "string"}}}


def test_sends_what_was_asked_and_reads_everything() -> None:
    wire = Wire([answer("喝一口。")])
    prices = profile(input_price=Decimal(2), output_price=Decimal("8.5"), extra_body={"enable_thinking": False})
    done = wire.ask(prices, temperature=0.3, max_tokens=99, seed=5)
    assert wire.bodies == [
        {
            "model": "m-1",
            "messages": [{"role": "system", "content": "你是文案。"}, {"role": "user", "content": "写一句。"}],
            "temperature": 0.3,
            "max_tokens": 99,
            "seed": 5,
            "enable_thinking": False,
        }
    ]
    assert (done.text, done.model, done.input_tokens, done.output_tokens) == ("喝一口。", "m-1-2026", 1000, 500)
    assert done.cost == Decimal("0.00625")
    assert (done.estimated, done.finish_reason) == (False, "stop")


def test_profile_defaults_apply_unless_the_request_says_otherwise() -> None:
    wire = Wire([answer()])
    used = profile(temperature=0.9, max_tokens=700, token_parameter="max_completion_tokens")
    wire.ask(used)
    wire.ask(used, temperature=0.0, max_tokens=8)
    assert [body["temperature"] for body in wire.bodies] == [0.9, 0.0]
    assert [body["max_completion_tokens"] for body in wire.bodies] == [700, 8]


def test_counts_tokens_itself_when_the_endpoint_is_silent() -> None:
    done = Wire([answer("一二三四五六七八", usage=False, reasoning_content="想" * 50)]).ask()
    assert done.estimated
    assert done.output_tokens > 40  # the thinking is paid for too
    assert done.input_tokens > 5


def test_stream_delivers_pieces_that_add_up_and_reads_usage() -> None:
    pieces: list[str] = []
    wire = Wire(
        [stream(chunk("", role="assistant"), chunk("凌晨"), chunk("四点"), chunk(None, finish="stop"), USAGE_CHUNK)]
    )
    done = wire.ask(on_delta=pieces.append)
    assert wire.bodies[0]["stream"] is True
    assert wire.bodies[0]["stream_options"] == {"include_usage": True}
    assert pieces == ["凌晨", "四点"]
    assert done.text == "凌晨四点"
    assert (done.input_tokens, done.output_tokens, done.estimated) == (1000, 500, False)


def test_thinking_is_never_shown_nor_part_of_the_text() -> None:
    pieces: list[str] = []
    wire = Wire([stream(chunk(None, reasoning_content="让我想想"), chunk("写好了"), chunk(None, finish="stop"))])
    assert wire.ask(on_delta=pieces.append).text == "写好了"
    assert pieces == ["写好了"]


@pytest.mark.parametrize(
    ("structured", "schema", "expected"),
    [
        pytest.param("auto", CLOSED, {"type": "json_schema", "strict": True, "name": "copy"}, id="auto, strict"),
        pytest.param("auto", OPEN, {"type": "json_schema", "strict": False, "name": "answer"}, id="open: not strict"),
        pytest.param("json_schema", OPEN, {"type": "json_schema", "strict": False, "name": "answer"}, id="fixed"),
        pytest.param("json_object", CLOSED, {"type": "json_object"}, id="object"),
        pytest.param("none", CLOSED, None, id="none"),
        pytest.param("auto", None, None, id="no schema wanted"),
    ],
)
def test_structured_output(structured: Any, schema: Any, expected: dict[str, Any] | None) -> None:
    wire = Wire([answer("{}")])
    wire.ask(profile(structured=structured), schema=schema)
    sent = wire.bodies[0].get("response_format")
    if expected is None:
        assert sent is None
    elif expected["type"] == "json_object":
        assert sent == expected
        assert "JSON" in wire.bodies[0]["messages"][-1]["content"]
    else:
        assert sent is not None
        inner = sent["json_schema"]
        assert (sent["type"], inner["strict"], inner["name"]) == (
            expected["type"],
            expected["strict"],
            expected["name"],
        )
        assert inner["schema"] == schema


def test_json_object_leaves_a_prompt_alone_that_says_json() -> None:
    wire = Wire([answer("{}")])
    messages = (Message("system", "只回 json。"), Message("user", "写。"))
    chat = wire.chat(profile(structured="json_object"))
    run(chat, lambda model: model.complete(Request(messages=messages, schema=OPEN)))
    assert wire.bodies[0]["messages"][-1]["content"] == "写。"


STEPS = [
    pytest.param(
        [refusal(400, "This response_format type is unavailable now")],
        {"schema": CLOSED},
        lambda body: body["response_format"] == {"type": "json_object"},
        id="schema to object",
    ),
    pytest.param(
        [refusal(400, "response_format json_schema unsupported"), refusal(422, "json_object: extra inputs")],
        {"schema": CLOSED},
        lambda body: "response_format" not in body,
        id="object to none",
    ),
    pytest.param(
        [refusal(400, "Unknown parameter: 'stream_options'")],
        {"on_delta": lambda _: None},
        lambda body: "stream_options" not in body and body["stream"],
        id="stream_options",
    ),
    pytest.param(
        [refusal(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")],
        {"max_tokens": 9},
        lambda body: body.get("max_completion_tokens") == 9 and "max_tokens" not in body,
        id="max_completion_tokens",
    ),
    pytest.param([refusal(400, "seed is not permitted")], {"seed": 3}, lambda body: "seed" not in body, id="seed"),
    pytest.param(
        [refusal(400, "invalid temperature: only 1 is allowed for this model")],
        {"temperature": 0.2},
        lambda body: "temperature" not in body,
        id="temperature",
    ),
    pytest.param(
        [refusal(400, "Unrecognized request argument supplied: thinking")],
        {},
        lambda body: "thinking" not in body,
        id="extra body",
    ),
]


@pytest.mark.parametrize(("refusals", "request_", "holds"), STEPS)
def test_steps_down_at_once_and_remembers(refusals: list[Any], request_: dict[str, Any], holds: Any) -> None:
    def good(body: dict[str, Any]) -> httpx2.Response:
        return stream(chunk("{}"), chunk(None, finish="stop")) if body.get("stream") else answer("{}")

    wire = Wire([*refusals, good])
    used = profile(extra_body={"thinking": {"type": "disabled"}})

    async def twice(chat: OpenAIChat) -> None:
        await chat.complete(Request(messages=ASK, **request_))
        await chat.complete(Request(messages=ASK, **request_))

    run(wire.chat(used), twice)
    assert len(wire.bodies) == len(refusals) + 2, "the second call starts from what the first learned"
    assert holds(wire.bodies[-1])
    assert wire.waits == [], "a refused parameter is no reason to wait"


def test_a_model_that_only_streams_is_streamed() -> None:
    wire = Wire(
        [
            refusal(
                400, "This model only support stream mode, please enable the stream parameter to access the model."
            ),
            stream(chunk("好"), chunk(None, finish="stop"), USAGE_CHUNK),
        ]
    )
    assert wire.ask().text == "好"
    assert wire.bodies[1]["stream"] is True


def test_a_format_the_user_fixed_is_not_changed_behind_their_back() -> None:
    wire = Wire([refusal(400, "response_format unsupported")])
    with pytest.raises(RequestRefusedError, match="response_format"):
        wire.ask(profile(structured="json_schema"), schema=CLOSED)
    assert len(wire.bodies) == 1


def test_a_value_too_large_is_the_users_to_mend() -> None:
    wire = Wire([refusal(400, "max_tokens is too large: 99999")])
    with pytest.raises(RequestRefusedError):
        wire.ask(max_tokens=99999)
    assert len(wire.bodies) == 1


@pytest.mark.parametrize(
    ("response", "error"),
    [
        pytest.param(answer("写到一半", finish="content_filter"), ContentFilterError, id="content_filter"),
        pytest.param(answer("写到一半", finish="sensitive"), ContentFilterError, id="智谱 sensitive"),
        pytest.param(answer("", finish="length", reasoning_content="想了很久"), EmptyAnswerError, id="only thinking"),
        pytest.param(answer(None), EmptyAnswerError, id="no content"),
        pytest.param(httpx2.Response(200, text="<html><b>登录</b></html>"), BadAnswerError, id="a web page"),
        pytest.param(
            httpx2.Response(200, content=b'{"choices": [', headers={"content-type": "application/json"}),
            BadAnswerError,
            id="truncated body",
        ),
        pytest.param(httpx2.Response(200, json={"choices": []}), BadAnswerError, id="no choices"),
        pytest.param(httpx2.Response(200, json={"hello": 1}), BadAnswerError, id="other JSON"),
        pytest.param(
            httpx2.Response(200, json={"error": {"code": "1301", "message": "敏感"}}),
            ContentFilterError,
            id="200 with error",
        ),
        pytest.param(
            httpx2.Response(200, json={"code": 20012, "message": "Model does not exist.", "data": None}),
            ModelNotFoundError,
            id="200 with code",
        ),
    ],
)
def test_what_is_no_answer_is_an_error(response: httpx2.Response, error: type[Exception]) -> None:
    with pytest.raises(error):
        Wire([response]).ask(profile(retries=0))


def test_an_answer_cut_off_by_the_token_limit_comes_back_marked() -> None:
    done = Wire([answer("写到一", finish="length")]).ask()
    assert (done.text, done.finish_reason) == ("写到一", "length")


@pytest.mark.parametrize("last", [{"done": True}, {"done": False}], ids=["[DONE] without finish", "just stops"])
def test_a_stream_that_stops_without_a_reason_is_broken(last: dict[str, bool]) -> None:
    with pytest.raises(BadAnswerError, match="没有写完"):
        Wire([stream(chunk("写到一"), **last)]).ask(on_delta=lambda _: None)


def test_without_a_model_name_the_endpoint_is_asked() -> None:
    def listed(*names: str) -> httpx2.Response:
        return httpx2.Response(
            200, json={"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
        )

    wire = Wire([listed("only-one"), answer()])
    wire.ask(profile(model=""))
    assert wire.bodies[1]["model"] == "only-one"
    with pytest.raises(ModelNotFoundError) as caught:
        Wire([listed("a", "b")]).ask(profile(model=""))
    assert "a、b" in caught.value.hint
