"""What follows for a catalogue of threads from a look at it: when it is looked at next. It never dies.

Pure. Imported by service, which takes the threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncer.config import hours as words
from syncer.config.settings import CheckTiming
from syncer.follow.calendar import ALWAYS, Hours
from syncer.follow.plan import plan
from syncer.follow.state import Change, FollowState, Trouble, TroubleKind, clear_faults, count_fault
from syncer.follow.stops import Stop
from syncer.follow.timing import in_words

LOGIN_DELAY = 300
RETRY_DELAY = 3600
"""Seconds until a catalogue is looked at again that could not be read, where it is not looked at more seldom anyway."""


def after_check(
    state: FollowState,
    outcome: Stop | Trouble,
    *,
    now: float,
    timing: CheckTiming,
    log: Sequence[int] = (),
    hours: Hours = ALWAYS,
) -> Change:
    """Return what follows from a look that ended with `outcome` at `now` (seconds since 1970); `log` does not count.

    A catalogue that is gone is a fault like others: boards come back, and only a person ends what a person has begun.
    """
    timed = plan(state, log, timing, now, hours)
    if isinstance(outcome, Stop) and not outcome.fault:
        why = timed.why if timing.every is None else f"looked at: {words.write_every(timing.every)}"
        after = replace(state, last_check=int(now), next_check=timed.next_check, first_done=True, why=why)
        return clear_faults(after)
    if isinstance(outcome, Trouble) and outcome.kind is TroubleKind.LOGIN:
        at, why = int(now) + LOGIN_DELAY, outcome.why
    else:
        at = max(timed.next_check, int(now) + RETRY_DELAY)
        why = outcome.words if isinstance(outcome, Stop) else outcome.why
    return count_fault(replace(state, next_check=at), f"{why}; looked at again in {in_words(at - now)}")
