"""A real HTTP endpoint on loopback that speaks the OpenAI protocol and judges as a function tells it to."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = Callable[[str, str], str | int]
"""(system, user) -> the answer's text, or an HTTP status to fail with."""


@contextmanager
def judge_server(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """Yields the base URL and the list of user messages received so far."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            system, user = (message["content"] for message in body["messages"])
            seen.append(user)
            said = answer(system, user)
            if isinstance(said, int):
                self._send(said, {"error": {"message": "internal error", "type": "server_error"}})
                return
            message = {"role": "assistant", "content": said}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 500, "completion_tokens": 60, "total_tokens": 560}
            head = {"id": "x", "object": "chat.completion", "created": 1, "model": body["model"]}
            self._send(200, {**head, "choices": [choice], "usage": usage})

        def _send(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ticket(system: str) -> str:
    found = re.search(r"ticket 原样填 (\w+)。", system)
    assert found
    return found[1]


def texts(user: str, block: str) -> list[str]:
    """What the blocks of a name say after 原文, line breaks joined."""
    blocks = re.findall(rf"⟦资料 {block}[^⟧]*⟧\n(.*?)\n⟦资料完⟧", user, re.S)
    return [text.removeprefix("原文：") for text in blocks]


def grading(level: Callable[[str], int]) -> Answer:
    """A judge that quotes the beginning of the copy."""

    def answer(system: str, user: str) -> str:
        text = texts(user, "candidate")[0]
        evidence = [{"quote": text.split("\n")[0][:8], "why": "开头"}]
        whole = {"ticket": ticket(system), "evidence": evidence, "reason": "看开头。", "level": level(text)}
        return json.dumps(whole, ensure_ascii=False)

    return answer


def preferring(choose: Callable[[str, str], str]) -> Answer:
    def answer(system: str, user: str) -> str:
        first, second = texts(user, "first")[0], texts(user, "second")[0]
        whole = {"ticket": ticket(system), "first_quote": first.split("\n")[0][:6]}
        whole |= {"second_quote": second.split("\n")[0][:6], "reason": "更具体", "better": choose(first, second)}
        return json.dumps(whole, ensure_ascii=False)

    return answer


def configure(folder: Path, url: str, *names: str) -> None:
    """Profiles in wenan.toml that lead to the server, each with a model name of its own."""
    tables = "".join(
        f'[models.{name}]\nbase_url = "{url}"\nmodel = "{name}"\napi_key_env = "JUDGE_KEY"\nretries = 0\n'
        for name in names
    )
    (folder / "wenan.toml").write_text(tables, encoding="utf-8")
