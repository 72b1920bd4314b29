"""What only the wire may see of a request: posted forms, and keys that are parameters, which are in no URL that is told.

Pure. The client puts them in and takes them out of what comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

Pairs = Sequence[tuple[str, str]]

FORM: Final[Mapping[str, str]] = {"Content-Type": "application/x-www-form-urlencoded"}


def body(form: Pairs) -> bytes:
    """Return a form as browsers post it."""
    return urlencode(form).encode("ascii")


def with_keys(uri: str, keys: Pairs) -> str:
    """Put keys into what is requested of a host."""
    if not keys:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(keys)}"


def without_keys(url: str | None, keys: Pairs) -> str | None:
    """Take keys out of a URL that a site sends back: it is kept and shown, and gets them again when it is requested."""
    if url is None or not keys:
        return url
    parts = urlsplit(url)
    secrets = set(keys)
    kept = [
        piece
        for piece in parts.query.split("&")
        if piece and not secrets.intersection(parse_qsl(piece, keep_blank_values=True))
    ]
    return urlunsplit(parts._replace(query="&".join(kept)))


def origin(url: str) -> str:
    """Return what a browser sends as Origin with a form."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
