"""One cookie: what a Set-Cookie header says, whom it goes to, when it is over (RFC 6265).

Our own, since the standard library's jar sends host-only cookies to sub-domains and takes secure ones from plain HTTP.
Pure; `cookies` keeps them, `cookie_files` and `browsers` read them from elsewhere.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import field
from typing import Final

from syncer.config import web
from syncer.fetch.contexts import DOMAIN, contexts
from syncer.fetch.guard import read_address
from syncer.frozen import frozen

LONGEST: Final = 4096
"""Bytes of name and value together that browsers keep; longer cookies are dropped."""
LONGEST_PLACE: Final = 1024
"""Characters of a domain or a path."""
FAR: Final = 253402300799
"""The end of the year 9999, in seconds since 1970: nothing lives longer."""

_NO_HOST: Final = re.compile(r"[\s\[\]/\\:?#@]")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DELIMITERS: Final = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE: Final = (
    ("time", re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)", re.ASCII)),
    ("day", re.compile(r"(\d{1,2})(?!\d)", re.ASCII)),
    ("month", re.compile(f"({'|'.join(_MONTHS)})", re.IGNORECASE)),
    ("year", re.compile(r"(\d{2,4})(?!\d)", re.ASCII)),
)
"""In the order in which a token is tried; the first of each kind counts."""
_SECURE: Final = frozenset({"https", "wss"})


@frozen
class Cookie:
    """A cookie as it is kept; its value is in no `repr`."""

    name: str
    """One letter a byte, like `value`: so headers come and go."""
    value: str = field(repr=False)
    domain: str
    """Host in lower case without a leading dot; an address as `read_address` writes it."""
    path: str = "/"
    expires: int | None = None
    """Seconds since 1970; None = until it is cleared."""
    secure: bool = False
    http_only: bool = False
    host_only: bool = True
    """It goes to `domain` alone and not to its sub-domains."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what makes two cookies one: the later replaces the earlier."""
        return self.name, self.domain, self.path

    def is_over(self, now: float) -> bool:
        """Tell whether it has expired."""
        return self.expires is not None and self.expires <= now


@frozen
class Place:
    """Where a request goes, as far as cookies care."""

    host: str
    path: str
    secure: bool


def place(url: str) -> Place:
    """Return the place of a URL; its host is "" where it has none."""
    try:
        found = web.read(url)
    except ValueError:
        return Place("", "/", secure=False)
    return Place(plain_host(found.host), found.parts.path or "/", found.parts.scheme.lower() in _SECURE)


def plain_host(host: str) -> str:
    """Return a host as cookies name it: lower case, `xn--` form, no dots at its ends; an address without brackets."""
    address = read_address(host)
    return address.compressed if address is not None else web.plain_host(host.strip("."))


def goes_to(cookie: Cookie, where: Place) -> bool:
    """Tell whether a cookie goes with a request (RFC 6265 5.4), its age apart."""
    return (
        (where.secure or not cookie.secure) and _host_fits(cookie, where.host) and _path_fits(cookie.path, where.path)
    )


def header(cookies: Iterable[Cookie]) -> str:
    """Write the Cookie header: longer paths first, else in the order in which they came."""
    ordered = sorted(cookies, key=lambda cookie: -len(cookie.path))
    return "; ".join(f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in ordered)


def read(text: str, url: str, now: float) -> Cookie | None:
    """Read a Set-Cookie header that came with the answer from `url` (RFC 6265 5.2, 5.3); None where it must be ignored.

    One that is over already means that the earlier one of its key goes.
    """
    pair, *given = text.split(";")
    name, equals, value = pair.partition("=")
    name, value = (name.strip(), value.strip()) if equals else ("", pair.strip())
    where = place(url)
    attributes = _attributes(given)
    host_only = not attributes.get("domain")
    cookie = Cookie(
        name=name,
        value=value,
        domain=where.host if host_only else plain_host(attributes["domain"]),
        path=_path(attributes.get("path", ""), where.path),
        expires=_expiry(attributes, now),
        secure="secure" in attributes,
        http_only="httponly" in attributes,
        host_only=host_only,
    )
    return cookie if is_sound(cookie) and _may_be_set(cookie, where) else None


