"""What follows for a query from a sync that ended, or that did not: next check, death, first sync done.

Pure; the walk itself is in `walk`. Imported by service. The rules are hydrus's, apart from what its notes leave to luck:
a fault never counts as "nothing new", so that a site that changed cannot kill a query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from syncer.config.settings import CheckTiming
from syncer.follow.calendar import ALWAYS, Hours
from syncer.follow.plan import again, in_force, plan
from syncer.follow.state import Change, FollowState, Status, Trouble, TroubleKind, clear_faults, count_fault
from syncer.follow.stops import UNTRUE, Reason, Stop
from syncer.follow.timing import in_words

DELAYS: Mapping[TroubleKind, int] = MappingProxyType(
    {
        TroubleKind.NETWORK: 12 * 3600,
        TroubleKind.LOGIN: 300,
        TroubleKind.UNREADABLE: 36 * 3600,
        TroubleKind.OTHER: 36 * 3600,
    }
)
"""Seconds until a sync that was broken off is tried again, at most (hydrus: network 12 h, login 300 s, all else 36 h)."""


def after_sync(
    state: FollowState,
    outcome: Stop | Trouble,
    *,
    now: float,
    timing: CheckTiming,
    log: Sequence[int],
    hours: Hours = ALWAYS,
) -> Change:
    """Return what follows from a sync that ended with `outcome` at `now` (seconds since 1970).

    `log`: times of all files of the query (`timing.file_time`), those of this sync included. After trouble the walk
    is kept by the caller and resumed, and the last check stays what it was.
    """
    if isinstance(outcome, Trouble):
        return _broken_off(state, outcome, now, timing, log, hours)
    if outcome.reason in (Reason.EMPTY, *UNTRUE):
        return _put_off(state, Trouble(TroubleKind.UNREADABLE, outcome.words), now, timing, log, hours)
    if outcome.reason is Reason.GONE:
        return _gone(state, outcome.words, now, timing, log, hours)
    return _ended(state, outcome, now, timing, log, hours)


def _broken_off(
    state: FollowState, trouble: Trouble, now: float, timing: CheckTiming, log: Sequence[int], hours: Hours
) -> Change:
    if trouble.kind is TroubleKind.GONE:
        return _gone(state, trouble.why, now, timing, log, hours)
    return _put_off(state, trouble, now, timing, log, hours)


def _put_off(
    state: FollowState, trouble: Trouble, now: float, timing: CheckTiming, log: Sequence[int], hours: Hours
) -> Change:
    at = again(DELAYS[trouble.kind], state, log, timing, now, hours)
    why = f"{trouble.why}; tried again in {in_words(at - now)}"
    return count_fault(replace(state, next_check=at), why)


def _gone(state: FollowState, why: str, now: float, timing: CheckTiming, log: Sequence[int], hours: Hours) -> Change:
    """Take "not there" for a sync that found nothing: a query that never brought anything is dead, others have time."""
    timed = plan(state, log, timing, now, hours)
    after = replace(state, last_check=int(now), next_check=timed.next_check, why=f"{why}; {timed.why}")
    if timed.dead:
        return _die(after, f"{why}; {timed.why}", never_found=not log)
    return count_fault(after, f"{why}; {timed.why}")


def _ended(state: FollowState, stop: Stop, now: float, timing: CheckTiming, log: Sequence[int], hours: Hours) -> Change:
    timed = plan(state, log, timing, now, hours)
    after = replace(state, last_check=int(now), next_check=timed.next_check, why=timed.why)
    if stop.fault:
        # A new try soon costs little; a query that is looked at in 90 days would hide the fault.
        retry = int(now) + max(DELAYS[TroubleKind.UNREADABLE], in_force(timing).fastest)
        return count_fault(replace(after, next_check=min(timed.next_check, retry)), stop.words)
    change = clear_faults(replace(after, first_done=True))
    return _die(change.state, timed.why, never_found=not log) if timed.dead else change


def _die(state: FollowState, why: str, *, never_found: bool) -> Change:
    notice = f"no longer checked: {why}"
    if never_found:
        notice = f"found nothing at all ({why}): is the query spelled as the site spells it?"
    return Change(replace(state, status=Status.DEAD, why=why), notice)
