"""A web address taken apart and judged before anything is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from agent.channels.images.errors import RefusedError

PORTS = {"http": 80, "https": 443}
MAX_CHARS = 4096
_PATH_SAFE = "%/:=&?~+!$,;'@()*[]-._|"


@dataclass(frozen=True, slots=True)
class WebAddress:
    scheme: str
    host: str
    """ASCII, lower case, without brackets."""
    port: int
    target: str
    """Path and query as they go on the wire."""

    @property
    def shown(self) -> str:
        """For messages and logs: no query, which may hold signatures and tokens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target.partition('?')[0]}"

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def shown(url: str) -> str:
    """Any address as messages may show it, even a broken one: without query, fragment and credentials."""
    head = url.split("?", 1)[0].split("#", 1)[0]
    scheme, sep, rest = head.partition("://")
    host, slash, path = rest.partition("/")
    host = host.rpartition("@")[2]
    return "".join(c for c in f"{scheme}{sep}{host}{slash}{path}" if c.isprintable())[:200]


def parse_url(url: str) -> WebAddress:
    """Raises RefusedError: other schemes, credentials, odd hosts."""
    name = shown(url)
    if len(url) > MAX_CHARS:
        raise RefusedError(f"网址超过 {MAX_CHARS} 个字符", file=name[:80])
    if any(ord(c) <= 32 or ord(c) == 127 or c == "\\" for c in url):
        raise RefusedError("网址里有空格、反斜杠或控制字符", file=name)
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise RefusedError("不是合法的网址", file=name) from error
    if parts.scheme not in PORTS:
        raise RefusedError(f"不能从「{parts.scheme}:」取图，只认 http 和 https", file=name)
    if parts.username is not None or parts.password is not None:
        raise RefusedError("网址里带了用户名或密码", file=name, hint="不要把密码写进网址；把图片存到本地再用。")
    if port == 0:
        raise RefusedError("端口不对", file=name)
    target = quote(parts.path or "/", safe=_PATH_SAFE) + (
        f"?{quote(parts.query, safe=_PATH_SAFE)}" if parts.query else ""
    )
    return WebAddress(parts.scheme, _ascii(host, name), port or PORTS[parts.scheme], target)


def follow(base: WebAddress, location: str) -> WebAddress:
    """Where a redirect leads. Raises RefusedError as `parse_url` does."""
    # Servers send spaces and Chinese unescaped; both are escaped, other oddities refused.
    return parse_url(urljoin(f"{base.scheme}://{base.host_header}{base.target}", location.strip().replace(" ", "%20")))


def _ascii(host: str, name: str) -> str:
    """Full-width digits and ideographic full stops become what a resolver would read them as."""
    if not host:
        raise RefusedError("网址里没有主机名", file=name)
    if ":" in host:
        return host.lower()
    try:
        found = host.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError as error:
        raise RefusedError("主机名不对", file=name) from error
    if not found or not all(c.isalnum() or c in "-._" for c in found):
        raise RefusedError("主机名不对", file=name)
    return found