def is_sound(cookie: Cookie) -> bool:
    """Tell whether a cookie can be sent at all: not empty, not too long, nothing in it that would break a header."""
    texts = (cookie.name, cookie.value, cookie.domain, cookie.path)
    if not (cookie.name or cookie.value) or not _is_host(cookie.domain) or any(map(_CONTROLS.search, texts)):
        return False
    sent = cookie.name + cookie.value
    if ";" in sent or "=" in cookie.name or any(character > "\xff" for character in sent):
        return False
    return len(sent) <= LONGEST and max(len(cookie.domain), len(cookie.path)) <= LONGEST_PLACE


def _is_host(domain: str) -> bool:
    return bool(domain) and (_NO_HOST.search(domain) is None or read_address(domain) is not None)


def owners(url: str) -> tuple[str, ...]:
    """Name the jars that a request of `url` may send from; what it is given goes into the first.

    A name belongs to its registered domain. Behind each port of an address is another site, whose cookies stay apart; but
    files of browsers name no ports, so that what comes from them goes to all ports of the address.
    """
    own = contexts(url)[-1].removeprefix(DOMAIN)
    host = plain_host(web.host_of(url))
    return (own, host) if read_address(host) is not None else (own,)


def owner(domain: str) -> str:
    """Name the jar for the cookies of a host that came from elsewhere than an answer."""
    if read_address(domain) is not None:
        return plain_host(domain)
    return contexts(f"http://{domain.strip('.')}/")[-1].removeprefix(DOMAIN) if _is_host(domain) else domain


def date(text: str) -> int | None:
    """Read a date as browsers do, whatever its form (RFC 6265 5.1.1), into seconds since 1970; None where it is none."""
    found: dict[str, re.Match[str]] = {}
    for token in _DELIMITERS.split(text):
        for kind, pattern in _DATE:
            if kind not in found and (match := pattern.match(token)):
                found[kind] = match
                break
    if len(found) < len(_DATE):
        return None
    hour, minute, second = map(int, found["time"].groups())
    day, year = int(found["day"][1]), int(found["year"][1])
    month = _MONTHS.index(found["month"][1].lower()) + 1
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    if year < 1601 or hour > 23 or minute > 59 or second > 59 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return max(calendar.timegm((year, month, day, hour, minute, second)), 0)


def _attributes(given: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in given:
        name, _, value = each.partition("=")
        found[name.strip().lower()] = value.strip()
    return found


def _path(given: str, asked: str) -> str:
    if given.startswith("/"):
        return given
    return asked[: asked.rfind("/")] or "/"


def _expiry(attributes: dict[str, str], now: float) -> int | None:
    age = attributes.get("max-age", "")
    if re.fullmatch(r"-?\d{1,18}", age):
        return min(int(now) + max(int(age), 0), FAR)
    return date(attributes.get("expires", ""))


def _may_be_set(cookie: Cookie, where: Place) -> bool:
    """Tell whether the host that answered may set this cookie: for itself and the domains above it, no further."""
    if cookie.secure and not where.secure:
        return False
    if not (cookie.host_only or _below(where.host, cookie.domain)):
        return False
    if cookie.name.startswith("__Secure-"):
        return cookie.secure
    if cookie.name.startswith("__Host-"):
        return cookie.secure and cookie.host_only and cookie.path == "/"
    # A domain that many share (`co.uk`) belongs to another jar, or to none.
    return cookie.host_only or owner(cookie.domain) == owner(where.host)


def _host_fits(cookie: Cookie, host: str) -> bool:
    return host == cookie.domain if cookie.host_only else _below(host, cookie.domain)


def _below(host: str, domain: str) -> bool:
    return host == domain or (host.endswith(f".{domain}") and read_address(host) is None)


def _path_fits(path: str, asked: str) -> bool:
    if asked == path:
        return True
    return asked.startswith(path) and (path.endswith("/") or asked[len(path)] == "/")
