"""Fetching against real servers on loopback: what comes back, what is refused, what is too big or too slow."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agent.channels.images.addresses import Address, is_public
from agent.channels.images.errors import FetchError, ImageError, RefusedError
from agent.channels.images.fetch import Fetcher, system_connect
from knowledge_base.rules.images import FetchLimits

LIMITS = FetchLimits(bytes_max=100_000, redirects_max=3, answer_seconds=3, total_seconds=6)
Routes = dict[str, Callable[[BaseHTTPRequestHandler], None]]


def send(body: bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in (
            {"Content-Length": str(len(body))} | {k.replace("_", "-"): v for k, v in headers.items()}
        ).items():
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirect(to: str, status: int = 302) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        if to:
            handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(1000):
            handler.wfile.write(b"x" * 10_000)
    except OSError:
        return


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then: the socket's own time-out never fires."""
    handler.send_response(200)
    if handler.path == "/drip":
        handler.send_header("Content-Length", "1000")
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        return


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, Routes, list[str]]]:
    routes: Routes = {}
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(f"{self.headers['Host']} {self.path}")
            routes[self.path.partition("?")[0]](self)

        def log_message(self, format: str, *args: object) -> None:
            return

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    port = http.server_port
    routes |= {
        "/a.png": send(b"picture", Content_Type="text/html"),
        "/zip": send(b"x", Content_Encoding="gzip"),
        "/big": send(b"x" * 200_000),
        "/endless": endless,
        "/drip": dripping,
        "/drip-without-length": dripping,
        "/half": send(b"x" * 10, Content_Length="1000", Connection="close"),
        "/204": lambda handler: handler.send_error(404),
        "/nowhere": redirect(""),
        "/r1": redirect("/r2", 301),
        "/r2": redirect("r3", 307),
        "/r3": redirect("/a.png", 308),
        "/r0": redirect("/r1"),
        "/loop": redirect("/loop"),
        "/to-name": redirect(f"http://cdn.example.com:{port}/a.png"),
        "/to-inside": redirect(f"http://127.0.0.1:{port}/a.png"),
        "/to-odd": redirect("http://0x7f000001/"),
        "/to-meta": redirect("http://169.254.169.254/latest/"),
        "/to-six": redirect("http://[::ffff:127.0.0.1]/"),
        "/to-file": redirect("file:///etc/passwd"),
        "/to-secret": redirect("http://user:pw@example.com/"),
    }
    yield port, routes, seen
    http.shutdown()
    http.server_close()
    thread.join()


def loopback(address: Address) -> bool:
    return address == ipaddress.ip_address("127.0.0.1") or is_public(address)


def to_loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


ALLOWED = Fetcher(resolve=to_loopback, allow=loopback, limits=LIMITS)


def test_a_picture_arrives_whatever_its_header_says(server: tuple[int, Routes, list[str]]) -> None:
    port, _, seen = server
    assert ALLOWED.get(f"http://pics.example.com:{port}/a.png?sign=1") == b"picture"
    assert seen[-1] == f"pics.example.com:{port} /a.png?sign=1"


def test_three_redirects_are_followed_and_no_more(server: tuple[int, Routes, list[str]]) -> None:
    port = server[0]
    assert ALLOWED.get(f"http://e.com:{port}/r1") == b"picture"
    assert ALLOWED.get(f"http://e.com:{port}/to-name") == b"picture"
    for path in ("r0", "loop"):
        with pytest.raises(FetchError, match="跳转超过 3 次"):
            ALLOWED.get(f"http://e.com:{port}/{path}")


@pytest.mark.parametrize("path", ["to-inside", "to-odd", "to-meta", "to-six", "to-file", "to-secret"])
def test_a_redirect_inside_is_refused(server: tuple[int, Routes, list[str]], path: str) -> None:
    """The first server counts as public; where it sends us does not."""
    port, _, seen = server
    public = {"93.184.216.34"}

    def resolve(host: str, _: int) -> list[str]:
        return sorted(public)

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        assert address in public, f"reached for {address}"
        return Pretender(address, system_connect("127.0.0.1", port, seconds))

    before = len(seen)
    with pytest.raises(RefusedError):
        Fetcher(resolve=resolve, connect=connect, limits=LIMITS).get(f"http://e.com:{port}/{path}")
    assert len(seen) == before + 1


