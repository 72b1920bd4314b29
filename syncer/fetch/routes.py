"""The ways to sites: straight, or through a proxy. Each has connections of its own, so that none is ever used for another way.

Through a proxy the proxy is the peer, and names are looked up behind it: the guard judges its targets by name. Only the client
imports it.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Mapping
from typing import Final

import urllib3
import urllib3.util

from syncer.config.proxies import DIRECT, Proxy, is_missing
from syncer.config.settings import Source
from syncer.errors import ItemError
from syncer.fetch.connection import POOLS, Adapter, Desk, Socks, pool_classes
from syncer.fetch.failure import FailureKind, fail

Secrets = Callable[[Source], str]
Way = tuple[Proxy, Source | None]
"""A proxy, and where the name and password for it are."""

STRAIGHT: Final[Way] = (DIRECT, None)


class Route:
    """One way: gives the pool of connections to a host, and what is asked for over it."""

    def __init__(self, proxy: Proxy, manager: urllib3.PoolManager, tls: Callable[[], ssl.SSLContext]) -> None:
        self.proxy = proxy
        self._manager = manager
        self._tls = tls

    @property
    def is_proxied(self) -> bool:
        """Tell whether somebody else connects for us."""
        return self.proxy.kind != "direct"

    def pool(self, scheme: str, host: str, port: int | None) -> urllib3.HTTPConnectionPool:
        """Return the connections to one host."""
        own = {"ssl_context": self._tls()} if scheme == "https" or self.proxy.kind == "https" else None
        pool: urllib3.HTTPConnectionPool = self._manager.connection_from_host(host, port, scheme, pool_kwargs=own)
        return pool

    def asks(self, url: urllib3.util.Url) -> tuple[str, dict[str, str]]:
        """Return what is requested, and headers for it: a proxy for plain HTTP needs the whole URL, and the host told."""
        if self.proxy.kind in ("http", "https") and url.scheme == "http":
            return url._replace(fragment=None).url, {"Host": url.netloc or ""}
        return url.request_uri, {}


class Routes:
    """All ways that are in use, made when they are first needed; safe to use from many threads."""

    def __init__(self, desk: Desk, adapter: Adapter, per_host: int, default: Way) -> None:
        self._desk = desk
        self._adapter = adapter
        self._per_host = per_host
        self._default = default
        self._sites: Mapping[str, Way] = {}
        self._secrets: Secrets = _no_secrets
        self._made: dict[Way, Route] = {}

    def set_sites(self, sites: Mapping[str, Way], secrets: Secrets) -> None:
        """Say which sites go another way than all, and who reads secrets; ways that are not used any more are forgotten."""
        self._sites, self._secrets = dict(sites), secrets
        used = {self._default, *sites.values()}
        for way in [each for each in self._made if each not in used]:
            self.forget(way)

    def way(self, site: str) -> Way:
        """Return the way to a site; "" = no site file knows it."""
        return self._sites.get(site, self._default)

    def of(self, site: str) -> Route:
        """Return the route to a site. Raises FetchError (proxy) where there can be none."""
        way = self.way(site)
        route = self._made.get(way)
        if route is None:
            route = self._made[way] = self._make(*way)
        return route

    def forget(self, way: Way) -> None:
        """Forget a route, so that its name and password are read again."""
        route = self._made.pop(way, None)
        if route is not None and route.is_proxied:
            route._manager.clear()

    def _make(self, proxy: Proxy, source: Source | None) -> Route:
        if proxy.kind == "direct":
            return Route(proxy, self._adapter.poolmanager, self._adapter.tls)
        if is_missing(proxy):
            raise fail(FailureKind.PROXY, f"PySocks is missing for {proxy}")
        name, password = self._login(source) if source is not None else ("", "")
        manager = self._socks(proxy, name, password) if proxy.kind == "socks5" else self._http(proxy, name, password)
        return Route(proxy, manager, self._adapter.tls)

    def _login(self, source: Source) -> tuple[str, str]:
        try:
            name, colon, password = self._secrets(source).partition(":")
        except ItemError as error:
            raise fail(FailureKind.PROXY, f"its name and password cannot be had: {error}") from error
        if not colon or not name.isprintable() or not password.isprintable():
            raise fail(FailureKind.PROXY, 'what proxy_login leads to is not "name:password"')
        return name, password

    def _http(self, proxy: Proxy, name: str, password: str) -> urllib3.PoolManager:
        token = base64.b64encode(f"{name}:{password}".encode()).decode()
        manager = urllib3.ProxyManager(
            str(proxy),
            num_pools=POOLS,
            proxy_headers={"Proxy-Authorization": f"Basic {token}"} if name else None,
            proxy_ssl_context=self._adapter.tls() if proxy.kind == "https" else None,
            maxsize=self._per_host,
        )
        manager.pool_classes_by_scheme = pool_classes(self._desk)
        return manager

    def _socks(self, proxy: Proxy, name: str, password: str) -> urllib3.PoolManager:
        manager = urllib3.PoolManager(num_pools=POOLS, maxsize=self._per_host)
        manager.pool_classes_by_scheme = pool_classes(self._desk, Socks(proxy.host, proxy.port, name, password))
        return manager


def _no_secrets(source: Source) -> str:
    raise ItemError(f"nobody reads the {source.kind}", "Report it")
