"""Reads the times that other programs write: seconds, ISO 8601, mail dates, days; without a zone they are UTC.

Both programs say so of the times that they make (gallery-dl's `date`, yt-dlp's `upload_date`). Pure; the readers beside it
import it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from syncer.handover.mapping import values

FIRST: Final = 315_532_800
"""1980: what is earlier is no time of a post but a mark for "not known"."""
LAST: Final = 4_102_444_800
"""2100."""
_MILLISECONDS: Final = 10**11
_DAY: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMBER: Final = re.compile(r"\d{1,16}(?:\.\d{1,9})?")
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")
_LONGEST: Final = 60
_FORMS: Final = ("%a %b %d %H:%M:%S %z %Y", "%Y:%m:%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d")
"""Forms beside ISO 8601 and mail dates: those of Twitter and old boorus, of cameras, and days with slashes."""


def seconds(value: object) -> int | None:
    """Return a time in seconds since 1970, None where the value tells none or an impossible one."""
    try:
        found = _number(value) if isinstance(value, int | float) else _text(values.line(value))
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
    return found if found is not None and FIRST <= found < LAST else None


def _number(value: float) -> int | None:
    if not values.is_number(value):
        return None
    return int(value / 1000) if value >= _MILLISECONDS else int(value)


def _text(text: str) -> int | None:
    if not text or len(text) > _LONGEST:
        return None
    if day := _DAY.fullmatch(text):
        return int(datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=UTC).timestamp())
    if _NUMBER.fullmatch(text):
        return _number(float(text))
    return _written(text)


def _written(text: str) -> int:
    """Read a date in words. Raises ValueError."""
    from email.utils import parsedate_to_datetime

    try:
        return _at(datetime.fromisoformat(_FRACTION.sub(r"\1", text)))
    except ValueError:
        pass
    for form in _FORMS:
        try:
            return _at(datetime.strptime(text, form))  # noqa: DTZ007 - the zone is set below
        except ValueError:
            continue
    return _at(parsedate_to_datetime(text))


def _at(moment: datetime) -> int:
    return int((moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp())
