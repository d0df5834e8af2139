"""A picture from the web: public addresses only, judged after the name is resolved and once more when connected.

The connection goes to the very address that was judged, so a name that resolves differently the second time gains
nothing. Every redirect starts over. No proxy is used: behind one nobody here could tell where a name leads.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.channels.images.addresses import Address, is_fake, is_public, literal
from agent.channels.images.errors import FetchError, RefusedError
from agent.channels.images.urls import WebAddress, follow, parse_url
from knowledge_base.rules.images import FetchLimits, image_rules

Resolve = Callable[[str, int], Sequence[str]]
"""Host name and port -> every address it has."""
Connect = Callable[[str, int, float], socket.socket]
"""Address, port, seconds -> a connected socket."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK = 65536
HEADERS = {"User-Agent": "wenan", "Accept": "image/*,*/*;q=0.1", "Accept-Encoding": "identity", "Connection": "close"}


def system_resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def system_connect(address: str, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """How pictures are fetched; tests hand in their own resolver, and allow loopback outright."""

    resolve: Resolve = system_resolve
    connect: Connect = system_connect
    allow: Callable[[Address], bool] = is_public
    limits: FetchLimits = field(default_factory=lambda: image_rules().fetch)
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def get(self, url: str) -> bytes:
        """The body. Raises RefusedError for addresses that may not be fetched, FetchError for what went wrong."""
        where = parse_url(url)
        deadline = time.monotonic() + self.limits.total_seconds
        for _ in range(self.limits.redirects_max + 1):
            answer = self._one(where, deadline)
            if isinstance(answer, bytes):
                return answer
            where = follow(where, answer)
        raise FetchError(f"跳转超过 {self.limits.redirects_max} 次", file=where.shown)

    def _one(self, where: WebAddress, deadline: float) -> bytes | str:
        """The body, or where a redirect leads."""
        addresses = self._addresses(where)
        last: OSError | None = None
        for address in addresses:
            try:
                sock = self.connect(str(address), where.port, min(self.limits.answer_seconds, _left(deadline, where)))
            except OSError as error:
                last = error
                continue
            try:
                self._judge_peer(sock, address, where)
                return self._talk(sock, where, deadline)
            finally:
                sock.close()
        raise FetchError(f"连不上：{_why(last)}", file=where.shown) from last

    def _addresses(self, where: WebAddress) -> list[Address]:
        """Every address of the host. One that is not allowed condemns the name."""
        try:
            known = literal(where.host)
        except ValueError as error:
            raise RefusedError("主机名是写法特别的 IP 地址", file=where.shown) from error
        if known is not None:
            found = [known]
        else:
            try:
                found = [ipaddress.ip_address(one.partition("%")[0]) for one in self.resolve(where.host, where.port)]
            except (OSError, UnicodeError) as error:
                raise FetchError("查不到这个主机名", file=where.shown) from error
        if not found:
            raise FetchError("查不到这个主机名", file=where.shown)
        if not all(self.allow(one) for one in found):
            proxy = "电脑上的代理软件改了解析（fake-ip）；先关掉它，或把图片存到本地再用。"
            hint = proxy if any(map(is_fake, found)) else ""
            raise RefusedError("这个网址指向本机或内网，不取", file=where.shown, hint=hint)
        return found[:4]

    def _judge_peer(self, sock: socket.socket, wanted: Address, where: WebAddress) -> None:
        try:
            peer = ipaddress.ip_address(str(sock.getpeername()[0]).partition("%")[0])
        except OSError as error:
            raise FetchError(f"连不上：{_why(error)}", file=where.shown) from error
        if peer != wanted or not self.allow(peer):
            raise RefusedError("连上的不是查到的那个地址，不取", file=where.shown)

    def _talk(self, sock: socket.socket, where: WebAddress, deadline: float) -> bytes | str:
        late = threading.Event()
        wire = sock
        if where.scheme == "https":
            wire = self.tls().wrap_socket(sock, server_hostname=where.host, do_handshake_on_connect=False)

        def stop() -> None:
            late.set()
            # The plain call: SSLSocket's own would wait for the thread that is reading.
            socket.socket.shutdown(wire, socket.SHUT_RDWR)

        # A server that sends a byte now and then never runs into the socket's own time-out.
        timer = threading.Timer(_left(deadline, where), _quietly(stop))
        timer.daemon = True
        timer.start()
        try:
            wire.settimeout(self.limits.answer_seconds)
            if isinstance(wire, ssl.SSLSocket):
                wire.do_handshake()
            answer = self._ask(wire, where)
        except FetchError as error:
            raise (_too_slow(where) if late.is_set() else error) from None
        except ssl.SSLCertVerificationError as error:
            raise FetchError("对方的证书不可信", file=where.shown) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise _too_slow(where) from error
            raise FetchError(f"没取下来：{_why(error)}", file=where.shown) from error
        finally:
            timer.cancel()
            wire.close()
        if late.is_set():
            raise _too_slow(where)  # what looks like the end of the picture may be where it was cut off
        return answer

    def _ask(self, wire: socket.socket, where: WebAddress) -> bytes | str:
        connection = http.client.HTTPConnection(where.host, where.port)
        connection.sock = wire
        connection.request("GET", where.target, headers={"Host": where.host_header} | HEADERS)
        # Closed here: the answer keeps the socket open beyond the connection.
        with connection.getresponse() as answer:
            if answer.status in REDIRECTS:
                location = answer.getheader("Location")
                if not location:
                    raise FetchError("对方要跳转，却没说去哪", file=where.shown)
                return location
            if answer.status != 200:
                raise FetchError(f"对方答复 {answer.status}", file=where.shown)
            if (answer.getheader("Content-Encoding") or "identity").lower() != "identity":
                raise FetchError("对方发来的是压缩包", file=where.shown)
            return self._body(answer, where)

    def _body(self, answer: http.client.HTTPResponse, where: WebAddress) -> bytes:
        limit = self.limits.bytes_max
        too_big = FetchError(
            f"超过 {limit / 1e6:g} MB", file=where.shown, hint="换一张小一点的，或压缩后存到本地再用。"
        )
        if answer.length is not None and answer.length > limit:
            raise too_big
        body, expected = bytearray(), answer.length
        while chunk := answer.read1(CHUNK):
            body += chunk
            if len(body) > limit:
                raise too_big
        if expected is not None and len(body) < expected:
            raise FetchError("只收到一半", file=where.shown)
        return bytes(body)


def _left(deadline: float, where: WebAddress) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise _too_slow(where)
    return seconds


def _too_slow(where: WebAddress) -> FetchError:
    return FetchError("太慢，等不到", file=where.shown)


def _quietly(work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        except OSError:
            return  # closed in the meantime

    return run


def _why(error: Exception | None) -> str:
    """Short, and never with the address: exception texts may quote the query."""
    if isinstance(error, TimeoutError):
        return "超时"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__ if error else "没有可用的地址"
