"""Where a redirect leads: the absolute target of one hop, and whether a row of hops may go on.

Pure. Each hop is a request of its own, so the job keeps the list of hops; the client and the jobs of `service` use it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from syncer.config import texts, web
from syncer.fetch.failure import FailureKind, fail

MOST_HOPS: Final = 10

KEEP: Final = "!#$%&'()*+,/:;=?@[]~"
"""Characters of a URL that are left as they are: reserved ones and what is encoded already."""


def target(url: str, location: str | None) -> str:
    """Join the Location header of an answer to `url`; returns an absolute http(s) URL without fragment.

    `location` is latin-1 text as the header brought it; UTF-8 in it is encoded. Raises FetchError (bad_redirect).
    """
    given = _slashes(_once(_utf8(location or "").strip()))
    if not given:
        raise fail(FailureKind.BAD_REDIRECT, "redirect without a Location", url=url)
    if any(character < " " or character == "\x7f" for character in given):
        raise fail(FailureKind.BAD_REDIRECT, "Location with control characters", url=url)
    try:
        own = urlsplit(given)
        address = web.read(quote(web.plain(urljoin(url, given)), safe=KEEP))
        # urljoin takes "http:///x" for a path on the same host.
        host, parts = "" if own.scheme and not own.netloc else address.host, address.parts
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise fail(FailureKind.BAD_REDIRECT, f'Location "{_shown(given)}" leads to no web page', url=url)
    if parts.username is not None:
        raise fail(FailureKind.BAD_REDIRECT, "Location with a name or password in it", url=url)
    return urlunsplit(parts._replace(fragment=""))


def _shown(location: str) -> str:
    """Return a Location as it may be told: without user and parameters, in which secrets stand."""
    return re.split(r"[?#]", texts.without_login(location), maxsplit=1)[0][:200]


def is_unsafe_step(one: str, other: str) -> bool:
    """Tell whether it leads from an encrypted page to one that is not: what is told of the first then (RFC 9110 10.1.3) all can read."""
    return one[:6].lower() == "https:" and other[:6].lower() != "https:"


def _once(given: str) -> str:
    """Return a Location that was sent twice in one answer as it was meant."""
    half, comma, other = given[: len(given) // 2 - 1], given[len(given) // 2 - 1 :][:2], given[len(given) // 2 + 1 :]
    return half if comma == ", " and half == other else given


def _slashes(given: str) -> str:
    r"""Turn `\` in front of a query into `/`, as browsers do: some servers write paths as Windows does."""
    path = re.match(r"[^?#]*", given)
    return path[0].replace("\\", "/") + given[path.end() :] if path and "\\" in path[0] else given


def check_hops(hops: Sequence[str], location: str, *, cookie_set: bool = False) -> None:
    """Refuse to go round in circles: `hops` are the URLs asked so far, the last one being the one that redirected.

    A URL may come a second time when the answer set a cookie, since then its answer may be another one.
    Raises FetchError (redirect_loop).
    """
    if hops.count(location) > (1 if cookie_set else 0):
        raise fail(FailureKind.REDIRECT_LOOP, f"leads back to {location}", url=location)
    if len(hops) >= MOST_HOPS:
        raise fail(FailureKind.REDIRECT_LOOP, f"more than {MOST_HOPS} redirects", url=location)


def _utf8(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text
