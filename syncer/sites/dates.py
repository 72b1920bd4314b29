"""Times in site files: a format by name or by strptime gives seconds since 1970.

Here because a guess at a date's format is wrong too often (facts: "3:04 PM" read as 03:04); the site file names it.
Pure; imported by steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, tzinfo

from syncer.sites import effort

_NUMBER = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]+)?\Z")
_MOST_DIGITS = 16
_WRITTEN_OUT = frozenset({8, 12, 14})
"""Digits of a day, with minutes, with seconds: as a number of anything each is of before 1980 or after 2200."""
_FIRST_YEAR, _LAST_YEAR = 1980, 2100
_UNITS = ((10**14, 10**6), (10**11, 10**3))
"""From which number on it counts parts of a second, and how many of them make one: as seconds it would be of the year 5138 or later."""
_LONG_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")

Reader = Callable[[str], int]
"""Gives seconds since 1970; raises ValueError or OverflowError for a text that is no such time."""


def reader(form: str, zone: str | None) -> Reader:
    """Make the reader for a `date` step; raises ValueError when form or zone are not known."""
    place = _zone(zone)
    if "%" in form:
        return lambda text: _seconds(datetime.strptime(text.strip(), form), place)  # noqa: DTZ007 - zone set below
    if form not in _READERS:
        raise ValueError(f"date = {form!r} is not known; use {', '.join(_READERS)} or a format like %Y-%m-%d")
    read = _READERS[form]
    return lambda text: read(text.strip(), place)


def automatic(text: str) -> int:
    """Read a time that comes as a bare number, as ISO 8601 or as in mail headers."""
    stripped = text.strip()
    if stripped.isascii() and stripped.isdigit() and len(stripped) <= _MOST_DIGITS:
        return _bare(stripped)
    if _NUMBER.match(stripped):
        return int(float(stripped))
    try:
        return _iso(stripped, UTC)
    except ValueError:
        return _rfc822(stripped, UTC)


def _bare(digits: str) -> int:
    """Read a number as what it can be of a post: seconds, or what would be no time of one as seconds: a day, milliseconds, microseconds.

    20210428 is a day of 2021, and as seconds one of 1970.
    """
    if len(digits) in _WRITTEN_OUT and _FIRST_YEAR <= int(digits[:4]) < _LAST_YEAR:
        with suppress(ValueError):
            return _seconds(datetime.fromisoformat(f"{digits[:8]}T{digits[8:] or '00'}"), UTC)
    value = int(digits)
    return next((value // unit for least, unit in _UNITS if value >= least), value)


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"zone = {name!r} is not a time zone; use a name like Europe/Berlin") from error


def _seconds(moment: datetime, zone: tzinfo) -> int:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return int(aware.timestamp())


def _iso(text: str, zone: tzinfo) -> int:
    plain = _LONG_FRACTION.sub(r"\1", text) if "." in text else text
    return _seconds(datetime.fromisoformat(plain), zone)


def _rfc822(text: str, zone: tzinfo) -> int:
    from email.utils import parsedate_to_datetime

    if re.search(r"[0-9]\s*[AaPp][Mm]\b", text):
        raise ValueError(f"{text!r} has AM or PM, which mail dates have not")
    return _seconds(parsedate_to_datetime(text), zone)


def _unix(text: str, zone: tzinfo) -> int:  # noqa: ARG001 - seconds have no zone, but all readers are called alike
    if not _NUMBER.match(text):
        raise ValueError(f"{text!r} is not a number of seconds")
    return int(float(text))


def _unix_ms(text: str, zone: tzinfo) -> int:
    return _unix(text, zone) // 1000


def _loose(text: str, zone: tzinfo) -> int:
    import dateparser

    effort.check()
    moment = dateparser.parse(text, languages=["en"])
    if moment is None:
        raise ValueError(f"{text!r} is not a date that dateparser knows")
    return _seconds(moment, zone)


_READERS: dict[str, Callable[[str, tzinfo], int]] = {
    "iso": _iso,
    "rfc822": _rfc822,
    "unix": _unix,
    "unix_ms": _unix_ms,
    "loose": _loose,
}
