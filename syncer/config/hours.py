"""Times of day in words: "day at 06:00", "monday, friday at 18:30", "6 hours"; "23:00-07:00" for quiet; names of zones.

Reading and writing them is pure; what they mean on a given date is `follow.calendar`. Everybody above may import it.
"""

from __future__ import annotations

import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syncer.config import units
from syncer.config.settings import DAY, NEVER_QUIET, Every, Quiet

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MAX_EVERY: Final = 3650 * DAY

_AT: Final = re.compile(r"(?:(?:every|each)\s+)?(.+?)\s+at\s+(.+)", re.IGNORECASE)
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", re.ASCII)
_RANGE: Final = re.compile(r"(.+?)\s*(?:-|–|\bto\b)\s*(.+)")
_CURE: Final = 'write "day at 06:00", "monday at 18:30" or "6 hours"'


def every(text: str) -> Every:
    """Read fixed check times: a distance, or a time of day on every or some days. Raises ValueError with the cure."""
    if found := _AT.fullmatch(text.strip()):
        return Every(days=_days(found[1], text), minute=_minute(found[2], text))
    if text.strip().lower() in ("day", "hour", "week"):
        text = f"1 {text.strip()}"
    try:
        seconds = units.whole_seconds(text)
    except ValueError as error:
        raise ValueError(f"{error}; {_CURE}") from None
    if not 1 <= seconds <= MAX_EVERY:
        raise ValueError(f'"{text}" is out of bounds: from "1 second" to "{units.write_duration(MAX_EVERY)}"')
    return Every(seconds=seconds)


def write_every(given: Every) -> str:
    """Write fixed check times so that `every` reads the same."""
    if not given.days:
        return units.write_duration(given.seconds)
    days = "day" if len(given.days) == len(WEEKDAYS) else ", ".join(WEEKDAYS[day] for day in given.days)
    return f"{days} at {clock_time(given.minute)}"


def quiet(text: str) -> Quiet:
    """Read quiet hours, "23:00-07:00" or "never". Raises ValueError with the cure."""
    if text.strip().lower() == "never":
        return NEVER_QUIET
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" cannot be read; write "23:00-07:00" or "never"')
    begin, end = _minute(found[1], text), _minute(found[2], text)
    if begin == end:
        raise ValueError(f'"{text}" begins when it ends; to check nothing at all, pause the follows')
    return Quiet(begin, end)


def write_quiet(given: Quiet) -> str:
    """Write quiet hours so that `quiet` reads the same."""
    return "never" if given == NEVER_QUIET else f"{clock_time(given.begin)}-{clock_time(given.end)}"


def zone(text: str) -> str:
    """Return the name of a time zone that this machine knows; raises ValueError with the cure."""
    name = text.strip()
    if not is_zone(name):
        raise ValueError(f'"{text}" is no time zone known here; write a name like "Europe/Berlin" or "UTC"')
    return name


def is_zone(name: str) -> bool:
    """Tell whether this machine knows a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def clock_time(minute: int) -> str:
    """Write a minute of the day: `06:00`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(words: str, text: str) -> tuple[int, ...]:
    if words.strip().lower() in ("day", "days"):
        return tuple(range(len(WEEKDAYS)))
    names = [name for name in re.split(r"[,\s]+|\band\b", words.lower()) if name]
    found = {_weekday(name) for name in names}
    if not names or None in found:
        raise ValueError(f'"{text}" cannot be read: "{words}" is no day; {_CURE}')
    return tuple(sorted(day for day in found if day is not None))


def _weekday(name: str) -> int | None:
    """Return the day that a word of at least three letters begins: `mon`, `monday`, `mondays`."""
    short = name.removesuffix("s") if len(name) > 4 else name
    fitting = [number for number, day in enumerate(WEEKDAYS) if len(short) >= 3 and day.startswith(short)]
    return fitting[0] if len(fitting) == 1 else None


def _minute(words: str, text: str) -> int:
    found = _TIME.fullmatch(words.strip())
    if found is None:
        raise ValueError(f'"{text}" cannot be read: "{words.strip()}" is no time of day; write it like "06:00"')
    return int(found[1]) * 60 + int(found[2])
