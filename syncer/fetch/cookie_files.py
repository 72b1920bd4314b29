"""Cookies as browsers and their extensions write them: `cookies.txt` in all its spellings, and JSON.

Read line by line, since the standard library turns a whole file down for one odd line, for a missing header and for a byte
order mark, and then sends no cookie without an expiry. Pure, and no fault ever shows what is in a cookie. `service` and the
command line use it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from syncer.config import json_text
from syncer.fetch import cookie
from syncer.fetch.cookie import FAR, Cookie
from syncer.frozen import frozen

MOST_BYTES: Final = 10 * 1024 * 1024
MOST: Final = 50_000
"""Cookies that are read from one file."""

_HTTP_ONLY: Final = "#httponly_"
_TITLE: Final = re.compile(r"\s*#\s*(netscape )?http cookie file", re.IGNORECASE)
_FLAGS: Final[Mapping[str, bool]] = {"true": True, "false": False, "1": True, "0": False}
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HOST: Final = re.compile(r"[^\s/\\?#@;,=\"'<>()]+")
_MILLISECONDS: Final = 1e11
"""Times from here on are in milliseconds: as seconds this would be the year 5138."""
_UP_TO_1970: Final = 11_644_473_600
_SINCE_1601: Final = 1e6 * _UP_TO_1970
"""And from here on in microseconds since 1601, as Chromium keeps them: this is 1970."""

_QUICK_TEXTS: Final = {
    "Host raw": "domain", "Name raw": "name", "Path raw": "path", "Content raw": "value", "Expires raw": "expires",
}  # fmt: skip
_QUICK_FLAGS: Final = {"Send for raw": "secure", "HTTP only raw": "httpOnly", "This domain only raw": "hostOnly"}


@frozen
class Export:
    """What a file held."""

    cookies: tuple[Cookie, ...] = ()
    faults: tuple[str, ...] = ()
    """What was left out: where, and why, in words that show nothing of it."""


class _OddError(ValueError):
    """A line or an item that is no cookie; its text says why."""


def read(data: bytes) -> Export:
    """Read a file; never raises. One odd line or item is left out and named, the others are taken."""
    if len(data) > MOST_BYTES:
        return Export(faults=(f"larger than {MOST_BYTES // 1024 // 1024} MB",))
    text = _decoded(data)
    cookies: list[Cookie] = []
    faults: list[str] = []
    for where, make in _items(text):
        try:
            made = make()
            if not cookie.is_sound(made):
                raise _OddError("longer than any browser keeps, or with characters that no cookie may have")
            cookies.append(made)
        except _OddError as error:
            faults.append(f"{where}: {error}")
        if len(cookies) >= MOST:
            faults.append(f"only the first {MOST:,} cookies are read")
            break
    return Export(tuple({each.key: each for each in cookies}.values()), tuple(faults))


def is_export(name: str, data: bytes) -> bool:
    """Tell whether a file is one of cookies, whatever it is called; one that is only called so must hold no links."""
    text = _decoded(data[:MOST_BYTES])
    if _TITLE.match(text) or any(_is_row(line) for line in text.splitlines()):
        return True
    if (rows := _json_rows(text)) is not None:
        return any(_has_cookie_keys(row) for row in rows)
    return name.casefold().startswith("cookie") and "://" not in text and bool(text.strip())


def seconds_of(given: Any) -> int | None:
    """Read an expiry: seconds or milliseconds since 1970, Chromium's microseconds since 1601, or a date.

    0, less than that and nothing mean none. Raises ValueError for what is no time.
    """
    if isinstance(given, str) and not re.fullmatch(r"[+-]?\d*\.?\d*(e\+?\d+)?", given, re.IGNORECASE):
        return _date(given)
    try:
        seconds = float(given or 0)
    except (TypeError, ValueError, OverflowError):
        raise _OddError("its expiry is no time") from None
    if not 0 < seconds < float("inf"):
        return None
    if seconds >= _SINCE_1601:
        return min(int(seconds / 1e6 - _UP_TO_1970), FAR)
    return min(int(seconds / 1000 if seconds >= _MILLISECONDS else seconds), FAR)


def _date(text: str) -> int:
    try:
        when = datetime.fromisoformat(text)
        return max(int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()), 0)
    except (ValueError, OverflowError):
        pass
    found = cookie.date(text)
    if found is None:
        raise _OddError("its expiry is no time")
    return found


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _items(text: str) -> Iterator[tuple[str, Callable[[], Cookie]]]:
    """Yield where each cookie stands, and what reads it."""
    rows = _json_rows(text)
    if rows is not None:
        for number, row in enumerate(rows, start=1):
            yield f"cookie {number}", partial(_from_json, row)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped and (not stripped.startswith("#") or stripped.lower().startswith(_HTTP_ONLY)):
            yield f"line {number}", partial(_from_line, line)


def _from_line(line: str) -> Cookie:
    http_only = line.lstrip().lower().startswith(_HTTP_ONLY)
    fields = _fields(line.lstrip()[len(_HTTP_ONLY) :] if http_only else line)
    if len(fields) < 6:
        raise _OddError(f"{len(fields)} fields where a cookie has 7")
    domain, wide, path, secure, expires, name, *value = fields
    return Cookie(
        name=_letters(name),
        value=_letters(value[0] if value else ""),
        domain=_domain(domain),
        path=path.strip() if path.strip().startswith("/") else "/",
        expires=seconds_of(expires.strip()),
        secure=_flag(secure, "secure"),
        http_only=http_only,
        host_only=not (_flag(wide, "sub-domains") or domain.strip().startswith(".")),
    )


def _fields(line: str) -> list[str]:
    line = line.rstrip("\r\n")
    fields = line.split("\t", 6)
    # Some editors turn the tabs into blanks; no field but the last can hold one.
    return fields if len(fields) >= 6 else line.split(None, 6)


def _is_row(line: str) -> bool:
    """Tell whether a line can be nothing else than a cookie."""
    fields = line.split("\t")
    return len(fields) >= 6 and fields[1].lower() in {"true", "false"} and fields[3].lower() in {"true", "false"}


def _json_rows(text: str) -> list[Any] | None:
    """Return the items of a JSON export: a list, or an object that holds it; None where it is no JSON."""
    if text.lstrip()[:1] not in {"[", "{"}:
        return None
    try:
        data = json_text.read(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(data, dict):
        data = data.get("cookies", [data])
    return [_spelled(row) for row in data] if isinstance(data, list) else None


def _spelled(row: Any) -> Any:
    """Return an item by the usual names where it is one of Cookie Quick Manager, which writes each value as a text."""
    if not isinstance(row, dict) or not isinstance(row.get("Host raw"), str):
        return row
    flags = {name: row.get(key) == "true" for key, name in _QUICK_FLAGS.items()}
    texts = {name: row[key] for key, name in _QUICK_TEXTS.items() if key in row}
    return texts | flags


def _has_cookie_keys(row: Any) -> bool:
    return isinstance(row, dict) and "name" in row and "value" in row and ("domain" in row or "host" in row)


def _from_json(row: Any) -> Cookie:
    if not _has_cookie_keys(row):
        raise _OddError('it has no "name", "value" and "domain"')
    domain = row.get("domain", row.get("host"))
    texts = (domain, row["name"], row["value"])
    if not all(isinstance(each, str) for each in texts):
        raise _OddError('"name", "value" and "domain" must be texts')
    path = row.get("path")
    times = [row[key] for key in ("expirationDate", "expires", "expiry") if row.get(key) is not None]
    return Cookie(
        name=_letters(row["name"]),
        value=_letters(row["value"]),
        domain=_domain(domain),
        path=path if isinstance(path, str) and path.startswith("/") else "/",
        expires=None if row.get("session") is True or not times else seconds_of(times[0]),
        secure=row.get("secure") is True,
        http_only=row.get("httpOnly") is True,
        host_only=bool(row.get("hostOnly", not domain.startswith("."))),
    )


def _letters(text: str) -> str:
    """Return a text as headers carry it: a letter for each byte of its UTF-8."""
    return text.strip("\r\n").encode("utf-8", "replace").decode("latin-1")


def _domain(text: str) -> str:
    host = text.strip().removeprefix("https://").removeprefix("http://").strip("/.")
    if host.count(":") == 1:
        host = host.partition(":")[0]  # cookies know no ports
    if not _HOST.fullmatch(host):
        raise _OddError("its first field is no domain")
    return cookie.plain_host(host)


def _flag(text: str, what: str) -> bool:
    found = _FLAGS.get(text.strip().lower())
    if found is None:
        raise _OddError(f"TRUE or FALSE is missing where it says {what}")
    return found
