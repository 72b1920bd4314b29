"""What one line of a dropped list means: links, a `site: query`, or words that are turned down with a reason.

Pure, and linear in the length of the line: people drop anything. Used by the readers of link files, and by service for
links that come from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from itertools import pairwise

from syncer.config import texts, web
from syncer.config.handover import PROGRAMS
from syncer.frozen import frozen

MAX_URL = 16_384
"""Longer texts are not taken for links; no server reads them either."""
MAX_QUERY = 2_000
_SHOWN = 300
"""Characters of a line that are kept to show it."""


class LineKind(StrEnum):
    """What a line turned out to be."""

    URL = "url"
    QUERY = "query"
    REJECTED = "rejected"


@frozen
class Line:
    """One thing found on a line; several links on it are several of these with the same number."""

    number: int
    """Counted from 1."""
    text: str
    """The line as it stands, or the link where it holds several; cut where it is long."""
    kind: LineKind
    url: str = ""
    """Byte for byte as dropped, but without name and password."""
    site: str = ""
    query: str = ""
    why: str = ""
    """Why it was rejected."""
    tags: tuple[str, ...] = ()
    """Tags that its list gives to it."""
    rule: str = ""
    """The rule of a site file by which its page is to be read."""
    subscription: str = ""
    """The subscription that its list names for it."""
    claimed_only: bool = False
    """It is wanted only if a site file knows it: a bookmark may be of anything."""


# Blanks, controls, marks that no eye sees, and what no link holds unescaped.
_STOP = r"\s\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff<>\"`"
_CHUNK = re.compile(rf"[^{_STOP}]+")
_EDGE = (
    "".join(map(chr, range(0x21)))
    + "\x7f\x85\xa0\u2000\u2003\u2009\u200b\u200e\u200f\u2028\u2029\u202f\u2060\u3000\ufeff"
)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_BEFORE_ANOTHER = frozenset(",;|()[]{}'“”‘’«»")
"""A link that follows one of these is one of its own; after `=` or `/` it belongs to the link around it."""
_CLOSER = {"(": ")", "[": "]", "{": "}", "'": "'", "“": "”", "‘": "’", "«": "»"}
_TRAILING = ".,;:!?*'|…”’»"
_BALANCED = {")": "(", "]": "[", "}": "{"}
# The text of a markdown link is for eyes, even where it looks like a link itself.
_LABEL = re.compile(r"\[[^\[\]]*\](?=\(\s*<?https?://)", re.IGNORECASE)
_LATE_COMMENT = re.compile(r"\s#\s")
_BAD_HOST = re.compile(r"[\s\x00-\x20!\"#$&'()*,/;<=>?@\\^`{|}%]|\.\.|^\.|^$")

_QUERY = re.compile(r"(\w[\w.-]*)\s*:\s*(\S.*)?", re.DOTALL)
_OTHER_SCHEMES = frozenset({
    "about", "blob", "chrome", "data", "ed2k", "file", "ftp", "ftps", "gemini", "gopher", "irc", "javascript",
    "magnet", "mailto", "sftp", "smb", "ssh", "tel", "urn", "ws", "wss",
})  # fmt: skip
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_BARE_HOST = re.compile(r"(?:www\.\S+|[\w-]+(?:\.[\w-]+)+/\S*)", re.IGNORECASE)


def read_line(number: int, text: str, sites: Collection[str] = ()) -> Iterator[Line]:
    """Yield what the line `number` holds: nothing if it is blank or a `#` comment, else at least one thing.

    Behind the name of one of `sites` links inside words belong to the query: `site: source:https://a.example/1`.
    """
    stripped = texts.without_login(text.strip(_EDGE))
    if not stripped or stripped.startswith("#"):
        return
    if (query := _query_of(number, stripped, sites)) is not None:
        yield query
        return
    if not _SCHEME.search(stripped):
        yield _query_or_words(number, stripped)
        return
    found = list(find_urls(stripped))
    for url in found:
        # Of several links on a line each is told by itself, since each can come out differently.
        yield url_line(number, stripped if len(found) == 1 else url, url)


def url_line(number: int, text: str, url: str) -> Line:
    """Return the line for a link, rejected if it is none that could be fetched."""
    text, url = texts.without_login(text), texts.without_login(url)
    why = refusal(url)
    if why:
        return Line(number, shorten(url), LineKind.REJECTED, why=why)
    return Line(number, shorten(text), LineKind.URL, url=url)


def rejected(number: int, text: str, why: str) -> Line:
    """Return the line for something that is turned down."""
    return Line(number, shorten(texts.without_login(text)), LineKind.REJECTED, why=why)


def find_urls(text: str) -> Iterator[str]:
    """Yield all http and https links in a text, without the brackets, quotes and full stops around them."""
    plain = _LATE_COMMENT.split(_LABEL.sub(" ", text), maxsplit=1)[0]
    if not _SCHEME.search(plain):
        plain = text
    for chunk in _CHUNK.finditer(plain):
        yield from _in_chunk(chunk[0], alone=chunk[0] == plain)


def refusal(url: str) -> str:
    """Return why a text that begins with http:// or https:// cannot be fetched, "" if nothing speaks against it."""
    if len(url) > MAX_URL:
        return f"longer than {MAX_URL} characters"
    if "\ufffd" in url:
        return "holds characters that could not be read"
    try:
        address = web.read(url)
    except ValueError as error:
        return f"not a link: {error}"
    host, port = address.parts.hostname or "", address.port
    if host in ("http", "https") and port is None:
        return "the http:// or https:// stands there twice"
    if _BAD_HOST.search(host):
        return "no host name where it should be"
    return ""


