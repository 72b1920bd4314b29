"""Hosts as `[network] allow` and `only` name them: `booru.example.org`, `127.0.0.1:8123`, `[::1]:8123`.

Pure. The guard in `fetch` reads them again with `parse`; everybody above may import it.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple

from syncer.config import web

PORTS: Final = {"http": 80, "https": 443}
"""The schemes that are spoken, each with the port that it has anyway."""
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_CURE: Final = 'write a name or address, with a port where you want one: "booru.example.org", "127.0.0.1:8123"'


class Host(NamedTuple):
    """A name or literal address in its normal form (lower case, no brackets), and the port; None = any port."""

    name: str
    port: int | None

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name and self.port is not None else self.name
        return name if self.port is None else f"{name}:{self.port}"


def parse(text: str) -> Host:
    """Read a host with or without a port; raises ValueError with the cure."""
    given = text.strip().lower()
    if "://" in given or "/" in given or "@" in given:
        raise ValueError(f'"{text}" is more than a host; {_CURE}')
    if "*" in given:
        raise ValueError(f'"{text}": a name stands for its sub-domains too; leave the "*." out')
    if address := _address(given):
        return Host(address, None)
    name, port = _cut_port(given, text)
    return Host(_address(name) or _name(name, text), port)


def _cut_port(given: str, text: str) -> tuple[str, int | None]:
    name, colon, port = given.rpartition(":")
    if not colon or given.endswith("]"):
        return given, None
    if not re.fullmatch("[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError(f'"{text}" has no usable port; {_CURE}')
    return name, int(port)


def _address(name: str) -> str | None:
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    try:
        return ipaddress.ip_address(bare).compressed
    except ValueError:
        return None


def _name(name: str, text: str) -> str:
    name = web.plain_host(name)
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValueError(f'"{text}" is no host; {_CURE}')
    return name
