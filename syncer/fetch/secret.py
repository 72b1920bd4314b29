"""What only the wire may see of a request: posted forms, and keys that are parameters, which are in no URL that is told.

Pure. The client puts them in and takes them out of what comes back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

_AND: Final = r"(?:&amp;|&\#38;|\\u0026|&)"
"""What stands between two parameters, as HTML and JSON write it."""
_END: Final = r"(?![\w%+.~-])"

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


def scrubbed(text: str, keys: Pairs) -> str:
    """Take keys out of the links in what a site sends: many repeat all parameters in the link to their next page."""
    for name, value in keys:
        for form in dict.fromkeys((quote(value, safe=""), quote_plus(value), value)) if name in text else ():
            pair = re.escape(f"{name}={form}")
            text = re.sub(rf"{_AND}{pair}{_END}", "", text, flags=re.IGNORECASE)
            text = re.sub(rf"\?{pair}{_AND}", "?", text, flags=re.IGNORECASE)
            text = re.sub(rf"\?{pair}{_END}", "", text, flags=re.IGNORECASE)
    return text


def origin(url: str) -> str:
    """Return what a browser sends as Origin with a form."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