def shorten(text: str) -> str:
    """Return a text cut to what is worth showing."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _in_chunk(chunk: str, *, alone: bool) -> Iterator[str]:
    starts: list[int] = []
    for match in _SCHEME.finditer(chunk):
        if not starts or chunk[match.start() - 1] in _BEFORE_ANOTHER:
            starts.append(match.start())
    for start, end in pairwise([*starts, len(chunk)]):
        piece = chunk[start:end]
        yield piece if alone and len(starts) == 1 and start == 0 else _unwrap(piece, chunk[start - 1] if start else "")


def _unwrap(piece: str, before: str) -> str:
    """Cut off what closes a bracket or quote opened in front of the link, and the full stop or comma behind it."""
    if closer := _CLOSER.get(before):
        piece = piece[: _closing(piece, before, closer)]
    unopened = {closer: piece.count(closer) - piece.count(opener) for closer, opener in _BALANCED.items()}
    end = len(piece)
    while end:
        last = piece[end - 1]
        if unopened.get(last, 0) > 0:
            unopened[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return piece[:end]


def _closing(piece: str, opener: str, closer: str) -> int:
    depth = 0
    for position, character in enumerate(piece):
        if character == closer:
            if not depth:
                return position
            depth -= 1
        elif character == opener:
            depth += 1
    return len(piece)


def _query_of(number: int, text: str, sites: Collection[str]) -> Line | None:
    """Return the query on a line that begins with a known site (`demo:`, or `demo/by artist:`), None for any other line."""
    name, colon, rest = text.partition(":")
    site, query = name.strip(), rest.strip()
    if not colon or site.partition("/")[0] not in sites or not 0 < len(query) <= MAX_QUERY:
        return None
    if site not in PROGRAMS and any(_SCHEME.match(word) for word in query.split()):
        return None
    return Line(number, shorten(text), LineKind.QUERY, site=site, query=query)


def _query_or_words(number: int, text: str) -> Line:
    if _DRIVE.match(text) or not (match := _QUERY.fullmatch(text)):
        bare = _BARE_HOST.fullmatch(text)
        return rejected(number, text, "no http:// or https:// in front of it" if bare else _WORDS)
    site, query = match[1], match[2] or ""
    why = _query_refusal(site, query)
    if why:
        return rejected(number, text, why)
    return Line(number, shorten(text), LineKind.QUERY, site=site, query=query)


_WORDS = "neither a link nor `site: query`"


def _query_refusal(site: str, query: str) -> str:
    if site.lower() in ("http", "https"):
        return "not a whole link"
    if site.lower() in _OTHER_SCHEMES or query.startswith("//"):
        return "only http and https links are taken"
    if not query:
        return f"no query behind `{site}:`"
    if len(query) > MAX_QUERY:
        return f"a query of more than {MAX_QUERY} characters"
    return ""
