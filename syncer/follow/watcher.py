"""What follows for a watcher from a look at its thread: next check, or the end as dead, 404 or archived.

Pure. Imported by service. Ending a watcher never touches files, neither queued nor delivered: threads lose posts, we do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncer.config.settings import CheckTiming
from syncer.follow.calendar import ALWAYS, Hours
from syncer.follow.plan import again, plan
from syncer.follow.state import Change, FollowState, Status, Trouble, TroubleKind, clear_faults, count_fault
from syncer.follow.stops import UNTRUE, Reason, Stop
from syncer.follow.timing import in_words

NETWORK_DELAY = 5400
"""Seconds until a thread is looked at again whose site could not be reached (hydrus)."""


def after_check(
    state: FollowState,
    outcome: Stop | Trouble,
    *,
    archived: bool = False,
    now: float,
    timing: CheckTiming,
    log: Sequence[int],
    hours: Hours = ALWAYS,
) -> Change:
    """Return what follows from a look at a thread that ended with `outcome` at `now` (seconds since 1970).

    `archived`: the page says that the thread is closed; that page was the last full pass, all of it was taken.
    `log`: times of all files of the thread (`timing.file_time`), those of this check included.
    """
    if isinstance(outcome, Stop) and outcome.reason in _AS_TROUBLE:
        outcome = Trouble(_AS_TROUBLE[outcome.reason], outcome.words)
    if isinstance(outcome, Trouble):
        return _trouble(state, outcome, now, timing, log, hours)
    timed = plan(state, log, timing, now, hours)
    change = clear_faults(
        replace(state, last_check=int(now), next_check=timed.next_check, first_done=True, why=timed.why)
    )
    if archived:
        return _end(change.state, Status.ARCHIVED, "the thread is archived: all of it was read a last time")
    if timed.dead:
        return _end(change.state, Status.DEAD, timed.why)
    return change


_AS_TROUBLE = {
    Reason.GONE: TroubleKind.GONE,
    **dict.fromkeys((Reason.EMPTY, *UNTRUE), TroubleKind.UNREADABLE),
}


def _trouble(
    state: FollowState, trouble: Trouble, now: float, timing: CheckTiming, log: Sequence[int], hours: Hours
) -> Change:
    if trouble.kind is TroubleKind.GONE:
        return _end(replace(state, last_check=int(now)), Status.GONE, f"the thread is gone: {trouble.why}")
    if trouble.kind is TroubleKind.UNREADABLE:
        timed = plan(state, log, timing, now, hours)
        checked = replace(state, last_check=int(now), next_check=timed.next_check)
        # A page that could not be read is no proof that nothing comes any more.
        following = f"looked at again in {in_words(timed.next_check - now)}" if timed.dead else timed.why
        return count_fault(checked, f"{trouble.why}; {following}")
    at = again(NETWORK_DELAY, state, log, timing, now, hours)
    return count_fault(replace(state, next_check=at), f"{trouble.why}; looked at again in {in_words(at - now)}")


def _end(state: FollowState, status: Status, why: str) -> Change:
    return Change(replace(state, status=status, why=why), f"no longer watched: {why}")
