"""The housekeeping that comes round by itself: each job wrapped, so that one that fails never stops the others.

Here, because `schedule` runs nothing after a job that raised. Due times of follows are not kept here but in the store.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import schedule

log = logging.getLogger(__name__)


class Clockwork:
    """Runs functions every so many seconds, from the thread that calls `tick`."""

    def __init__(self) -> None:
        self._scheduler = schedule.Scheduler()

    def every(self, seconds: int, name: str, work: Callable[[], None]) -> None:
        """Run `work` every `seconds` (at least 1)."""
        self._scheduler.every(max(1, seconds)).seconds.do(self._run, name, work)

    @staticmethod
    def _run(name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # one broken chore must not stop the others
            log.exception("the chore %r failed; it is tried again when its time comes", name)

    def tick(self) -> None:
        """Run what is due."""
        self._scheduler.run_pending()

    def rest(self) -> float:
        """Return the seconds until something is due."""
        idle = self._scheduler.idle_seconds
        return 30.0 if idle is None else min(max(idle, 0.0), 30.0)
