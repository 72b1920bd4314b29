"""Which objects of a downloader belong to one site, and so into one file.

Here, because hydrus's objects know nothing of sites: they are brought together by registered domain, and where the
API step of a class or the examples of a parser lead from one domain to another, since neither file would work alone.
Pure; only the importer uses it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from syncer.config import texts
from syncer.sites.hydrus.objects import (
    Definition,
    DomainPackage,
    Login,
    NestedSearch,
    Parser,
    Search,
    SimpleRule,
    UrlClass,
)
from syncer.sites.hydrus.strings import Converter

_ADDRESS = re.compile(r"\[?[0-9a-f:.]+\]?\Z")


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


def site_of(host: str) -> str:
    """Give the registered domain of a host (`i.example.co.uk` is `example.co.uk`); an IP address is its own; "" for none."""
    name = host.rpartition("@")[2].lower().strip(".")
    name = re.sub(r":[0-9]*\Z", "", name) if name.count(":") == 1 else name
    if not name or _ADDRESS.match(name) or "." not in name:
        return name
    return str(_suffixes().privatesuffix(name) or name)


def host_of(url: str) -> str:
    """Give the host of a URL, "" when it has none."""
    try:
        return urlsplit(url.strip()).netloc.lower()
    except ValueError:
        return ""


def hosts_of(definition: Definition) -> tuple[str, ...]:
    """Give the hosts that an object is for; it is they that the program would contact."""
    return tuple(host for host in _HOSTS[type(definition)](definition) if host)


def _template_host(search: Search) -> list[str]:
    """Give the host of a search; the query may stand in it."""
    return [host_of(search.template.replace(search.phrase, "x") if search.phrase else search.template)]


_HOSTS: dict[type, Callable[[Any], Iterable[str]]] = {
    UrlClass: lambda url: url.domains or [host_of(url.example)],
    Parser: lambda parser: [host_of(example) for example in parser.examples],
    Search: _template_host,
    NestedSearch: lambda _search: (),
    Login: lambda login: [host for host, _access, _why in login.domains],
    DomainPackage: lambda package: [package.domain],
    SimpleRule: lambda _rule: (),
}


class _Sites:
    """Registered domains, brought together where they are one site."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def root(self, site: str) -> str:
        """Give the domain that stands for a site."""
        parent = self._parents.setdefault(site, site)
        while parent != self._parents[parent]:
            parent = self._parents[parent]
        return parent

    def join(self, sites: Sequence[str]) -> None:
        """Make several domains one site, named after the first."""
        for other in sites[1:]:
            first, second = self.root(sites[0]), self.root(other)
            self._parents[second] = first


def _leads_to(converter: Converter, domains: Sequence[str]) -> list[str]:
    """Give the domains that the changes of a URL mention."""
    texts = [
        str(text).replace("\\", "")
        for conversion in converter.conversions
        for text in (conversion.value if isinstance(conversion.value, tuple) else (conversion.value,))
    ]
    return [domain for domain in domains if any(domain in text for text in texts)]


def by_site(definitions: Sequence[Definition], otherwise: str) -> dict[str, list[Definition]]:
    """Divide a downloader's objects by site, in their order; what has no host goes to the largest, or to `otherwise`."""
    sites = _Sites()
    classes = [definition for definition in definitions if isinstance(definition, UrlClass)]
    domains = sorted({domain for url in classes for domain in url.domains if "." in domain})
    for url in classes:
        own = [site_of(host) for host in hosts_of(url)]
        sites.join([*own, *(site_of(domain) for domain in _leads_to(url.api, domains))])
    for parser in definitions:
        if isinstance(parser, Parser):
            sites.join([site for host in hosts_of(parser) if (site := site_of(host))])
    placed = [
        (definition, _site(definition, sites, {site_of(domain) for domain in domains})) for definition in definitions
    ]
    sizes = Counter(site for _definition, site in placed if site)
    largest = min(sizes, key=lambda site: (-sizes[site], site)) if sizes else otherwise
    groups: dict[str, list[Definition]] = {}
    for definition, site in placed:
        groups.setdefault(site or largest, []).append(definition)
    return groups


def _site(definition: Definition, sites: _Sites, known: set[str]) -> str:
    """Give the site of an object: of its first host with a URL class, else of its first host, "" without any."""
    own = [site_of(host) for host in hosts_of(definition)]
    chosen = next((site for site in own if site in known), own[0] if own else "")
    return sites.root(chosen) if chosen else ""


def stem(site: str) -> str:
    """Make the name of a site's file: `example.net` gives `example-net`, never a path or a hidden file."""
    name = re.sub(r"[^a-z0-9_-]+", "-", site.lower()).strip("-")[:64].strip("-") or "imported"
    return f"{name}-site" if texts.is_reserved(name) else name
