"""Web addresses, taken apart in one way for all: what their host is, whatever it is written like, and what is wrong with them in words.

Here, because recognising, the pace of a domain, cookies and requests must mean the same host by the same link. The host is read as
browsers read it (UTS 46). Pure; everybody above may import it.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, urlsplit

from syncer.frozen import frozen

_USUAL_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.ASCII)
"""Names that are their own normal form."""
_USUAL: Final = re.compile(r"https?://[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::[0-9]{1,5})?(?:[/?#]|\Z)", re.ASCII)
"""Addresses whose host is written in its normal form."""
_HOST_AND_PORT: Final = re.compile(r"(?:\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[^:]*))?")
_PORT: Final = re.compile(r"0*([0-9]{1,5})", re.ASCII)
_LAST_PORT: Final = 65_535
_LONGEST: Final = 1_000
"""Letters of a name that is looked at for how browsers read it; no name is longer than 253."""
_JOINERS: Final = frozenset("\u200c\u200d")


@frozen
class Address:
    """An address taken apart."""

    parts: SplitResult
    host: str
    """In its normal form, an address without brackets; "" = there is none."""
    port: int | None
    """As it is written; None = it is not."""


def read(url: str) -> Address:
    """Take an address apart. Raises ValueError with the reason in words."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise ValueError(_why(url)) from None
    return Address(parts, plain_host(host), _port(parts.netloc))


def host_of(url: str) -> str:
    """Return the host of an address in its normal form, whatever is written for its port; "" where there is none."""
    try:
        return plain_host(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def plain(url: str) -> str:
    """Return an address with its host in the normal form; everything else, and what cannot be read, stays as it is."""
    if _USUAL.match(url):
        return url
    try:
        address = read(url)
    except ValueError:
        return url
    netloc = address.parts.netloc
    login, at, _ = netloc.rpartition("@")
    host = f"[{address.host}]" if ":" in address.host else address.host
    port = "" if address.port is None else f":{address.port}"
    return url.replace(netloc, f"{login}{at}{host}{port}", 1) if host else url


def plain_host(host: str) -> str:
    """Return a host as browsers read it: small letters, `xn--`, without the dot at its end; an address compressed, without brackets.

    What can be no name stays as it is, in small letters.
    """
    if _USUAL_HOST.fullmatch(host):
        return host
    return _plain_host(host) if len(host) <= _LONGEST else host.lower()


@lru_cache(maxsize=1024)
def _plain_host(host: str) -> str:
    if ":" in host:
        try:
            return ipaddress.ip_address(host.removeprefix("[").removesuffix("]")).compressed
        except ValueError:
            return host.lower()
    return (host if host.isascii() else _ascii(host)).lower().rstrip(".")


def _ascii(host: str) -> str:
    """Write a name with other letters in its `xn--` form; one that cannot be written so stays as it is."""
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        pass
    # Browsers take signs, too, that registries do not give out.
    try:
        mapped = idna.uts46_remap(host, std3_rules=False)
    except idna.IDNAError:
        return host
    if _JOINERS.intersection(mapped):
        return host
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}" for label in mapped.split(".")
    )


def _port(netloc: str) -> int | None:
    found = _HOST_AND_PORT.fullmatch(netloc.rpartition("@")[2])
    if found is None:
        raise ValueError("there is more behind its host than a port")
    if not found["port"]:
        return None
    port = _PORT.fullmatch(found["port"])
    if port is None or int(port[1]) > _LAST_PORT:
        raise ValueError(f"its port is no number from 0 to {_LAST_PORT}")
    return int(port[1])


def _why(url: str) -> str:
    """Say why the standard library cannot take an address apart."""
    netloc = re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0]
    if "[" in netloc or "]" in netloc:
        return "what stands in [ ] is no address"
    return "its host has a letter that stands for one of / ? # @ :"
