"""Which addresses a picture may come from."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.channels.images.addresses import is_public, literal
from agent.channels.images.errors import RefusedError
from agent.channels.images.fetch import Fetcher
from agent.channels.images.urls import follow, parse_url, shown

REFUSED = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "169.254.0.1", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16", "192.88.99.1",
    "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001:db8::1",
    "2002:7f00:1::1", "2002:808:808::1", "2001:0:808:808::1", "3fff::1", "fec0::1", "100::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "223.5.5.5", "172.32.0.1", "100.128.0.1", "2400:3200::1", "2606:4700::1111"]
SPELLINGS = [
    "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.1/",
    "http://017700000001/", "http://0X7F.0.0.1/", "http://127.0.0.1./", "http://127.000.000.001/", "http://１２７.0.0.1/",
    "http://127。0。0。1/", "http://①②⑦.0.0.1/", "http://[::1]/", "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[fe80::1%25eth0]/", "http://[::]/", "http://0/", "http://0.0.0.0/", "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/", "http://0xa9fea9fe/", "http://[fd00:ec2::254]/", "http://1.1.1.256/", "http://0x/",
]  # fmt: skip
ODD = [
    "ftp://example.com/a.png", "file:///etc/passwd", "gopher://example.com/", "http://user:pass@example.com/a.png",
    "http://user@example.com/", "http://:pw@example.com/", "http:///a.png", "http://", "http://exa mple.com/",
    "http://example.com\\@127.0.0.1/", "http://example.com/\r\nHost: x", "http://example.com:99999/", "http://example.com:0/",
    "http://[::1", "http://exam<ple.com/", "http://example.com%2f@a/", "http://a" + "b" * 5000 + ".com/",
]  # fmt: skip


def never(*_: object) -> list[str]:
    raise AssertionError("must not be looked up")


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    assert not is_public(ipaddress.ip_address(f"::ffff:{address}")) if "." in address and ":" not in address else True
    for url in [f"http://[{address}]/a.png" if ":" in address else f"http://{address}/a.png"]:
        with pytest.raises(RefusedError):
            Fetcher(resolve=never, connect=never).get(url)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("url", SPELLINGS)
def test_no_spelling_of_an_address_gets_through(url: str) -> None:
    with pytest.raises(RefusedError):
        Fetcher(resolve=never, connect=never).get(url)  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ODD)
def test_odd_addresses_are_refused_and_never_shown_with_secrets(url: str) -> None:
    with pytest.raises(RefusedError) as caught:
        Fetcher(resolve=never, connect=never).get(url)  # type: ignore[arg-type]
    assert "pass" not in caught.value.message.replace("passwd", "")


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if is_public(address):
        inner = getattr(address, "ipv4_mapped", None) or address
        nat = inner in ipaddress.ip_network("64:ff9b::/96") if inner.version == 6 else False
        assert nat or (inner.is_global and not inner.is_multicast and not inner.is_private)


@given(st.integers(0, 2**32 - 1))
def test_numbers_are_no_hosts(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    for spelt in (str(number), hex(number), f"0{number:o}", f"{number >> 24}.{number & 0xFFFFFF}"):
        with pytest.raises(ValueError, match=r"."):
            literal(spelt)
    assert literal(str(address)) == address
    assert literal("example.com") is None
    assert literal("1.example.com") is None


def test_what_is_shown_has_no_query() -> None:
    assert parse_url("https://e.com:8443/图/a b.png?sign=SECRET#x".replace(" ", "%20")).shown == (
        "https://e.com:8443/%E5%9B%BE/a%20b.png"
    )
    assert shown("http://me:pw@e.com/a?k=SECRET") == "http://e.com/a"
    base = parse_url("https://e.com/a/b?x=1")
    assert follow(base, "../图 c.png?y=1").target == "/%E5%9B%BE%20c.png?y=1"
    assert follow(base, "//f.com").host == "f.com"
    assert parse_url("http://中文.com/").host == "xn--fiq228c.com"
    with pytest.raises(RefusedError):
        follow(base, "javascript:alert(1)")
