"""When a follow is looked at again, and when it is dead: velocity and the next check, by hydrus's formula.

Pure arithmetic over the times of a follow's files, so that a year can be tried in a moment; no clock, no store.
Imported by this floor and by service; what only delays a check (jitter, quiet hours) does not belong here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from syncer.config.settings import CheckTiming
from syncer.frozen import frozen

DAY = 86_400
_SHORTEST_SPAN = 30
"""A file without a time of its own counts as this many seconds older than its find; spans are never shorter."""
_LONGEST_KEPT = 6 * 60 * DAY
"""How far back the log of a follow that never dies, or is checked at fixed intervals, is kept at most."""


@frozen
class Velocity:
    """New files per time: `files` of the log lie in the last `span` seconds before the check."""

    files: int
    span: int

    def __str__(self) -> str:
        """Say it in words: `3 files in 2 days`."""
        return f"{self.files} file{'' if self.files == 1 else 's'} in {in_words(self.span)}"


@frozen
class Timed:
    """What follows from a check: when to look again, whether the follow is dead, and why."""

    next_check: int
    dead: bool
    velocity: Velocity
    why: str


def file_time(source_time: int | None, created: int) -> int:
    """Return the time that a file counts with: the site's own, else when we found it less 30 seconds."""
    return created - _SHORTEST_SPAN if source_time is None else source_time


def velocity(times: Sequence[int], timing: CheckTiming, last_check: int) -> Velocity:
    """Return the velocity at the check of `last_check`, from the times (see `file_time`) of the follow's files."""
    since = last_check - timing.dead_period
    files = sum(1 for time in times if time >= since)
    span = min(max(last_check - min(times), _SHORTEST_SPAN), timing.dead_period) if times else timing.dead_period
    return Velocity(files, span)


def next_check(times: Sequence[int], timing: CheckTiming, last_check: int, now: float) -> int:
    """Return when to check again, in seconds since 1970; 0 is at once (never checked, nothing known)."""
    return _next(times, timing, last_check, now)[0]


def is_dead(times: Sequence[int], timing: CheckTiming, last_check: int) -> bool:
    """Tell whether too few files came for this follow to be worth a check; never before its first one."""
    if not times and not last_check:
        return False
    found = velocity(times, timing, last_check)
    return found.files * timing.dead_period < timing.dead_files * found.span


def decide(times: Sequence[int], timing: CheckTiming, last_check: int, now: float) -> Timed:
    """Return the next check, death and the reason, after a check at `last_check` (seconds since 1970)."""
    due, why = _next(times, timing, last_check, now)
    found = velocity(times, timing, last_check)
    dead = is_dead(times, timing, last_check)
    if dead:
        least = f"{timing.dead_files} in {in_words(timing.dead_period)}"
        why = f"{found}, fewer than {least}: dead"
    return Timed(due, dead, found, why)


def kept_period(timing: CheckTiming) -> int:
    """Return for how many seconds back a follow's log of files is kept (hydrus's rule; the newest few stay anyway)."""
    period = timing.dead_period
    fixed = timing.fastest == timing.slowest
    if fixed:
        period = min(period, 5 * timing.fastest)
    if fixed or not timing.dead_files:
        period = min(period, _LONGEST_KEPT)
    return period


_UNITS = ((DAY, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def in_words(seconds: float) -> str:
    """Say a span of time in its largest whole unit that is at least two, or one exactly: `36 hours`, `1 day`."""
    whole = max(round(seconds), 0)
    for size, name in _UNITS:
        if whole == size or whole >= 2 * size:
            count = whole // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{whole} seconds"


def _next(times: Sequence[int], timing: CheckTiming, last: int, now: float) -> tuple[int, str]:
    if not times and not last:
        return 0, "never checked yet"
    if times and timing.fastest == timing.slowest:
        return _fixed(timing.fastest, last, now), f"fixed: every {in_words(timing.fastest)}"
    found = velocity(times, timing, last)
    if not found.files:
        # An empty log is counted from now: a check that found nothing is not made up for after a long sleep.
        start = last if times else int(now)
        return start + timing.slowest, f"{found}: as seldom as allowed, every {in_words(timing.slowest)}"
    return _by_velocity(found, max(times), timing, last)


def _fixed(interval: int, last: int, now: float) -> int:
    interval = max(interval, 1)
    due = last + interval
    # Checks that were missed are left out, down to the last one: one is made up for, not all of them.
    missed = max(math.ceil((now - due - interval) / interval), 0)
    return due + missed * interval


def _by_velocity(found: Velocity, latest: int, timing: CheckTiming, last: int) -> tuple[int, str]:
    ideal = timing.intended * (found.span // found.files)
    # A follow that has been quiet for long is not asked often for a burst that is over.
    fastest = max(timing.fastest, 0.25 * max(last - latest, _SHORTEST_SPAN))
    wait = int(min(max(fastest, ideal), timing.slowest))
    return last + wait, f"{found}: about {timing.intended} new in {in_words(ideal)}, so every {in_words(wait)}"
