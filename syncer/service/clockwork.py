"""The housekeeping that comes round by itself: each job wrapped, so that one that fails never stops the others.

Here, because `schedule` runs nothing after a job that raised. Due times of follows are not kept here but in the store.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import schedule

from syncer.clock import Clock

log = logging.getLogger(__name__)


CLOCK_STEP = 1.0
"""Seconds by which the wall clock must have gone back to count as set back."""


class Clockwork:
    """Runs functions every so many seconds, from the thread that calls `tick`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._scheduler = schedule.Scheduler()
        self._chores: list[tuple[int, str, Callable[[], object]]] = []
        self._failing: set[str] = set()
        self._ahead = self._offset()

    def every(self, seconds: int, name: str, work: Callable[[], object]) -> None:
        """Run `work` every `seconds` (at least 1)."""
        self._chores.append((max(1, seconds), name, work))
        self._plan(*self._chores[-1])

    def _plan(self, seconds: int, name: str, work: Callable[[], object]) -> None:
        self._scheduler.every(seconds).seconds.do(self._run, name, work)

    def _run(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # one broken chore must not stop the others
            if name not in self._failing:
                log.error("%s: %s; it is tried again and again", name, error)
            log.debug("the chore %r failed", name, exc_info=True)
            self._failing.add(name)
        else:
            self._failing.discard(name)

    def tick(self) -> None:
        """Run what is due."""
        ahead = self._offset()
        if ahead < self._ahead - CLOCK_STEP:
            # `schedule` goes by the wall clock: set back by a year, nothing would be due for a year.
            self._scheduler.clear()
            for chore in self._chores:
                self._plan(*chore)
        self._ahead = ahead
        self._scheduler.run_pending()

    def rest(self) -> float:
        """Return the seconds until something is due."""
        idle = self._scheduler.idle_seconds
        return 30.0 if idle is None else min(max(idle, 0.0), 30.0)

    def _offset(self) -> float:
        return self._clock.now() - self._clock.monotonic()
