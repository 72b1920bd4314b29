"""URLs as text: splitting, percent-encoding, joining, and the key that tells when two spellings are one URL.

Here because recognising, searching and parsing all need the same reading of a URL. Pure; everybody above may import it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

from syncer.config import web
from syncer.config.hosts import PORTS
from syncer.config.texts import without_login
from syncer.frozen import frozen

PATH_SAFE = "!$&'()*+,;=@:"
"""What may stand in a path part beside letters, digits and -._~ (RFC 3986, pchar)."""
QUERY_SAFE = PATH_SAFE + "/?"
MAX_URL = 16_384
"""Longer texts are not taken for URLs; no server reads them either."""

_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PLAIN = re.compile(
    r"https?://[a-z0-9.-]++(?::[0-9]{1,5})?/(?:[A-Za-z0-9_~!$&'()*+,;=:@?-]++|[/.](?=[A-Za-z0-9_~!$&'()*+,;=:@?-]))*+/?\Z"
)
"""URLs that need no work: nothing to encode, no dot segments, no fragment."""
_USUAL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9-]++(?:\.[a-z0-9-]++)*+)(?::(?P<port>[0-9]{1,4}))?"
    r"(?P<path>/(?:[A-Za-z0-9_~!$&'()*+,;=:@./-]++|%[0-9A-Fa-f]{2})*+)"
    r"(?:\?(?P<query>(?:[A-Za-z0-9_~!$&'()*+,;=:@./?-]++|%[0-9A-Fa-f]{2})++))?\Z"
)
"""URLs whose parts can be taken as they stand: thousands of them are taken apart at a start."""
_BLANKS = re.compile(r"[\x00-\x20\x7f]")


def _spell(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else f"%{match[1].upper()}"


def encode(text: str, safe: str) -> str:
    """Percent-encode what is not allowed in `text`; escapes that are there already stay as they are."""
    return quote(_BARE_PERCENT.sub("%25", text), safe=safe + "%")


def encode_path(path: str) -> str:
    """Percent-encode a whole path, whose parts are divided by `/`."""
    return encode(path, PATH_SAFE + "/")


def encode_query(query: str) -> str:
    """Percent-encode a whole query."""
    return encode(query, QUERY_SAFE)


def respell(text: str) -> str:
    """Write each escape in one way: unreserved characters plain, all others in upper case; nothing else is decoded."""
    return _ESCAPE.sub(_spell, text) if "%" in text else text


@frozen
class Parts:
    """A URL taken apart; path and query are percent-encoded, the host is in its normal form."""

    scheme: str
    host: str
    """With the port, unless it is the scheme's own."""
    path: str
    query: str
    fragment: str = ""

    @property
    def domain(self) -> str:
        """The host without its port."""
        return bare_host(self.host)

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """The query's `name=value` pairs in order; a lone word has the value ""."""
        return params(self.query)


def params(query: str) -> tuple[tuple[str, str], ...]:
    """Return the `name=value` pairs of an encoded query in order; a lone word has the value ""."""
    pairs = (piece.partition("=") for piece in query.split("&") if piece)
    return tuple((name, value) for name, _, value in pairs)


def bare_host(host: str) -> str:
    """Take the port off a host; brackets of an IPv6 address stay."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


@lru_cache(maxsize=4096)
def split(url: str) -> Parts | None:
    """Take an absolute http(s) URL apart; None when the text is not one."""
    text = url.strip()
    if len(text) > MAX_URL:
        return None
    usual = _USUAL.match(text)
    if usual is None:
        return _split(text)
    scheme, host, port, path, query = usual.groups()
    if port is not None and int(port) != PORTS[scheme]:
        host = f"{host}:{int(port)}"
    return Parts(scheme, host, path, query or "")


def _split(text: str) -> Parts | None:
    """Take any URL apart."""
    try:
        address = web.read(text)
    except ValueError:
        return None
    parts, host, port = address.parts, address.host, address.port
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not host or _BLANKS.search(host):
        return None
    host = f"[{host}]" if ":" in host else host
    if port is not None and port != PORTS[scheme]:
        host = f"{host}:{port}"
    return Parts(scheme, host, encode_path(parts.path) or "/", encode_query(parts.query), parts.fragment)


def unsplit(scheme: str, host: str, path: str, query: str = "", fragment: str = "") -> str:
    """Put a URL together; an empty query or fragment leaves no sign."""
    text = f"{scheme}://{host}{path}"
    text = f"{text}?{query}" if query else text
    return f"{text}#{fragment}" if fragment else text


def key(url: str) -> str:
    """Give the identity of a URL for queue and known list; what is not a URL is its own key.

    `~` and `%7E` are one, `%2F` and `/` are not; `;` is kept; host and scheme lose their case, the host its default
    port, the URL its fragment (RFC 3986, 6.2.2).
    """
    parts = split(url)
    if parts is None:
        return url.strip()
    return unsplit(parts.scheme, parts.host, respell(_without_dots(parts.path)), respell(parts.query))


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    pieces = path.split("/")[1:]
    for piece in pieces:
        if piece == "..":
            del kept[-1:]
        elif piece != ".":
            kept.append(piece)
    if pieces[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def join(base: str, text: str) -> str | None:
    """Join a link found on the page `base` and encode it; None unless the result is an absolute http(s) URL.

    A name or password in it is left out: neither is ever sent, and it would be shown wherever the URL is.
    """
    link = _slashes(text.strip())
    if not link or len(link) > MAX_URL:
        return None
    quick = _origin(base) + link if link[0] == "/" and link[1:2] != "/" else link
    if _PLAIN.match(quick):
        return quick
    try:
        joined = without_login(urljoin(base, link))
    except ValueError:
        return None
    if split(joined) is None:
        return None
    return tidy(joined)


def _slashes(link: str) -> str:
    r"""Turn `\` in front of a query into `/`, as browsers do for links that were written on Windows."""
    if "\\" not in link:
        return link
    end = next((place for place, letter in enumerate(link) if letter in "?#"), len(link))
    return link[:end].replace("\\", "/") + link[end:]


@lru_cache(maxsize=256)
def _origin(base: str) -> str:
    scheme, mark, rest = base.partition("://")
    return scheme + mark + re.split("[/?#]", rest, maxsplit=1)[0]


def tidy(url: str) -> str:
    """Percent-encode what a URL must not hold, write its host in the normal form, and leave the rest of it as it is."""
    if _USUAL.match(url):
        return url
    parts = urlsplit(web.plain(url))
    return unsplit(
        parts.scheme,
        parts.netloc,
        encode_path(parts.path) or "/",
        encode_query(parts.query),
        encode_query(parts.fragment),
    )
