"""The loop: wakes what is due, begins checks, takes in dropped files, hands jobs to workers, and waits through the clock.

Here, because "what is next" is answered in one place. `app` builds it; the command line runs it.
"""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from syncer.intake.watch import FolderWatch
from syncer.service import check_job, gap_job, pause_job, refetch_job
from syncer.service.adopt_job import Adopting
from syncer.service.clockwork import Clockwork
from syncer.service.crowd import Crowd
from syncer.service.daytime import Daytime
from syncer.service.dispatch import STORE_REST
from syncer.service.growing import Growing
from syncer.service.hooks import Hooks
from syncer.service.housekeeping import flush
from syncer.service.inbox_job import InboxJob
from syncer.service.known_job import KnownPlaces
from syncer.service.reload import Reload
from syncer.service.runtime import Runtime
from syncer.service.workers import Workers
from syncer.store import follows, jobs
from syncer.store.database import Named, is_away

log = logging.getLogger(__name__)

LONGEST_REST = 30.0
ONCE_PATIENCE = 60.0
"""`run --once` waits for what comes due within so many seconds, and leaves the rest to the next run."""
GRACE = 4.0
"""Seconds that running jobs get to end by themselves after a stop is asked for."""


@dataclass(slots=True)
class Loop:
    """One runner's loop; every method but `wake`, `soon` and `stop` belongs to the thread that runs it."""

    runtime: Runtime
    workers: Workers
    inbox: InboxJob | None = None
    checks: bool = True
    """Begin the checks of follows that are due."""
    clockwork: Clockwork | None = None
    watch: FolderWatch | None = None
    reload: Reload | None = None
    hooks: Hooks | None = None
    known: KnownPlaces | None = None
    """What the person has already is read before the first checks."""
    growing: Growing | None = None
    """Delivered files get what later posts tell of them."""
    adopting: Adopting | None = None
    """What other programs put into folders is taken in."""
    closers: list[Callable[[], None]] = field(default_factory=list)
    """Called when the loop ends, before its jobs are waited for."""
    condition: threading.Condition = field(default_factory=threading.Condition)
    _daytime: Daytime = field(init=False)
    _crowd: Crowd = field(init=False)
    _soon: deque[Callable[[], None]] = field(default_factory=deque)
    _stopping: bool = False
    _until: float = math.inf
    """When it looks again by itself, on the monotonic clock; while it looks, that is not known."""
    _noted: bool = False
    _ended: int = 0
    """How many jobs had ended when it last asked for the next."""

    def __post_init__(self) -> None:
        """Look at the time of day from the first turn on."""
        self._daytime = Daytime(self.runtime)
        self._crowd = Crowd(self.runtime)

    def wake(self) -> None:
        """Let the loop look at once what there is to do; any thread may call this."""
        with self.condition:
            self._noted = True
            self.condition.notify_all()

    def look_up(self) -> None:
        """Let the loop look where a thread that has found nothing to do leaves it something; any thread may call this."""
        # A look costs as much as half a file: one after each file is too many.
        if not self.runtime.dispatch.needs_nobody(self._until):
            self.wake()

    def soon(self, work: Callable[[], None]) -> None:
        """Have `work` done at the next turn, in the loop's thread; any thread and a signal handler may call this."""
        self._soon.append(work)
        self.wake()

    def stop(self) -> None:
        """Ask the loop to end; a signal handler may call this."""
        self._stopping = True
        self.wake()

    @property
    def stopping(self) -> bool:
        """Tell whether a stop was asked for."""
        return self._stopping

    def turn(self) -> float:
        """Do all that can be done now; return the seconds until more can be."""
        self._until = math.inf
        try:
            return self._turn()
        except sqlite3.Error as error:
            if not is_away(error):
                raise
            # A full disk, or another program that holds the file: nothing is lost, and it goes on by itself.
            log.error("the store cannot be used: %s; everything waits for a minute", error)
            self.runtime.dispatch.hold(STORE_REST, f"the store cannot be used: {error}")
            return STORE_REST

    def _turn(self) -> float:
        while self._soon:
            self._soon.popleft()()
        if self.clockwork is not None:
            self.clockwork.tick()
        rests = [self._daytime.turn()] if self.checks else []
        rests.append(self._crowd.turn())
        rests += [pause_job.end_due(self.runtime), self._wake_jobs(), self._begin_checks(), self._take_in()]
        self._ended = self.runtime.dispatch.ended
        while not self._stopping and (job := self.runtime.dispatch.take()) is not None:
            self.workers.start(job)
        if self.runtime.dispatch.is_used_up:
            rests.append(self._crowd.turn())
            # What was skipped did not come: others may in its place.
            rests += [] if self.runtime.dispatch.is_used_up else [0.0]
        rests += [each.turn() for each in (self.growing, self.adopting) if each is not None]
        rests.append(refetch_job.feed(self.runtime))
        lane_rest = self.runtime.dispatch.rest()
        rests.append(LONGEST_REST if lane_rest is None else lane_rest)
        return max(0.0, min(rests))

    def _wake_jobs(self) -> float:
        now = self.runtime.clock.now()
        with self.runtime.db.read() as tx:
            due = jobs.next_wake(tx)
        if due is None:
            return LONGEST_REST
        if due > now:
            return due - now
        with self.runtime.db.write(Named.PUT_OFF) as tx:
            jobs.wake(tx)
        self.runtime.dispatch.look_again()
        return 0.0

    def _begin_checks(self) -> float:
        if not self.checks:
            return LONGEST_REST
        if self.known is not None and self.known.first():
            self.known.turn()
            if self.known.first():
                return LONGEST_REST
        gap_job.begin_open(self.runtime)
        now = self.runtime.clock.now()
        with self.runtime.db.read() as tx:
            due = follows.next_due(tx)
        if due is None:
            return LONGEST_REST
        if due > now:
            return due - now
        check_job.begin_due(self.runtime)
        return 0.0

    def _take_in(self) -> float:
        if self.inbox is None:
            return LONGEST_REST
        return self.inbox.turn()

    def run(self) -> None:
        """Run until a stop is asked for."""
        while not self._stopping:
            self._rest(self.turn())

    def run_until(self, finished: Callable[[], bool], patience: float = ONCE_PATIENCE) -> None:
        """Run until `finished`, or until nothing is left that comes due within `patience` seconds."""
        while not self._stopping and not finished():
            rest = self.turn()
            if finished() or (rest > 0 and self._is_idle(patience)):
                break
            self._rest(rest)
        if self.inbox is not None:
            # What failed last is written beside what was dropped now, not at the next start.
            self.inbox.close_finished()
        if self.adopting is not None:
            self.adopting.finish()
        if self.growing is not None:
            self.growing.finish(lambda: self._stopping)
        if self.hooks is not None:
            self.hooks.finish(lambda: self._stopping)

    def _is_idle(self, patience: float) -> bool:
        """Tell whether no job runs and none can start within `patience` seconds."""
        if self.runtime.dispatch.running() or self._noted or self._reads():
            return False
        if self.runtime.dispatch.ended != self._ended:
            # One has ended since, and its thread is about to go on with what it has queued.
            return False
        now = self.runtime.clock.now()
        with self.runtime.db.read() as tx:
            times = [jobs.next_wake(tx), follows.next_due(tx) if self.checks else None]
            if refetch_job.is_hungry(tx):
                return False
        rests = [at - now for at in times if at is not None]
        if (lane_rest := self.runtime.dispatch.rest()) is not None:
            rests.append(lane_rest)
        if self.inbox is not None and (inbox_rest := self.inbox.unsettled_rest()) is not None:
            rests.append(inbox_rest)
        if self.adopting is not None and (settles := self.adopting.unsettled_rest()) is not None:
            rests.append(settles)
        return all(rest > patience for rest in rests)

    def _reads(self) -> bool:
        """Tell whether files are read apart from the jobs, from which more to do can come."""
        busy = any(each is not None and each.is_busy for each in (self.growing, self.adopting))
        return busy or (self.known is not None and self.known.is_reading)

    def _rest(self, seconds: float) -> None:
        if self.clockwork is not None:
            seconds = min(seconds, self.clockwork.rest())
        with self.condition:
            if not self._noted and not self._stopping and seconds > 0:
                self._until = self.runtime.clock.monotonic() + seconds
                self.runtime.clock.wait(self.condition, seconds)
            self._noted = False

    def close(self) -> None:
        """End what runs within 10 seconds: first by itself, then by cutting its connections; put counters to rest."""
        self._stopping = True
        if self.adopting is not None:
            self.adopting.close()
        for closer in self.closers:
            closer()
        if not self.workers.stop(GRACE):
            self.runtime.client.abort()
            if not self.workers.stop(GRACE):
                log.warning("some jobs did not end in time; they are done again at the next start")
        try:
            flush(self.runtime, last=True)
        except sqlite3.Error as error:
            log.warning("the counters could not be written: %s", error)
