"""Which bandwidth contexts a URL belongs to: everything, its domain, and each parent down to the registered one.

Pure; names only, no rules. The dispatcher and the jobs of `service` hand the result to the ledger.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from syncer.config import web
from syncer.config.hosts import PORTS
from syncer.fetch.guard import read_address

EVERYTHING: Final = "everything"
DOMAIN: Final = "domain:"


def contexts(url: str, extra: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the contexts of a request, all of which must allow it; `extra` names those of whoever asks.

    `https://a.b.example.org/1` gives everything, domain:a.b.example.org, domain:b.example.org, domain:example.org.
    An address keeps its port (`domain:127.0.0.1:8123`), since behind each port is another site.
    """
    try:
        found = web.read(url)
    except ValueError:
        return (EVERYTHING, *_domains(web.host_of(url), 0), *extra)
    return (EVERYTHING, *_domains(found.host, found.port or PORTS.get(found.parts.scheme, 0)), *extra)


def registered(url: str) -> str:
    """Return the registered domain of a URL, without "domain:"; an address keeps its port. "" where there is none."""
    found = contexts(url)
    return found[-1].removeprefix(DOMAIN) if len(found) > 1 else ""


def pages(gate: str, url: str) -> str:
    """Return the context in which listing pages for `gate` (follow, download) are paced apart: one a registered domain."""
    return f"{gate} pages:{registered(url)}"


def domain(url: str) -> str:
    """Return the context of the URL's own domain, the one to pause when the site says so."""
    found = contexts(url)
    return found[1] if len(found) > 1 else EVERYTHING


@functools.lru_cache(maxsize=4096)
def _domains(host: str, port: int) -> tuple[str, ...]:
    address = read_address(host)
    if address is not None:
        shown = f"[{address.compressed}]" if address.version == 6 else address.compressed
        return (f"{DOMAIN}{shown}:{port}",)
    if not host:
        return ()
    labels = host.split(".")
    registered = _suffixes(labels[-1]).privatesuffix(".".join(labels))
    least = registered.count(".") + 1 if registered else len(labels)
    return tuple(DOMAIN + ".".join(labels[at:]) for at in range(len(labels) - least + 1))


@functools.lru_cache(maxsize=256)
def _suffixes(top: str) -> Any:
    """Return the public suffixes below one top-level domain; all ten thousand would cost 40 ms and 2 MB at each start."""
    from publicsuffixlist import PSLFILE, PublicSuffixList

    try:
        spelled = top.encode("ascii").decode("idna")
    except UnicodeError:
        spelled = top
    raw = Path(PSLFILE).read_bytes() + b"\n"
    return PublicSuffixList([*_lines_ending(raw, spelled.encode())])


def _lines_ending(raw: bytes, end: bytes) -> Iterator[bytes]:
    at = raw.find(end + b"\n")
    while at >= 0:
        yield raw[raw.rfind(b"\n", 0, at) + 1 : at + len(end)]
        at = raw.find(end + b"\n", at + 1)
