"""URL classes of native site files: what a URL is, its normal forms, what to request for it, and its next page.

Here because this is what a native file says about one URL; choosing between classes is the index's. Pure; imported by
compile and library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from syncer.frozen import frozen
from syncer.model import UrlKind
from syncer.sites import addresses, urls
from syncer.sites.addresses import Address
from syncer.sites.patterns import Pattern

_INDEX: Final = re.compile(r"-?[0-9]{1,18}")
"""Numbers of pages; longer ones are none, and Python reads none of thousands of digits."""


@frozen
class NativeClass:
    """One `[[url]]` of a native site file, compiled."""

    site: str
    name: str
    kind: UrlKind
    address: Address
    aliases: frozenset[str]
    """Hosts whose URLs are this site's as well; their normal form has the site's own host."""
    wildcards: tuple[str, ...]
    """Domains whose sub-domains are this site's; they keep their host."""
    own_hosts: frozenset[str]
    """The root's host, with `www.` and without: no sub-domain in the sense of `https://*.example.org`."""
    where: tuple[tuple[str, Pattern], ...]
    fetch: str | None
    parser: str | None
    next: tuple[str, int] | None
    last: int | None
    post: str
    extra: str
    ephemeral: frozenset[str]
    referrer: str | None
    headers: tuple[tuple[str, str], ...]
    root: str

    @property
    def full_name(self) -> str:
        """The name by which the class is known everywhere."""
        return f"{self.site}/{self.name}"

    def match(self, parts: urls.Parts) -> dict[str, str] | None:
        """Give the fields of a URL of a fitting host, percent-encoded; None when it is not of this class."""
        if self.address.host.startswith("*.") and parts.host in self.own_hosts:
            return None
        fields = self.address.match(parts)
        if fields is None or any(pattern.fullmatch(fields[name]) is None for name, pattern in self.where):
            return None
        if self.extra == "refuse" and self._undeclared(parts):
            return None
        fields["host"] = self.host(parts)
        return fields

    def host(self, parts: urls.Parts) -> str:
        """Give the host of the normal form."""
        if parts.host in self.aliases and not self.address.host.startswith("*."):
            return self.address.host
        return parts.host

    def normal(self, parts: urls.Parts, fields: Mapping[str, str], *, for_server: bool) -> str:
        """Build a normal form: the declared parts in the pattern's order, and with extra = "keep" the others after."""
        path, query = self.address.build(fields, frozenset() if for_server else self.ephemeral)
        if self.extra == "keep":
            query = "&".join(piece for piece in (query, self._undeclared(parts)) if piece)
        return urls.unsplit(self.address.scheme, fields["host"], path, query)

    def request(self, for_server: str, fields: Mapping[str, str]) -> str:
        """Give the URL to request."""
        if self.fetch is None:
            return for_server
        path, mark, query = addresses.absolute(self.fetch, self.root).partition("?")
        return addresses.fill(path, fields) + mark + addresses.fill(query, self.address.for_query(fields))

    def post_id(self, fields: Mapping[str, str]) -> str:
        """Give the site's own name for the post behind the URL; "" when the URL does not tell."""
        if not self.post:
            return ""
        return addresses.fill(self.post, addresses.decoded(fields))

    def next_page(self, parts: urls.Parts, fields: Mapping[str, str], last: int | None = None) -> str | None:
        """Give the URL of the next page, of the same class; None when the class has no index, or it or `last` ends here."""
        if self.next is None:
            return None
        name, step = self.next
        if not _INDEX.fullmatch(fields[name]):
            return None
        following = int(fields[name]) + step
        if self.is_last(fields) or (last is not None and following > last):
            return None
        return self.normal(parts, {**fields, name: str(following)}, for_server=True)

    def first_page(self, parts: urls.Parts, fields: Mapping[str, str]) -> str:
        """Give the URL of the first page, of the same class; the URL itself where nothing says which that is."""
        name = "" if self.next is None else self.next[0]
        first = {
            field.name: field.default
            for field in self.address.fields
            if field.name == name and field.default is not None
        }
        return self.normal(parts, {**fields, **first}, for_server=True)

    def is_last(self, fields: Mapping[str, str]) -> bool:
        """Tell whether the site shows no page beyond that of these fields, however many posts there are."""
        if self.next is None or self.last is None:
            return False
        name, step = self.next
        return _INDEX.fullmatch(fields[name]) is not None and int(fields[name]) + step > self.last

    def sent_referrer(self, given: str | None, fields: Mapping[str, str]) -> str | None:
        """Give the referrer to send when the caller has `given`; "" means none at all."""
        if self.referrer is None:
            return given
        if self.referrer == "none":
            return ""
        return addresses.fill(addresses.absolute(self.referrer, self.root), fields)

    def _undeclared(self, parts: urls.Parts) -> str:
        declared = {name for name, _ in self.address.params}
        return "&".join(piece for piece in parts.query.split("&") if piece and piece.partition("=")[0] not in declared)
