"""The threads that run jobs; each takes its next job itself as long as there is one.

Here, because waiting must never hold a worker: a thread that finds nothing to do goes to rest until it is given a job.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Protocol

from syncer.clock import Clock
from syncer.service.landing import Landing
from syncer.store.jobs import Job
from syncer.together import Steps, alone

log = logging.getLogger(__name__)

SPARE = 4
"""So many threads more than requests may run at once, for files that are looked at meanwhile."""
SMALL = 1 << 20
"""Bytes up to which a file is looked at in a moment."""
NEAR = 0.01
"""Seconds in which servers of one's own net answer. Beside those a small file is looked at sooner than another thread begins, and two
threads that have enough to do only take turns; farther ones let the connection idle meanwhile."""

Run = Callable[[Job], Steps]
"""Does a job; where it waits for the disk, others go on."""
TakeNext = Callable[[], Job | None]


class Workers(Protocol):
    """Something that runs claimed jobs."""

    def start(self, job: Job) -> None:
        """Run a claimed job, and then whatever can be claimed after it."""

    def stop(self, timeout: float) -> bool:
        """Take no more jobs and wait for those that run, at most `timeout` seconds; False when some still run."""


class InlineWorkers:
    """Runs each job at once in the caller's thread: for tests on a virtual clock."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def start(self, job: Job) -> None:
        """Run a claimed job to its end."""
        alone(self._run(job))

    def stop(self, timeout: float) -> bool:
        """Nothing can be running."""
        del timeout
        return True


class ThreadWorkers:
    """Runs jobs in threads, which are started when they are first needed: up to as many as `number` says at that time."""

    def __init__(
        self,
        number: Callable[[], int],
        run: Run,
        take_next: TakeNext,
        clock: Clock,
        *,
        more: Callable[[], None],
        at_rest: Callable[[], None],
    ) -> None:
        """`more` is called when there may be more to do than was known, `at_rest` when a thread has found nothing to do."""
        self._clock = clock
        self._more = more
        self._at_rest = at_rest
        self._number = number
        self._run = run
        self._take_next = take_next
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._resting = 0
        self._handed = 0
        self._lock = threading.Lock()
        self._stopping = False
        self._landing = Landing(self._landed, clock)

    def start(self, job: Job) -> None:
        """Hand a claimed job to a resting thread, or to a new one."""
        with self._lock:
            self._handed += 1
            if self._handed > self._resting and len(self._threads) < self._number():
                self._add_thread()
        self._jobs.put(job)

    def spread(self) -> None:
        """Let another thread take the next job, where one is at rest or may still be added: this one has enough to do."""
        if not self._start_next():
            self._at_rest()

    def _start_next(self) -> bool:
        """Hand out one more job, if there is one and a thread for it; False where there is no job."""
        with self._lock:
            has_room = self._handed < self._resting or len(self._threads) < self._number()
        if not has_room or self._stopping:
            return True
        if (job := self._take_next()) is None:
            return False
        self.start(job)
        return True

    def _landed(self, settled: list[bool]) -> None:
        """Let more begin, now that files have come to their end."""
        if not all(settled):
            self._more()
        for _ in settled:
            if not self._start_next():
                break
        self._at_rest()

    def _add_thread(self) -> None:
        name = f"worker-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            # The system gives no more: those that are there do it all, and a claimed job must not be lost by that.
            if not self._threads:
                raise
            log.warning("no further thread for jobs: %s", error)
            return
        self._threads.append(thread)

    def _rest(self) -> Job | None:
        with self._lock:
            self._resting += 1
        job = self._jobs.get()
        with self._lock:
            self._resting -= 1
            self._handed -= job is not None
        return job

    def _work(self) -> None:
        while (job := self._rest()) is not None:
            while job is not None:
                if not self._begin(job):
                    # It may have queued more than this thread alone should do, or waits itself now.
                    self._more()
                job = None if self._stopping else self._take_next()
            self._at_rest()

    def _begin(self, job: Job) -> bool:
        """Do a job, or as far as it waits for the disk; False where there may be more to do than was known."""
        steps = self._run(job)
        try:
            wait = next(steps)
        except StopIteration as end:
            return bool(end.value) and job.kind == "file"
        self._landing.take(steps, wait)
        return True

    def stop(self, timeout: float) -> bool:
        """Take no more jobs and wait for those that run, at most `timeout` seconds; False when some still run."""
        self._stopping = True
        until = self._clock.monotonic() + timeout
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(max(0.0, until - self._clock.monotonic()))
        landed = self._landing.stop(until)
        return landed and not any(thread.is_alive() for thread in self._threads)
