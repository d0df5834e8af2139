"""Which network addresses a picture may come from: public ones only.

A Markdown file or a model's answer may name any address. Fetching from this machine, the office network or a cloud's
metadata service would hand their answers to whoever wrote the text (server-side request forgery).
"""

from __future__ import annotations

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_V4 = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        # A cloud's metadata and name service on an address that is public elsewhere (Azure).
        "168.63.129.16/32",
    )
)  # fmt: skip
# Only 2000::/3 is given out; the rest of IPv6 is loopback, local, multicast or unassigned. Tunnels (Teredo within
# 2001::/23, 6to4) hide an IPv4 address and are left out.
_V6_PUBLIC = ipaddress.ip_network("2000::/3")
_V6 = tuple(ipaddress.ip_network(net) for net in ("2001:db8::/32", "2001::/23", "2002::/16", "3fff::/20"))
# NAT64: the last four bytes are an IPv4 address.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_FAKE = ipaddress.ip_network("198.18.0.0/15")
_NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z", re.IGNORECASE)


def is_public(address: Address) -> bool:
    """IANA special-purpose registries as of 2026-11; IPv4 inside IPv6 is judged as IPv4."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in _V4) and address.is_global
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _V6_PUBLIC and not any(address in net for net in _V6) and address.is_global


def is_fake(address: Address) -> bool:
    """Whether a proxy on this machine made the address up; 198.18.0.0/15 is what they use."""
    return address in _FAKE


def looks_numeric(host: str) -> bool:
    """Whether a host is an IPv4 address in some spelling: 2130706433, 0x7f.1, 0177.0.0.1, 127.1."""
    labels = host.rstrip(".").split(".")
    return bool(_NUMERIC_LABEL.match(labels[-1]))


def literal(host: str) -> Address | None:
    """An address written the plain way, four decimal numbers or IPv6; None for names.

    Raises ValueError for other spellings of an address.
    """
    if ":" in host:
        if "%" in host:
            raise ValueError("IPv6 地址带了网卡名")
        return ipaddress.IPv6Address(host)
    if looks_numeric(host):
        return ipaddress.IPv4Address(host)  # refuses leading zeros, fewer parts, hexadecimal
    return None