class Pretender(socket.socket):
    """A connection to loopback that says it is one to `address`."""

    def __init__(self, address: str, real: socket.socket) -> None:
        super().__init__(real.family, real.type, real.proto, fileno=real.detach())
        self._address = address

    def getpeername(self) -> tuple[str, int]:
        return self._address, 80


def test_the_default_refuses_loopback_by_name_and_by_number(server: tuple[int, Routes, list[str]]) -> None:
    port, _, seen = server
    before = len(seen)
    for host in ("localhost", "127.0.0.1", "[::1]"):
        with pytest.raises(RefusedError, match="本机或内网"):
            Fetcher(limits=LIMITS).get(f"http://{host}:{port}/a.png")
    assert len(seen) == before


def test_one_private_address_condemns_the_name() -> None:
    def connect(*_: object) -> socket.socket:
        raise AssertionError("must not connect")

    for addresses in (["8.8.8.8", "127.0.0.1"], ["10.0.0.1"], ["::ffff:192.168.0.1"], ["fe80::1%eth0"], []):
        fetcher = Fetcher(resolve=lambda *_, found=addresses: found, connect=connect)
        with pytest.raises(ImageError):
            fetcher.get("http://rebind.example.com/a.png")
    with pytest.raises(RefusedError) as caught:
        Fetcher(resolve=lambda *_: ["198.18.3.4"], connect=connect).get("http://e.com/a.png?k=SECRET")
    assert "fake-ip" in caught.value.hint
    assert "SECRET" not in caught.value.message


def test_a_name_that_changes_its_mind_is_looked_up_once(server: tuple[int, Routes, list[str]]) -> None:
    """DNS rebinding: public when judged, loopback when connected."""
    port = server[0]
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    reached: list[str] = []

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        reached.append(address)
        raise ConnectionRefusedError(111, "refused")

    with pytest.raises(FetchError, match="连不上"):
        Fetcher(resolve=lambda *_: next(answers), connect=connect, limits=LIMITS).get(f"http://e.com:{port}/a.png")
    assert reached == ["8.8.8.8"]


def test_a_connection_elsewhere_is_dropped_unasked(server: tuple[int, Routes, list[str]]) -> None:
    """Whatever lies beneath (a hosts file, a proxy driver) led to loopback after all."""
    port, _, seen = server
    before = len(seen)
    fetcher = Fetcher(
        resolve=lambda *_: ["8.8.8.8"], connect=lambda _, port, seconds: system_connect("127.0.0.1", port, seconds)
    )
    with pytest.raises(RefusedError, match="不是查到的那个地址"):
        fetcher.get(f"http://e.com:{port}/a.png")
    assert len(seen) == before


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("big", "超过 0.1 MB"),
        ("endless", "超过 0.1 MB"),
        ("zip", "压缩包"),
        ("204", "答复 404"),
        ("nowhere", "没说去哪"),
        ("half", "一半|没取下来"),
    ],
)
def test_bad_answers_are_explained(server: tuple[int, Routes, list[str]], path: str, message: str) -> None:
    with pytest.raises(FetchError, match=message) as caught:
        ALLOWED.get(f"http://e.com:{server[0]}/{path}?sign=SECRET")
    assert "SECRET" not in caught.value.message
    assert path in caught.value.message


@pytest.mark.parametrize("path", ["drip", "drip-without-length"])
def test_a_dripping_server_is_cut_off(server: tuple[int, Routes, list[str]], path: str) -> None:
    fetcher = replace(ALLOWED, limits=replace(LIMITS, answer_seconds=2, total_seconds=0.4))
    with pytest.raises(FetchError, match="太慢"):
        fetcher.get(f"http://e.com:{server[0]}/{path}")


def test_unknown_hosts_and_closed_ports_are_explained() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "unknown")

    with pytest.raises(FetchError, match="查不到"):
        Fetcher(resolve=nobody).get("https://nowhere.example.com/")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(FetchError, match="连不上"):
        ALLOWED.get(f"http://e.com:{port}/")


def test_plain_text_on_a_tls_port_is_explained(server: tuple[int, Routes, list[str]]) -> None:
    with pytest.raises(FetchError):
        ALLOWED.get(f"https://e.com:{server[0]}/a.png")
