"""Which sites go which way to the net, as the config names it; a start and every reload tell the client.

Here, because the client knows neither site files nor where secrets come from.
"""

from __future__ import annotations

from dataclasses import fields

from syncer.config.settings import Config
from syncer.fetch.client import Client
from syncer.service.runtime import Runtime


def refresh(runtime: Runtime) -> None:
    """Tell the client which sites have a way of their own, and who reads the names and passwords of proxies."""
    _tell(runtime, runtime.client, runtime.snapshot.config)


def renew(runtime: Runtime, config: Config) -> tuple[str, ...]:
    """Let all that is asked for from now on go by the `[network]` of a config that comes into force; return the keys that differ.

    What is under way ends by the settings under which it began.
    """
    before, now = runtime.snapshot.config.network, config.network
    changed = tuple(key.name for key in fields(now) if getattr(before, key.name) != getattr(now, key.name))
    if changed:
        client = runtime.client.renewed(now, config.bandwidth.connections_per_domain, config.folders.cache)
        # Before anybody has it: nothing may go straight that is to go through a site's proxy.
        _tell(runtime, client, config)
        runtime.client = client
    return changed


def _tell(runtime: Runtime, client: Client, config: Config) -> None:
    own = {name: (site.proxy, site.proxy_login) for name, site in config.sites.items() if site.proxy is not None}
    client.routes.set_sites(own, runtime.vault.read)
