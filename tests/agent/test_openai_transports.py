"""The openai adapter and its clients: one for many calls, the right headers, a clean end, no proxy to this machine."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from agent.errors import InsecureConnectionError, UnreachableError
from agent.model import Message, Request
from agent.models.openai_chat import MANY, OpenAIChat
from tests.agent.model_wire import ASK, KEY, Wire, answer, profile, run


def test_many_calls_share_one_client() -> None:
    wire = Wire([lambda body: answer(body["messages"][-1]["content"])])

    async def many(chat: OpenAIChat) -> list[str]:
        requests = [Request(messages=(Message("user", f"第 {n} 条"),)) for n in range(50)]
        return [done.text for done in await asyncio.gather(*(chat.complete(request) for request in requests))]

    assert run(wire.chat(), many) == [f"第 {n} 条" for n in range(50)]


def test_other_hosts_never_see_the_openai_organisation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
    seen: list[httpx2.Headers] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers)
        return answer()

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
    run(OpenAIChat(profile(), KEY, http_client=client), lambda chat: chat.complete(Request(messages=ASK)))
    assert "openai-organization" not in seen[0]
    assert seen[0]["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("concurrency", [1, MANY], ids=["httpx2", "aiohttp"])
def test_both_transports_open_and_close_clean(concurrency: int) -> None:
    """An unclosed session would warn, and warnings are errors here."""

    async def main() -> str:
        chat = OpenAIChat(profile(base_url="http://127.0.0.1:9/v1", retries=0), KEY, concurrency=concurrency)
        try:
            await chat.complete(Request(messages=ASK))
        except Exception as error:
            return type(error).__name__
        finally:
            await chat.aclose()
        return "answered"

    assert asyncio.run(main()) == "UnreachableError"


@pytest.mark.parametrize("concurrency", [1, MANY], ids=["httpx2", "aiohttp"])
def test_a_proxy_for_the_world_is_not_used_for_this_machine(concurrency: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that does not exist would refuse in its own name."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def main() -> str:
        chat = OpenAIChat(profile(base_url="http://127.0.0.1:9/v1", retries=0), KEY, concurrency=concurrency)
        try:
            await chat.complete(Request(messages=ASK))
        except Exception as error:
            causes = []
            cause: BaseException | None = error
            while cause is not None:
                causes.append(str(cause))
                cause = cause.__cause__
            return " ".join(causes)
        finally:
            await chat.aclose()
        return "answered"

    assert "roxy" not in asyncio.run(main())


@pytest.fixture
def self_signed(tmp_path: Path) -> Iterator[str]:
    """The address of a TLS server on loopback whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
    )
    certificate = builder.sign(key, hashes.SHA256())
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    # A refused handshake is what the test wants, not an error to print.
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("concurrency", [1, MANY], ids=["httpx2", "aiohttp"])
def test_an_unknown_certificate_is_said_to_be_one(concurrency: int, self_signed: str) -> None:
    async def main() -> None:
        chat = OpenAIChat(profile(base_url=self_signed, retries=2), KEY, concurrency=concurrency)
        try:
            await chat.complete(Request(messages=ASK))
        finally:
            await chat.aclose()

    with pytest.raises(InsecureConnectionError, match="证书") as info:
        asyncio.run(main())
    assert not info.value.retryable


class _Broken(BaseHTTPRequestHandler):
    """Promises more than it sends."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "5000")
        self.end_headers()
        self.wfile.write(b'{"choices": [{"message": {"content": "')

    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.mark.parametrize("concurrency", [1, MANY], ids=["httpx2", "aiohttp"])
def test_a_body_cut_off_on_the_wire_is_a_broken_connection(concurrency: int) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Broken)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    async def main() -> None:
        url = f"http://127.0.0.1:{server.server_port}/v1"
        chat = OpenAIChat(profile(base_url=url, retries=0), KEY, concurrency=concurrency)
        try:
            await chat.complete(Request(messages=ASK))
        finally:
            await chat.aclose()

    try:
        with pytest.raises(UnreachableError, match="断了"):
            asyncio.run(main())
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
