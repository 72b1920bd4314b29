"""What a request carries besides the headers of the client: the site's, its URL class's, the parsed ones, and keys of the person's.

Here, because a site's headers and keys must reach its own hosts, and no other host ever: not at a redirect either.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from syncer.config.settings import SiteSettings
from syncer.errors import ItemError
from syncer.fetch import secret
from syncer.fetch.client import Request
from syncer.fetch.contexts import registered
from syncer.fetch.failure import FailureKind, fail
from syncer.model import MediaFile, Recognised
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.sites.register import Site

Headers = tuple[tuple[str, str], ...]

_NOTHING = SiteSettings()


def for_page(
    runtime: Runtime, snapshot: Snapshot, recognised: Recognised, url: str, given: str | None = None
) -> Request:
    """Return the request for a page of a site that is fetched from `url`; `given` is the page before. Raises FetchError,
    and ItemError where the site wants a key and has none."""
    referrer = snapshot.library.referrer(recognised, given)
    own = recognised.headers if _same_host(url, recognised.fetch_url) else ()
    return _request(runtime, snapshot, recognised.site, url, own, _told(referrer, recognised.fetch_url, url))


def for_file(
    runtime: Runtime, snapshot: Snapshot, site: str, media: MediaFile, url: str, referrer: str | None
) -> Request:
    """Return the request for a file that a site's page offered, fetched from `url`. Raises FetchError."""
    own = media.headers if _same_host(url, media.url) else ()
    return _request(runtime, snapshot, site, url, own, _told(referrer, media.url, url))


def missing_key(snapshot: Snapshot, found: Recognised | None) -> ItemError | None:
    """Return the error for a page that its site shows nobody without a key, where the config has none for it; None for all others."""
    if found is None or not is_of(snapshot, found.site, found.fetch_url):
        return None
    return _keyless(
        snapshot.library.sites[found.site], snapshot.config.sites.get(found.site, _NOTHING), found.fetch_url
    )


def _keyless(site: Site, settings: SiteSettings, url: str) -> ItemError | None:
    if not site.wants or settings.headers or settings.parameters or _is_elsewhere(site, url):
        return None
    return ItemError(f"{site.name} answers nobody without a key, so it was not asked", f"It needs {site.wants}")


def _is_elsewhere(site: Site, url: str) -> bool:
    return bool(site.key_hosts) and urlsplit(url).netloc.lower() not in site.key_hosts


def is_of(snapshot: Snapshot, stem: str, url: str) -> bool:
    """Tell whether a URL is on one of a site's own hosts."""
    site = snapshot.library.sites.get(stem)
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if site is None:
        return False
    names = (*site.domains, *site.aliases)
    return any(_belongs(host, parts.netloc.lower(), domain.lower()) for domain in names)


def _told(referrer: str | None, first: str, url: str) -> str | None:
    """Return what a host hears of the page that led to `first`: where a redirect led to a third site, only which site that page is of."""
    if referrer is None or _same_host(first, url) or registered(url) in (registered(first), registered(referrer)):
        return referrer
    return f"{secret.origin(referrer)}/"


def _request(runtime: Runtime, snapshot: Snapshot, stem: str, url: str, own: Headers, referrer: str | None) -> Request:
    if not is_of(snapshot, stem, url):
        return Request(url, own, referrer, site=stem)
    site = snapshot.library.sites[stem]
    settings = snapshot.config.sites.get(stem, _NOTHING)
    # A key that a site takes over an encrypted connection must not be told to the whole way there.
    in_clear = url.startswith("http:") and not site.root.startswith("http:")
    if keyless := _keyless(site, settings, url):
        raise keyless
    if in_clear or _is_elsewhere(site, url) or not (settings.headers or settings.parameters):
        return Request(url, _merged(site.headers, own), referrer, site=stem)
    try:
        headers = tuple(runtime.vault.read_all(settings.headers).items())
        keys = tuple(runtime.vault.read_all(settings.parameters).items())
    except ItemError as error:
        raise fail(FailureKind.UNAUTHORISED, f"the key for it cannot be had: {error}", url=url) from error
    if any(not value.isascii() or not value.isprintable() for _, value in headers):
        raise fail(FailureKind.UNAUTHORISED, "the key for it cannot be sent as a header: plain letters only", url=url)
    return Request(url, _merged(site.headers, own, headers), referrer, keys=keys, site=stem)


def _same_host(one: str, other: str) -> bool:
    return urlsplit(one).netloc.lower() == urlsplit(other).netloc.lower()


def _belongs(host: str, with_port: str, domain: str) -> bool:
    """Tell whether a host is one of a site's domains; `*example.org` stands for its sub-domains too."""
    if domain.startswith("*"):
        plain = domain.partition(":")[0].lstrip("*.")
        return host == plain or host.endswith(f".{plain}")
    return domain == (with_port if ":" in domain else host)


def _merged(*layers: Headers) -> Headers:
    """Put later layers over earlier ones; names ignore case."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for name, value in layer:
            merged[name.lower()] = (name, value)
    return tuple(merged.values())
