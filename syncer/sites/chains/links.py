"""URLs as imported files encode, join and take them apart; close to RFC 3986, but with hydrus's own corners.

Here, apart from `sites.urls`, because parity needs those corners (a query before any path is no query). Pure; imported
within the package.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit

from syncer.sites.urls import PATH_SAFE, QUERY_SAFE, encode

_BEFORE_LINK = re.compile(r"^.*\s(?=https?://)")
_DOUBLED = re.compile(r"^(?:https?://)+(?=https?://)")
_IN_HOST = str.maketrans("?#@", "___")


@dataclass(frozen=True, slots=True)
class Link:
    """A URL taken apart, with all of it percent-encoded."""

    scheme: str
    netloc: str
    host: str
    """Lower case, without user and port."""
    path: tuple[str, ...]
    """Path parts; one leading slash is cut before the division."""
    params: dict[str, str]
    """Parameters with a name; the last value of each."""
    order: tuple[str, ...]
    """Names of the parameters as they stand in the URL, repeats and all."""
    lone: tuple[str, ...]
    """Parameters without `=`."""
    fragment: str

    def write(self) -> str:
        """Put the URL together without its fragment."""
        pairs = [(name, self.params[name]) for name in self.order]
        return write(self.scheme, self.netloc, self.path, pairs, self.lone)


def write(
    scheme: str, netloc: str, path: tuple[str, ...], params: Iterable[tuple[str, str]], lone: tuple[str, ...]
) -> str:
    """Put a URL together; parameters in the order given, those without a name last."""
    query = "&".join([*(f"{name}={value}" for name, value in params), *lone])
    text = f"{scheme}://{netloc}/{'/'.join(path)}"
    return f"{text}?{query}" if query else text


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(_plain_host(url.strip()))
    except ValueError:
        return None
    return parts if parts.scheme and parts.netloc else None


def _plain_host(url: str) -> str:
    """Give the host compatible characters, and no `?` and `#`: what stands before the first slash is all host."""
    scheme, mark, rest = url.partition("://")
    if not mark or (rest.isascii() and not set("?#@").intersection(rest.partition("/")[0])):
        return url
    host, slash, tail = rest.partition("/")
    return f"{scheme}://{unicodedata.normalize('NFKC', host).translate(_IN_HOST)}{slash}{tail}"


@lru_cache(maxsize=4096)
def link(url: str) -> Link | None:
    """Take a URL apart; None when it has no scheme or host."""
    parts = _split(url)
    if parts is None:
        return None
    params: dict[str, str] = {}
    order: list[str] = []
    lone: list[str] = []
    for piece in parts.query.split("&") if parts.query else []:
        name, equals, value = piece.partition("=")
        if equals:
            order.append(encode(name, QUERY_SAFE))
            params[order[-1]] = encode(value, QUERY_SAFE)
        elif piece:
            lone.append(encode(piece, QUERY_SAFE))
    return Link(
        scheme=parts.scheme,
        netloc=parts.netloc,
        host=_host(parts),
        path=tuple(encode(part, PATH_SAFE) for part in parts.path.removeprefix("/").split("/")),
        params=params,
        order=tuple(order),
        lone=tuple(lone),
        fragment=parts.fragment,
    )


def _host(parts: SplitResult) -> str:
    try:
        return parts.hostname or ""
    except ValueError:
        return parts.netloc.lower()


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
    return encoded(text)
