"""What the clock on the wall does to follows: quiet hours begin and end, and a clock that was set is noticed.

Here, because both are seen by looking at the time and not by a job. The loop asks once a turn; belongs to its thread.
"""

from __future__ import annotations

import logging
import math
from dataclasses import replace

from syncer.fetch.ledger import LONGEST_PAUSE
from syncer.follow import plan
from syncer.follow.calendar import next_change, quiet_until
from syncer.service import timing_of
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import follows, rests, usage
from syncer.store.database import Named, Transaction
from syncer.store.rests import Resting

log = logging.getLogger(__name__)


class Daytime:
    """Keeps dispatch and follows in step with the clock on the wall."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._ahead: float | None = None
        """How far the wall clock is ahead of the one that no one sets."""
        self._until = -math.inf
        self._snapshot: Snapshot | None = None

    def turn(self) -> float:
        """Do what the time of day asks for; return the seconds until it asks for something else."""
        now = self._runtime.clock.now()
        ahead = now - self._runtime.clock.monotonic()
        was_set = self._ahead is None or abs(ahead - self._ahead) > plan.CLOCK_SLACK
        if was_set:
            self._ahead = ahead
            self._set_right()
        if was_set or now >= self._until or self._snapshot is not self._runtime.snapshot:
            self._keep_quiet(now)
        return self._until - now

    def _keep_quiet(self, now: float) -> None:
        """Let the follows of those sites rest whose quiet hours it is."""
        snapshot = self._snapshot = self._runtime.snapshot
        checks, sites = snapshot.config.checks, snapshot.config.sites
        own = {name: timing_of.hours(snapshot, name) for name, each in sites.items() if each.quiet is not None}
        general = replace(timing_of.hours(snapshot, ""), quiet=checks.quiet)
        everybody = quiet_until(general, now) is not None
        others = tuple(name for name, hours in own.items() if (quiet_until(hours, now) is not None) is not everybody)
        self._runtime.dispatch.set_resting(Resting(everybody, others))
        self._until = min(next_change(hours, now) for hours in (general, *own.values()))

    def _set_right(self) -> None:
        """Mend times in the store that a wrong clock has made: nothing waits a year because the clock was wrong once."""
        now = self._runtime.clock.now()
        with self._runtime.db.read() as tx:
            odd = follows.timed_oddly(tx, plan.CLOCK_SLACK, _longest)
            paused = usage.is_paused_beyond(tx, now + LONGEST_PAUSE + plan.CLOCK_SLACK)
            if not odd and not paused and not rests.beyond(tx, now + rests.LONGEST):
                return
        with self._runtime.db.write(Named.PUT_OFF) as tx:
            for follow in odd:
                hours = timing_of.hours(self._runtime.snapshot, follow.site)
                before, check = timing_of.state(follow), timing_of.rules(follow.settings)
                after = plan.set_right(before, follow.id, timing_of.log_of(tx, follow), check, now, hours)
                follows.set_state(tx, timing_of.with_state(follow, after))
                if follow.walk is not None:
                    rests.bring_forward(tx, follow.walk, after.next_check)
            freed = rests.end_beyond(tx, now + rests.LONGEST)
            if paused:
                self._write_pauses(tx)
        self._runtime.dispatch.look_again()
        log.info("the clock was set: %d follows and %d jobs have their times anew", len(odd), freed)

    def _write_pauses(self, tx: Transaction) -> None:
        """Write the pauses as the ledger has them, none of which is longer than they may be: else they began anew with each start."""
        usage.end_pauses(tx)
        for row in self._runtime.ledger.pauses():
            usage.set_pause(tx, row.context, row.until, row.why)


def _longest(settings: str) -> float:
    return plan.longest(timing_of.rules(settings))
