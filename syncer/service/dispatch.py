"""Which job runs next: lane by lane, those who wait in turn, and only when pace and connections allow a request now.

Here, because claiming a job and booking its request are one step. What runs is known in this memory alone; a crash leaves
every job waiting in the store. The service's loop and its workers call it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass, field

from syncer.clock import Clock
from syncer.fetch.contexts import contexts
from syncer.fetch.ledger import Ledger
from syncer.store import jobs
from syncer.store.database import Database, Transaction
from syncer.store.flags import NOTHING_HELD, Held
from syncer.store.jobs import Job
from syncer.store.rests import NOTHING_RESTS, Resting

log = logging.getLogger(__name__)

LONGEST_REST = 3600.0
STORE_REST = 60.0
"""Seconds that everything waits when the store cannot be used."""


@dataclass(slots=True)
class _Lane:
    """What is remembered of one lane: whose turn was last, and when it may be asked again."""

    after: str = ""
    free_at: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a lane makes no request now, and when it may."""

    lane: str
    until: float
    why: str


@dataclass(slots=True)
class _Limits:
    all: int = 15
    per_lane: int = 3


@dataclass(slots=True)
class Dispatch:
    """Hands out jobs; safe to call from any thread."""

    db: Database
    clock: Clock
    ledger: Ledger
    only: Collection[str] | None = None
    """Just the jobs of these sources (`get` does not start the backlog)."""
    limits: _Limits = field(default_factory=_Limits)
    paused: Held = NOTHING_HELD
    """What commands have paused; set through `set_paused`."""
    resting: Resting = NOTHING_RESTS
    """Whose quiet hours it is; set through `set_resting`."""
    _running: dict[int, Job] = field(default_factory=dict)
    _busy: Counter[str] = field(default_factory=Counter)
    _lanes: dict[str, _Lane] = field(default_factory=dict)
    _turn: deque[str] = field(default_factory=deque)
    _stale: bool = True
    _held_until: float = 0.0
    _held_why: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look_again(self) -> None:
        """Note that there may be new jobs."""
        self._stale = True

    def set_limits(self, everything: int, per_lane: int) -> None:
        """Set how many requests may run at once, in all and per lane; lanes that wait ask again, since their pace may be new."""
        with self._lock:
            self.limits = _Limits(everything, per_lane)
            for lane in self._lanes.values():
                lane.free_at = 0.0

    def set_paused(self, held: Held) -> None:
        """Hand out nothing of what is held from now on; what runs already comes to its end."""
        with self._lock:
            self.paused = held
            self._stale = True

    def set_resting(self, resting: Resting) -> None:
        """Hand out no jobs of follows from now on whose quiet hours it is."""
        with self._lock:
            if self.resting != resting:
                self.resting = resting
                self._stale = True

    def take(self) -> Job | None:
        """Claim a job whose request may start now, and book that request; None when there is none."""
        try:
            return self._take()
        except sqlite3.Error as error:
            log.error("the store could not be read: %s; everything waits for a minute", error)
            self.hold(STORE_REST, f"the store cannot be read: {error}")
            return None

    def _take(self) -> Job | None:
        with self._lock:
            if self.paused.everything or len(self._running) >= self.limits.all:
                return None
            if self._held_until > self.clock.monotonic():
                return None
            if self._stale:
                self._read_lanes()
            for _ in range(len(self._turn)):
                lane = self._turn[0]
                self._turn.rotate(-1)
                job = self._take_from(lane)
                if job is not None:
                    return job
            return None

    def _read_lanes(self) -> None:
        self._stale = False
        with self.db.read() as tx:
            found = jobs.lanes(tx)
        known = set(self._turn)
        self._turn = deque(
            [lane for lane in self._turn if lane in found] + [each for each in found if each not in known]
        )

    def _take_from(self, name: str) -> Job | None:
        lane = self._lanes.setdefault(name, _Lane())
        now = self.clock.monotonic()
        if lane.free_at > now or self._is_full(name):
            return None
        with self.db.read() as tx:
            job = self._next(tx, name, lane)
        lane.free_at = 0.0
        if job is None:
            if not self._busy[name]:
                self._turn.remove(name)
            return None
        wait = self.ledger.start(self.contexts_of(job))
        if wait is not None:
            lane.free_at = now + min(wait.seconds, LONGEST_REST)
            lane.why = wait.why
            return None
        lane.after = job.turn
        self._running[job.id] = job
        self._busy[name] += 1
        return job

    def _next(self, tx: Transaction, name: str, lane: _Lane) -> Job | None:
        running = [job.id for job in self._running.values() if job.lane == name]
        return jobs.claim(tx, name, lane.after, running, self.only, self.paused, self.resting)

    def contexts_of(self, job: Job) -> tuple[str, ...]:
        """Return the bandwidth contexts that a job's requests and bytes are booked in."""
        return contexts(f"http://{job.lane}/")

    def hold(self, seconds: float, why: str) -> None:
        """Hand out nothing for so many seconds."""
        with self._lock:
            self._held_until = self.clock.monotonic() + seconds
            self._held_why = why

    def done(self, job: Job, *, settled: bool) -> None:
        """Note that a claimed job does not run any more; a page may have queued others, an unsettled job itself."""
        with self._lock:
            self._running.pop(job.id, None)
            self._busy[job.lane] -= 1
            if job.kind != "file" or not settled:
                self._stale = True

    def rest(self) -> float | None:
        """Return the seconds until a lane with waiting jobs becomes free; None when nothing waits for time alone."""
        with self._lock:
            now = self.clock.monotonic()
            if self._held_until > now:
                return self._held_until - now
            # A wait that has just passed counts, too: whoever asks must not take it for nothing left to do.
            rests = [max(0.0, lane.free_at - now) for lane in self._waiting_lanes()]
            return min(rests) if rests else None

    def _waiting_lanes(self) -> list[_Lane]:
        """Return the lanes that time alone keeps from a request, or kept until a moment ago."""
        if self.paused.everything or len(self._running) >= self.limits.all:
            return []
        free = (self._lanes[name] for name in self._turn if name in self._lanes and not self._is_full(name))
        return [lane for lane in free if lane.free_at > 0]

    def _is_full(self, name: str) -> bool:
        return self._busy[name] >= self.limits.per_lane

    def running(self) -> list[Job]:
        """Return the jobs that run now."""
        with self._lock:
            return list(self._running.values())

    def waiting(self) -> list[Waiting]:
        """Return the lanes that wait for time, with the reason."""
        with self._lock:
            now, wall = self.clock.monotonic(), self.clock.now()
            return [
                Waiting(name, wall + lane.free_at - now, lane.why)
                for name, lane in self._lanes.items()
                if lane.free_at > now and name in self._turn
            ]
