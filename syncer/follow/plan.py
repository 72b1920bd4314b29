"""What comes on top of the formula: fixed times, jitter, quiet hours, and a clock that was wrong. It only delays.

Pure. `plan` stands where a check has ended, `delayed` gives the time that is stored, `hold` asks once more when that time
has come, `set_right` mends times that only a wrong clock can have made. Imported by this floor and by service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from syncer.config import hours as words
from syncer.config.settings import CheckTiming
from syncer.follow import timing as formula
from syncer.follow.calendar import Hours, next_time, quiet_until
from syncer.follow.state import ASKED, FollowState, Status
from syncer.follow.timing import DAY, Timed
from syncer.frozen import frozen

JITTER_SHARE = 0.05
JITTER_MOST = 600
"""Seconds over which follows are spread that would else come due together: 5 % of the wait, at most ten minutes."""
LATE_SHARE = 0.05
"""A check that comes later than planned by this share of the death period is no proof of death: we were not looking."""
CLOCK_SLACK = 60
"""Seconds by which a clock may be set back without anything being odd."""
LONGEST_RETRY = 36 * 3600
_ALLOWANCE = 2 * DAY
"""Jitter and quiet hours never add more than this."""


@frozen
class Hold:
    """A check that is due but may not begin: until when, and why."""

    until: int
    why: str


def in_force(timing: CheckTiming) -> CheckTiming:
    """Return the figures that the formula is to use: a fixed distance is its fastest and its slowest."""
    if timing.every is None or timing.every.days:
        return timing
    return replace(timing, fastest=timing.every.seconds, slowest=timing.every.seconds)


def plan(state: FollowState, log: Sequence[int], timing: CheckTiming, now: float, hours: Hours) -> Timed:
    """Return next check, death and reason after a check of `state` at `now`; `log` holds the times of all files."""
    timed = formula.decide(log, in_force(timing), int(now), now)
    if timing.every is not None and timing.every.days:
        # The clock may have been set back a little since this check was due: it is not done twice.
        served = min(state.next_check, int(now) + LATE_FIXED)
        at = next_time(timing.every, max(now, served), hours.zone)
        why = timed.why if timed.dead else f"fixed: {words.write_every(timing.every)}"
        timed = replace(timed, next_check=at, why=why)
    if timed.dead and _is_late(state, timing, now):
        late = formula.in_words(now - state.next_check)
        least = f"{timing.dead_files} in {formula.in_words(timing.dead_period)}"
        why = f"{timed.velocity}, fewer than {least}, but it was checked {late} late: it gets one more check"
        return replace(timed, dead=False, why=why)
    return timed


def again(delay: float, state: FollowState, log: Sequence[int], timing: CheckTiming, now: float, hours: Hours) -> int:
    """Return when a check that did not work is made again: after `delay` seconds, or sooner by the person's own `every`."""
    later = int(now + delay)
    return later if timing.every is None else min(later, plan(state, log, timing, now, hours).next_check)


LATE_FIXED = 3600
"""Seconds by which a clock can be set back without a fixed time being done twice."""


def _is_late(state: FollowState, timing: CheckTiming, now: float) -> bool:
    return bool(state.last_check and state.next_check) and now - state.next_check > timing.dead_period * LATE_SHARE


def delayed(state: FollowState, who: str, now: float, hours: Hours) -> FollowState:
    """Return the state with jitter and quiet hours added to its next check; `who` is the follow's identity."""
    wait = state.next_check - now
    if state.status is not Status.ALIVE or wait <= 0:
        return state
    at = state.next_check + jitter(who, wait)
    end = quiet_until(hours, at)
    if end is None:
        return replace(state, next_check=at)
    return replace(state, next_check=end + jitter(who, wait), why=f"{state.why}; {_rests(hours)}")


def jitter(who: str, wait: float) -> int:
    """Return the seconds that a follow waits longer than others with the same wait; always the same for one follow."""
    share = int.from_bytes(blake2b(who.encode(), digest_size=8).digest()) / 2**64
    return int(share * min(wait * JITTER_SHARE, JITTER_MOST))


def hold(state: FollowState, who: str, timing: CheckTiming, now: float, hours: Hours) -> Hold | None:
    """Return why a check that is due may not begin now, None if it may."""
    end = quiet_until(hours, now)
    if end is not None:
        return Hold(end + jitter(who, end - now), _rests(hours))
    if _is_asked(state) or state.faults or not state.last_check or state.last_check > now:
        return None
    earliest = _earliest(state, timing, hours)
    if now >= earliest:
        return None
    return Hold(earliest, f"the clock was set; checked {formula.in_words(now - state.last_check)} ago")


def _earliest(state: FollowState, timing: CheckTiming, hours: Hours) -> int:
    """Return the first moment at which the rules allow a check after the last one."""
    if timing.every is not None and timing.every.days:
        return next_time(timing.every, state.last_check, hours.zone)
    return state.last_check + in_force(timing).fastest


def longest(timing: CheckTiming) -> int:
    """Return the seconds that no wait of a follow can exceed, whatever happened at its check."""
    slowest = 8 * DAY if timing.every is not None and timing.every.days else in_force(timing).slowest
    return max(slowest, LONGEST_RETRY) + _ALLOWANCE


def is_odd(state: FollowState, timing: CheckTiming, now: float) -> bool:
    """Tell whether only a clock that was wrong, now or then, can have made a follow's times."""
    if state.last_check > now + CLOCK_SLACK:
        return True
    if state.status is not Status.ALIVE:
        return False
    return 0 < state.next_check < state.last_check or state.next_check > now + longest(timing)


def set_right(
    state: FollowState, who: str, log: Sequence[int], timing: CheckTiming, now: float, hours: Hours
) -> FollowState:
    """Return a state with odd times (`is_odd`) as one whose next check is planned from what is certain.

    The last check stays as it is noted: if the clock is wrong only now, it is right again when the clock is. What died while
    the clock was ahead lives again, and what then proves to be dead by its last check is dead again without another.
    """
    if not state.last_check:
        return replace(state, next_check=min(state.next_check, int(now) + LONGEST_RETRY))
    base = min(state.last_check, int(now))
    timed = plan(replace(state, next_check=0), log, timing, base, hours)
    status = Status.DEAD if timed.dead else Status.ALIVE
    why = timed.why if timed.dead else f"{timed.why}; the clock was set"
    planned = delayed(replace(state, status=status, next_check=timed.next_check, why=why), who, base, hours)
    # While the clock is wrong, each start may only bring the check nearer, or it would never come.
    lost = state.next_check < state.last_check <= now
    changed = lost or status is not state.status or planned.next_check < state.next_check
    return planned if changed else state


def _is_asked(state: FollowState) -> bool:
    """Tell whether a person asked for the check: then it may come sooner than the rules allow."""
    return not state.next_check or state.why == ASKED


def _rests(hours: Hours) -> str:
    return f"quiet hours {words.write_quiet(hours.quiet)}"
