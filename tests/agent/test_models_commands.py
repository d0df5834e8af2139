"""`wenan models`: the table, the JSON, the check of an endpoint, and no key anywhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.errors import BadKeyError
from agent.models.presets import PRESETS
from agent.models.probe import probe
from tests.agent.model_wire import USAGE_CHUNK, Wire, answer, chunk, profile, refusal, run, stream
from tests.conftest import Ran

Wenan = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch, workspace_dir: Path) -> None:
    for preset in PRESETS.values():
        if preset.key_env:
            monkeypatch.delenv(preset.key_env, raising=False)
    assert workspace_dir


def test_list_shows_presets_profiles_and_whether_keys_are_set(wenan: Wenan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOONSHOT_API_KEY", "sk-planted-1")
    Path("wenan.toml").write_text(
        '[models.mine]\npreset = "kimi"\ninput_price = 6.5\noutput_price = 27\n', encoding="utf-8"
    )
    ran = wenan("models", "list")
    assert ran.code == 0
    lines = [line.split("\t") for line in ran.out.splitlines()]
    rows = {line[0].removeprefix("→ "): line for line in lines[1:]}
    assert set(rows) == {"mine", *PRESETS}
    assert lines[1][0] == "mine"
    assert "6.5 / 27" in rows["mine"]
    assert "MOONSHOT_API_KEY 已设置" in rows["kimi"]
    assert "DEEPSEEK_API_KEY 未设置" in rows["deepseek"]
    assert {"2 / 8", "2026-10"} <= set(rows["deepseek"])
    assert [line[0] for line in lines if line[0].startswith("→")] == ["→ offline"]
    assert "没有配置模型" in ran.err
    assert "planted" not in ran.out + ran.err


def test_list_as_json(wenan: Wenan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-1")
    ran = wenan("models", "list", "--format", "json")
    data = json.loads(ran.out)
    assert data["default"] == "openai:gpt-5.4-mini"
    assert [item["name"] for item in data["models"] if item["default"]] == ["openai"]
    assert [item["name"] for item in data["models"]] == list(PRESETS)
    assert "planted" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["check"], 0, "离线模板不联网", id="offline"),
        pytest.param(["check", "deepseek"], 4, "DEEPSEEK_API_KEY", id="no key"),
        pytest.param(["check", "depseek"], 2, "deepseek", id="no such model"),
        pytest.param(["check", "local:没有.gguf"], 4, "没有.gguf", id="no such file"),
    ],
)
def test_check_explains_what_is_missing(wenan: Wenan, arguments: list[str], code: int, says: str) -> None:
    ran = wenan("models", *arguments)
    assert ran.code == code
    assert says in ran.err
    assert ran.out == ""


class _Endpoint(BaseHTTPRequestHandler):
    """An endpoint that knows json_object but no JSON Schema, and echoes keys when it is angry."""

    angry = False

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.angry:
            self.reply(
                401, {"error": {"message": f"bad key {self.headers['authorization']}", "code": "invalid_api_key"}}
            )
        elif body.get("response_format", {}).get("type") == "json_schema":
            self.reply(400, {"error": {"message": "response_format json_schema is not supported"}})
        elif body.get("stream"):
            events = (chunk("o"), chunk("k"), chunk(None, finish="stop"), USAGE_CHUNK)
            data = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
            self.send(200, "text/event-stream", data.encode())
        else:
            self.send(200, "application/json", answer('{"colour": "red", "count": 1}').content)

    def reply(self, status: int, body: Any) -> None:
        self.send(status, "application/json", json.dumps(body).encode())

    def send(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Endpoint]]:
    handler = type("Handler", (_Endpoint,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("TEST_KEY", "sk-planted-12345678")
    Path("wenan.toml").write_text(
        f'[models.mine]\nbase_url = "http://127.0.0.1:{server.server_port}/v1"\n'
        'model = "m"\napi_key_env = "TEST_KEY"\n',
        encoding="utf-8",
    )
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_check_prints_what_the_endpoint_supports(wenan: Wenan, endpoint: type[_Endpoint]) -> None:
    assert not endpoint.angry
    ran = wenan("models", "check", "mine")
    assert ran.code == 0
    rows = {line.split("\t")[0]: line.split("\t")[1] for line in ran.out.splitlines()[1:]}
    assert rows == {
        "对话": "支持",
        "流式": "支持",
        "流式用量": "支持",
        "JSON Schema": "不支持",
        "JSON 对象": "支持",
        "固定种子": "支持",
    }
    assert '[models.mine] 写 structured = "json_object"' in ran.err
    assert "planted" not in ran.out + ran.err


def test_check_as_json(wenan: Wenan, endpoint: type[_Endpoint]) -> None:
    assert not endpoint.angry
    data = json.loads(wenan("models", "check", "mine", "-f", "json").out)
    assert data["model"] == "m-1-2026"
    assert [item["verdict"] for item in data["findings"]].count("支持") == 5


def test_check_of_an_endpoint_that_refuses_the_key(wenan: Wenan, endpoint: type[_Endpoint]) -> None:
    endpoint.angry = True
    ran = wenan("models", "check", "mine")
    assert ran.code == 4
    assert "TEST_KEY" in ran.err
    assert "planted" not in ran.out + ran.err
    assert "Traceback" not in ran.err


def test_probe_tells_a_parameter_taken_from_one_obeyed() -> None:
    replies = iter(["ok", "一只红球", "[1]", "咪咪", "花花"])

    def reply(body: dict[str, Any]) -> Any:
        if body.get("stream"):
            return stream(chunk("ok"), chunk(None, finish="stop"))
        return answer(next(replies))

    report = run(Wire([reply]).chat(), probe)
    assert [finding.verdict for finding in report.findings] == ["支持", "支持", *["收下但不照做"] * 4]
    assert 'structured = "none"' in report.advice


def test_probe_stops_when_even_hello_fails_and_survives_trouble_later() -> None:
    with pytest.raises(BadKeyError):
        run(Wire([refusal(401)]).chat(profile(retries=0)), probe)
    later = run(Wire([answer("ok"), refusal(402, "no money")]).chat(), probe)
    assert [finding.verdict for finding in later.findings] == ["支持", *["没测成"] * 5]
    assert "余额不足" in later.findings[1].detail
