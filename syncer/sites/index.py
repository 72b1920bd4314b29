"""All native URL classes by host, the most specific first, so that a URL is tried against few of thousands.

Here because recognising must not grow with the number of site files. Pure; imported by library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from syncer.frozen import frozen
from syncer.sites import addresses, urls
from syncer.sites.classes import NativeClass

KEPT: Final = 256
"""Of so many URLs the best class is remembered."""


@frozen
class Hit:
    """A native class that matches a URL, with the fields found; shared, so nobody changes these."""

    parts: urls.Parts
    url_class: NativeClass
    fields: dict[str, str]


class NativeIndex:
    """The native classes of a library."""

    def __init__(self, classes: Iterable[NativeClass]) -> None:
        self.best = lru_cache(KEPT)(self._best)
        """Gives the class that matches a URL best, None where none does; a page's own URL is asked for a dozen times."""
        ordered = sorted(classes, key=lambda entry: entry.address.rank(), reverse=True)
        self._hosts: dict[str, list[NativeClass]] = {}
        self._domains: dict[str, list[NativeClass]] = {}
        for entry in ordered:
            for host in entry.aliases:
                self._hosts.setdefault(host, []).append(entry)
            for domain in entry.wildcards:
                self._domains.setdefault(domain, []).append(entry)

    def hits(self, url: str) -> Iterator[Hit]:
        """Yield the classes that match a URL, the most specific first."""
        parts = urls.split(url)
        if parts is None:
            return
        first = addresses.segments_of(parts.path)[0]
        for entry in self._candidates(parts):
            # Most classes of a host begin otherwise: the quick look spares them.
            begins = entry.address.path[0].literal
            if begins is not None and begins != first:
                continue
            fields = entry.match(parts)
            if fields is not None:
                yield Hit(parts, entry, fields)

    def _best(self, url: str) -> Hit | None:
        return next(self.hits(url), None)

    def candidates(self, url: str) -> tuple[NativeClass, ...]:
        """Give the classes of a URL's host, whether they match or not."""
        parts = urls.split(url)
        return tuple(self._candidates(parts)) if parts is not None else ()

    def _candidates(self, parts: urls.Parts) -> list[NativeClass]:
        found = self._hosts.get(parts.host, [])
        if not self._domains:
            return found
        domain = parts.domain
        found = list(found)
        at = domain.find(".")
        while at >= 0:
            found.extend(entry for entry in self._domains.get(domain[at:], []) if entry not in found)
            at = domain.find(".", at + 1)
        return found
