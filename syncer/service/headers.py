"""Which headers a request carries besides those of the client: the site's, then its URL class's, then the parsed ones.

Here, because a site's headers (an API key, a User-Agent it wants) must reach its own hosts, and no other host ever.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from syncer.model import MediaFile, Recognised
from syncer.service.snapshot import Snapshot

Headers = tuple[tuple[str, str], ...]


def of_page(snapshot: Snapshot, recognised: Recognised, url: str) -> Headers:
    """Return the headers for a page of a site that is fetched from `url`."""
    return _merged(_of_site(snapshot, recognised.site, url), recognised.headers)


def of_file(snapshot: Snapshot, site: str, media: MediaFile, url: str) -> Headers:
    """Return the headers for a file that a site's page offered, fetched from `url`."""
    return _merged(_of_site(snapshot, site, url), media.headers)


def _of_site(snapshot: Snapshot, stem: str, url: str) -> Headers:
    site = snapshot.library.sites.get(stem)
    if site is None or not site.headers:
        return ()
    host = (urlsplit(url).hostname or "").lower()
    return site.headers if any(_belongs(host, domain) for domain in site.domains) else ()


def _belongs(host: str, domain: str) -> bool:
    """Tell whether a host is one of a site's domains; `*example.org` stands for its sub-domains too."""
    plain = domain.partition(":")[0].lower()
    if plain.startswith("*"):
        plain = plain.lstrip("*.")
        return host == plain or host.endswith(f".{plain}")
    return host == plain


def _merged(*layers: Headers) -> Headers:
    """Put later layers over earlier ones; names ignore case."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer:
            merged[name.lower()] = (name, value)
    return tuple(merged.values())
