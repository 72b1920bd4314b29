"""What `[network]` and `[site.NAME]` say of ways to the net, held against what is there: certificates, a library, logins without a proxy.

Looks on the disk. Only the registry of checks imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from syncer.config import proxies
from syncer.config.problem import KeyPath, Problem
from syncer.config.proxies import DIRECT, Proxy
from syncer.config.settings import Config, Source

if TYPE_CHECKING:
    from syncer.config.schema.config import ConfigTable


def ways(_: ConfigTable, config: Config) -> Iterator[Problem]:
    """Yield what keeps a proxy from being used."""
    yield from _way(("network",), config.network.proxy, config.network.proxy_login)
    for name, site in config.sites.items():
        yield from _way(("site", name), site.proxy, site.proxy_login)


def _way(place: KeyPath, proxy: Proxy | None, login: Source | None) -> Iterator[Problem]:
    if login is not None and proxy in (None, DIRECT):
        yield Problem((*place, "proxy_login"), "there is no proxy here that it is for; name it with proxy = ...")
    if proxy is not None and proxies.is_missing(proxy):
        yield Problem((*place, "proxy"), f"socks5 needs a library that is not installed: {proxies.INSTALL}")


def certificates(_: ConfigTable, config: Config) -> Iterator[Problem]:
    """Yield why the person's own certificates cannot be used."""
    file = config.network.ca_file
    if file is None:
        return
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(str(file))
    except ssl.SSLError:
        why = "it holds no certificate; it must be a PEM file, with BEGIN CERTIFICATE in it"
    except OSError as error:
        why = f"it cannot be read: {error.strerror}"
    else:
        return
    yield Problem(("network", "ca_file"), f"{file}: {why}")
