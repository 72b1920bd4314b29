"""Whom a request may reach: http and https only, no private address unless it is allowed, nobody outside `only`.

Pure: names and addresses in, a refusal in words out. The connection asks it again for the peer that it really reached,
because a public name can lead to a private address. Only `fetch` imports it.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Sequence
from typing import Final

from syncer.config import hosts, web
from syncer.config.hosts import PORTS, Host
from syncer.fetch.failure import FailureKind, fail
from syncer.frozen import frozen

_INSIDE: Final = (
    ".localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home", ".home.arpa", ".corp", ".private",
)  # fmt: skip
"""Names that lead into the network of whoever looks them up."""
_LONGEST_NAME: Final = 255
_BLANK: Final = re.compile(r"[\x00-\x20\x7f]")
_NUMBER: Final = re.compile(r"0x[0-9a-f]{1,8}|[0-9]{1,12}", re.ASCII)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@frozen
class Guard:
    """The rules of `[network] allow` and `only`."""

    allow: tuple[Host, ...] = ()
    only: tuple[Host, ...] = ()

    def check_url(self, url: str) -> None:
        """Refuse what must not be asked at all, before any name is looked up.

        Raises FetchError: bad_request, outside_only or blocked_address (a literal private address).
        """
        host, port = _host_and_port(url)
        if self.only and not any(_covers(entry, host, port) for entry in self.only):
            raise fail(FailureKind.OUTSIDE_ONLY, f"{host}:{port}", url=url)
        address = read_address(host)
        if address is not None:
            self.check_peer(host, port, host)

    def check_behind(self, url: str) -> None:
        """Refuse what must not be asked of a proxy: who answers there cannot be seen, so that the name decides. Raises FetchError."""
        host, port = _host_and_port(url)
        if read_address(host) is not None or ("." in host and not host.endswith(_INSIDE)):
            return  # an address was looked at already
        if not any(entry.name == host and entry.port in (None, port) for entry in self.allow):
            raise fail(FailureKind.BLOCKED_ADDRESS, f"{host} is a name of a private network, port {port}", url=url)

    def check_peer(self, host: str, port: int, peer: str) -> None:
        """Refuse to speak with `peer` (a literal address) for a URL of `host` and `port`. Raises FetchError."""
        address = read_address(peer)
        if address is None:
            raise fail(FailureKind.BLOCKED_ADDRESS, f'"{peer}" is no address')
        if is_public(address):
            return
        names = {host.lower().rstrip("."), address.compressed}
        if any(entry.name in names and entry.port in (None, port) for entry in self.allow):
            return
        shown = f"{host} is {address.compressed}" if address.compressed != host else host
        raise fail(FailureKind.BLOCKED_ADDRESS, f"{shown}, port {port}")


def guard(allow: Sequence[str], only: Sequence[str]) -> Guard:
    """Read the two lists of the config; raises ValueError with the cure for an entry that is no host."""
    return Guard(tuple(hosts.parse(text) for text in allow), tuple(hosts.parse(text) for text in only))


def read_address(text: str) -> Address | None:
    """Read a literal address, with or without brackets and zone; None where it is a name."""
    # Asked twice for each request, and mostly for the same few hosts.
    return _remembered(text) if len(text) <= _LONGEST_NAME else _read_address(text)


def _read_address(text: str) -> Address | None:
    bare = text.removeprefix("[").removesuffix("]").partition("%")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return _numbers(bare)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _numbers(text: str) -> Address | None:
    """Read an IPv4 address as whoever looks names up reads it: `127.1`, `0x7f.0.0.1`, `2130706433`; None for anything else."""
    parts = text.lower().split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        *first, last = (int(part, 16 if part[:2] == "0x" else 8 if part[0] == "0" else 10) for part in parts)
    except ValueError:
        return None
    left = 4 - len(first)
    if max(first, default=0) > 255 or last >= 256**left:
        return None
    return ipaddress.IPv4Address(int.from_bytes(bytes(first), "big") * 256**left + last)


_remembered: Final = functools.lru_cache(maxsize=512)(_read_address)


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the open internet; IPv4 addresses inside IPv6 ones are judged themselves."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not (address.is_multicast or address.is_reserved)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour is not None or address.teredo is not None:
        return False  # dead tunnels, only good for reaching what is behind them
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_site_local)


def is_public_peer(peer: str) -> bool:
    """Tell the same of a literal address as text."""
    address = read_address(peer)
    return address is not None and is_public(address)


def _host_and_port(url: str) -> tuple[str, int]:
    if _BLANK.search(url):
        raise fail(FailureKind.BAD_REQUEST, "the URL has blanks or control characters", url=url)
    try:
        address = web.read(url)
    except ValueError as error:
        raise fail(FailureKind.BAD_REQUEST, f"the URL cannot be read: {error}", url=url) from None
    parts, host, port = address.parts, address.host, address.port
    if parts.scheme not in PORTS:
        raise fail(FailureKind.BAD_REQUEST, f'"{parts.scheme}:" is neither http nor https', url=url)
    if not host:
        raise fail(FailureKind.BAD_REQUEST, "the URL has no host", url=url)
    if parts.username is not None:
        raise fail(FailureKind.BAD_REQUEST, "a name or password in a URL is never sent")
    return host, PORTS[parts.scheme] if port is None else port


def _covers(entry: Host, host: str, port: int) -> bool:
    if entry.port not in (None, port):
        return False
    address = read_address(host)
    if address is not None:
        return address.compressed == entry.name
    return host == entry.name or host.endswith("." + entry.name)
