"""Which sites go which way to the net, as the config names it; a start and every reload tell the client.

Here, because the client knows neither site files nor where secrets come from.
"""

from __future__ import annotations

from syncer.service.runtime import Runtime


def refresh(runtime: Runtime) -> None:
    """Tell the client which sites have a way of their own, and who reads the names and passwords of proxies."""
    sites = runtime.snapshot.config.sites
    own = {name: (site.proxy, site.proxy_login) for name, site in sites.items() if site.proxy is not None}
    runtime.client.routes.set_sites(own, runtime.vault.read)
