"""Times of day as moments: the next fixed check time, and quiet hours, also on the days when clocks change.

Pure. A time that a day does not have is read with the offset from before the leap, one that it has twice is its first
(RFC 5545 3.3.5), so that "02:30" comes once each day. Imported by this floor and by service.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from syncer.config.settings import NEVER_QUIET, Every, Quiet
from syncer.frozen import frozen


@frozen
class Hours:
    """What the clock on the wall has to say about a follow's checks."""

    quiet: Quiet = NEVER_QUIET
    zone: tzinfo | None = None
    """None = the machine's."""


ALWAYS = Hours()
"""No quiet hours."""


def zone_of(name: str) -> tzinfo | None:
    """Return a time zone by its name; "" is the machine's, None."""
    return ZoneInfo(name) if name else None


def next_time(every: Every, after: float, zone: tzinfo | None) -> int:
    """Return the first fixed time after `after`, in seconds since 1970; `every` names a time of day."""
    day = _day(after, zone) - timedelta(days=1)
    while True:
        if day.weekday() in every.days and (at := _moment(day, every.minute, zone)) > after:
            return math.ceil(at)
        day += timedelta(days=1)


def quiet_until(hours: Hours, now: float) -> int | None:
    """Return when the quiet hours end that `now` lies in, None when it lies in none."""
    if hours.quiet == NEVER_QUIET:
        return None
    today = _day(now, hours.zone)
    for day in (today - timedelta(days=1), today):
        begin, end = _span(hours, day)
        if begin <= now < end:
            return math.ceil(end)
    return None


def next_change(hours: Hours, now: float) -> float:
    """Return when quiet hours begin or end the next time after `now`; infinity where there are none."""
    if hours.quiet == NEVER_QUIET:
        return math.inf
    today = _day(now, hours.zone)
    edges = [edge for days in range(-1, 3) for edge in _span(hours, today + timedelta(days=days))]
    return min(edge for edge in edges if edge > now)


def _span(hours: Hours, day: date) -> tuple[float, float]:
    """Return beginning and end of the quiet hours that begin on `day`."""
    begin, end = hours.quiet.begin, hours.quiet.end
    last = day if end > begin else day + timedelta(days=1)
    return _moment(day, begin, hours.zone), _moment(last, end, hours.zone)


def _day(at: float, zone: tzinfo | None) -> date:
    """Return the date on the wall; without a zone `astimezone` asks the machine."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone).date()


def _moment(day: date, minute: int, zone: tzinfo | None) -> float:
    """Return when the clock on the wall shows a minute of a day the first time."""
    return datetime.combine(day, time(*divmod(minute, 60)), zone).timestamp()
