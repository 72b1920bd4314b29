"""Proxies as the config names them: `http://proxy.example.org:3128`, `https://...`, `socks5://...`, `direct`.

Pure. No name or password is ever taken from such a text: both come from a source of secrets. Schema and settings import it; `fetch`
makes the connections.
"""

from __future__ import annotations

import importlib.util
from typing import Final
from urllib.parse import urlsplit

from syncer.config import hosts
from syncer.frozen import frozen

KINDS: Final = ("http", "https", "socks5")
_SAME: Final = {"socks5h": "socks5"}
_CURE: Final = 'write "http://proxy.example.org:3128", "https://...", "socks5://..." or "direct"'
INSTALL: Final = 'pip install "syncer[socks]" (with pipx: pipx inject syncer PySocks)'


@frozen
class Proxy:
    """A way to sites; names are looked up at its other end."""

    kind: str
    """`http`, `https`, `socks5`, or `direct`: no proxy."""
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.kind if self.kind == "direct" else f"{self.kind}://{host}:{self.port}"


DIRECT: Final = Proxy("direct")


def parse(text: str) -> Proxy:
    """Read a proxy; raises ValueError with the cure, which never repeats the text: there may be a password in it."""
    given = text.strip()
    if given.lower() == "direct":
        return DIRECT
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"this is no proxy; {_CURE}") from None
    kind = _SAME.get(parts.scheme, parts.scheme)
    if "@" in parts.netloc:
        raise ValueError(
            'a name or password must not stand here; write proxy_login = { file = "..." } with "name:password" in that file'
        )
    if kind not in KINDS or not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"this is no proxy; {_CURE}")
    if not port:
        raise ValueError(f"the proxy needs its port; {_CURE}")
    return Proxy(kind, hosts.parse(host if ":" not in host else f"[{host}]").name, port)


def is_missing(proxy: Proxy) -> bool:
    """Tell whether a library is needed for this proxy that is not installed."""
    return proxy.kind == "socks5" and importlib.util.find_spec("socks") is None
