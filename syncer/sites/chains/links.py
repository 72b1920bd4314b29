"""URLs as imported files encode, join and take them apart; close to RFC 3986, but with hydrus's own corners.

Here, apart from `sites.urls`, because parity needs those corners (a query before any path is no query). Pure; imported
within the package.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import ParseResult, urljoin, urlparse

from syncer.config.texts import without_login
from syncer.frozen import frozen
from syncer.sites.urls import PATH_SAFE, QUERY_SAFE, encode

_BEFORE_LINK = re.compile(r"^.*\s(?=https?://)")
_DOUBLED = re.compile(r"^(?:https?://)+(?=https?://)")
_IN_HOST = str.maketrans("?#", "__")


@frozen
class Link:
    """A URL taken apart, with all of it percent-encoded."""

    scheme: str
    netloc: str
    """As it is given, with user and port: a class's hosts are compared with it."""
    path: tuple[str, ...]
    """Path parts; one leading slash is cut before the division."""
    tail: str
    """What stands after a `;` in the last path part; it is no part of the path."""
    params: dict[str, str]
    """Parameters with a name; the last value of each."""
    order: tuple[str | None, ...]
    """Names of the parameters as they stand in the URL, repeats and all; None is the place of one without `=`."""
    lone: tuple[str, ...]
    """Parameters without `=`."""
    fragment: str

    def write(self) -> str:
        """Put the URL together without its fragment."""
        tail = f";{self.tail}" if self.tail else ""
        return write(self.scheme, self.netloc, self.path, in_order(self.order, self.params, self.lone), tail)


def in_order(order: Iterable[str | None], params: Mapping[str, str], lone: Iterable[str]) -> list[str]:
    """Give the pieces of a query in an order of names, where None is the place of the next one without `=`."""
    left = iter(lone)
    pieces = (next(left, None) if name is None else f"{name}={params[name]}" for name in order)
    return [piece for piece in pieces if piece is not None]


def write(scheme: str, netloc: str, path: tuple[str, ...], query: list[str], tail: str = "") -> str:
    """Put a URL together out of encoded pieces."""
    text = f"{scheme}://{netloc}/{'/'.join(path)}{tail}"
    return f"{text}?{'&'.join(query)}" if query else text


def _split(url: str) -> ParseResult | None:
    try:
        parts = urlparse(_plain_host(url.strip()))
    except ValueError:
        return None
    return parts if parts.scheme and parts.netloc else None


def _plain_host(url: str) -> str:
    """Give the host compatible characters, and no `?` and `#`: what stands before the first slash is all host."""
    scheme, mark, rest = url.partition("://")
    if not mark or (rest.isascii() and not set("?#").intersection(rest.partition("/")[0])):
        return url
    host, slash, tail = rest.partition("/")
    return f"{scheme}://{unicodedata.normalize('NFKC', host).translate(_IN_HOST)}{slash}{tail}"


@lru_cache(maxsize=4096)
def link(url: str, *, encoding: bool = True) -> Link | None:
    """Take a URL apart; None when it has no scheme or host. Without `encoding` its pieces stay as they are."""
    safe, path_safe = (QUERY_SAFE, PATH_SAFE) if encoding else (None, None)
    parts = _split(url)
    if parts is None:
        return None
    params: dict[str, str] = {}
    order: list[str | None] = []
    lone: list[str] = []
    for piece in parts.query.split("&") if parts.query else []:
        name, equals, value = piece.partition("=")
        if equals:
            name = _encoded(name, safe)
            order.append(name)
            params[name] = _encoded(value, safe)
        elif piece:
            order.append(None)
            lone.append(_encoded(piece, safe))
    return Link(
        scheme=parts.scheme,
        netloc=parts.netloc,
        path=tuple(_encoded(part, path_safe) for part in parts.path.removeprefix("/").split("/")),
        tail=parts.params,
        params=params,
        order=tuple(order),
        lone=tuple(lone),
        fragment=parts.fragment,
    )


def _encoded(text: str, safe: str | None) -> str:
    return text if safe is None else encode(text, safe)


def encoded(url: str, *, keep_fragment: bool = True) -> str:
    """Percent-encode a URL; text without scheme or host is returned as it is."""
    parts = link(url)
    if parts is None:
        return url
    text = parts.write()
    return f"{text}#{parts.fragment}" if keep_fragment and parts.fragment else text


def found(text: str, base: str) -> str:
    """Make a URL of a text that a parser found on the page `base`."""
    if _split(text) is None and ("http://" in text or "https://" in text):
        text = _DOUBLED.sub("", _BEFORE_LINK.sub("", text))
    if _split(text) is None:
        try:
            text = urljoin(base, text)
        except ValueError:
            return text
    return encoded(without_login(text))
