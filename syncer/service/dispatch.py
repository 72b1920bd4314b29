"""Which job runs next: lane by lane, those who wait in turn, and only when pace and connections allow a request now.

Here, because claiming a job and booking its request are one step. What runs is known in this memory alone; a crash leaves
every job waiting in the store. The service's loop and its workers call it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from syncer.clock import Clock
from syncer.fetch.contexts import contexts, pages
from syncer.fetch.ledger import Ledger
from syncer.service.identity import HERE
from syncer.service.lanes import Lane, counts
from syncer.store import claims
from syncer.store.claims import Look
from syncer.store.database import Database
from syncer.store.flags import NOTHING_HELD, Held
from syncer.store.jobs import Job
from syncer.store.rests import NOTHING_RESTS, Resting

log = logging.getLogger(__name__)

MANY = 100
"""So many are looked at in one go where the first one's own rules hold it."""
AHEAD = 16
"""So many files may be looked at and delivered while as many requests as are allowed run already."""
FOLLOWING = 7
"""So many files of the same turn are looked up in one go with the first."""
STORE_REST = 60.0
"""Seconds that everything waits when the store cannot be used."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A bandwidth context by whose rule requests wait now."""

    context: str
    name: str
    """What a person calls it."""
    until: float
    """In seconds since 1970."""
    why: str


@dataclass(slots=True)
class _Limits:
    all: int = 15
    per_domain: int = 3


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
    _allowance: int | None = None
    """So many files that are not of threads may begin; None = any number."""
    _running: dict[int, Job] = field(default_factory=dict)
    _asking: set[int] = field(default_factory=set)
    """Those of them whose request still runs."""
    _busy: Counter[str] = field(default_factory=Counter)
    """Requests that run, by registered domain."""
    _lanes: dict[str, Lane] = field(default_factory=dict)
    _turn: dict[str, None] = field(default_factory=dict)
    """Lanes where jobs wait, the one that was served longest ago first: what several share (a domain's pace, say) goes round."""
    _stale: bool = True
    _served: int = 0
    """So many requests have begun that need what lanes share besides the pace."""
    ended: int = 0
    """So many jobs do not run any more: who sees none run knows by it whether there was one when it last asked for the next."""
    _held_until: float = 0.0
    _held_why: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look_again(self) -> None:
        """Note that there may be new jobs."""
        self._stale = True

    def set_limits(self, everything: int, per_domain: int) -> None:
        """Set how many requests may run at once, in all and per domain; lanes that wait ask again, since their pace may be new."""
        with self._lock:
            self.limits = _Limits(everything, per_domain)
            for lane in self._lanes.values():
                lane.forget()

    def set_paused(self, held: Held) -> None:
        """Hand out nothing of what is held from now on; what runs already comes to its end."""
        with self._lock:
            self.paused = held
            self._stale = True

    def set_allowance(self, files: int | None) -> None:
        """Let so many files begin that are not of threads, from now on; None = any number."""
        with self._lock:
            if self._allowance == 0 and files != 0:
                self._stale = True
            self._allowance = files

    @property
    def is_used_up(self) -> bool:
        """Tell whether no more files may begin that are not of threads."""
        return self._allowance == 0

    def files_running(self) -> int:
        """Return how many files run that are not of threads."""
        with self._lock:
            return sum(map(counts, self._running.values()))

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
            if self.paused.everything or self._is_busy():
                return None
            if self._held_until > self.clock.monotonic():
                return None
            if self._stale:
                self._read_lanes()
            for lane in tuple(self._turn):
                job = self._take_from(lane)
                if job is not None:
                    self._turn[job.lane] = self._turn.pop(job.lane)
                    return job
            return None

    def _read_lanes(self) -> None:
        self._stale = False
        with self.db.read() as tx:
            found = claims.lanes(tx)
        for name, gates in found.items():
            self._lane(name).look_again(gates)
        kept = [lane for lane in self._turn if lane in found]
        self._turn = dict.fromkeys((*kept, *found))

    def _lane(self, name: str) -> Lane:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane(name)
        return lane

    def _take_from(self, name: str) -> Job | None:
        lane, now = self._lane(name), self.clock.monotonic()
        if not self._is_ready(lane, now):
            return None
        lane.let_go(now)
        if (ahead := self._ahead(lane)) is not None:
            return ahead
        most = 1
        while found := self._candidates(lane, most):
            for job in found:
                if (begun := self._owed(lane, job, now) or self._begin(lane, job, now)) is not None:
                    self._look_ahead(lane, begun, found)
                    return begun
                if lane.is_held:
                    return None
            most = MANY
        if not lane.rest() and not any(job.lane == name for job in self._running.values()):
            del self._turn[name]
        return None

    def _owed(self, lane: Lane, job: Job, now: float) -> Job | None:
        """Claim in place of a job the one of another lane that has waited longer for what they share besides the pace.

        Lanes go by who was served last with anything: who has files besides would else never be the first at the gate of pages.
        """
        share = lane.share(job, scarce=self._allowance is not None)
        for other in self._waiting_longer(lane, job, share) if share in lane.served else ():
            if not self._is_ready(other, now):
                continue
            other.let_go(now)
            for each in self._candidates(other, MANY):
                if each.priority <= job.priority and other.share(each, scarce=self._allowance is not None) == share:
                    if (begun := self._begin(other, each, now)) is not None:
                        return begun
                    if other.is_held or other.is_blocked(share):
                        break
        return None

    def _waiting_longer(self, lane: Lane, job: Job, share: str) -> list[Lane]:
        """Return the lanes that had their last of a share before `lane`; a gate of pages is that of one domain."""
        lanes = [each for each in map(self._lane, self._turn) if not job.gate or each.group == lane.group]
        longest_first = sorted(lanes, key=lambda each: each.served.get(share, 0))
        return longest_first[: longest_first.index(lane)]

    def _begin(self, lane: Lane, job: Job, now: float) -> Job | None:
        """Claim a job if its request may start, else note what keeps it from that."""
        wait = self.ledger.start(self.contexts_of(job))
        if wait is None:
            return self._claimed(lane, job)
        lane.note(job, wait, now)
        return None

    def _claimed(self, lane: Lane, job: Job) -> Job:
        (lane.crowded if self._allowance == 0 else lane.turns).served(job.gate, job.priority, job.turn)
        if share := lane.share(job, scarce=self._allowance is not None):
            self._served += 1
            lane.served[share] = self._served
        self._running[job.id] = job
        self._asking.add(job.id)
        if self._allowance and counts(job):
            self._allowance -= 1
        self._busy[lane.group] += 1
        return job

    def _ahead(self, lane: Lane) -> Job | None:
        """Claim what was found to come next, if it may still be run; else everything is looked at anew."""
        if self._allowance == 0:
            lane.ahead.clear()
        if not lane.ahead:
            return None
        job = lane.ahead.popleft()
        with self.db.read() as tx:
            waits = claims.is_waiting(tx, job.id)
        if waits and self.ledger.start(self.contexts_of(job)) is None:
            return self._claimed(lane, job)
        lane.ahead.clear()
        return None

    def _look_ahead(self, lane: Lane, job: Job, found: list[Job]) -> None:
        """Note what comes after a job, where all that waits as urgently in its lane is of its own turn."""
        if (
            job.kind == "file"
            and job.lane == lane.name
            and all(each.turn == job.turn for each in found if each.priority <= job.priority)
        ):
            with self.db.read() as tx:
                lane.ahead.extend(claims.following(tx, job, self._look(lane), FOLLOWING))

    def _look(self, lane: Lane) -> Look:
        running = [job.id for job in self._running.values() if job.lane == lane.name]
        held = replace(self.paused, crowded=self._allowance == 0)
        return Look(running, self.only, held, self.resting, lane.blocked())

    def _candidates(self, lane: Lane, most: int) -> list[Job]:
        with self.db.read() as tx:
            turns = lane.crowded if self._allowance == 0 else lane.turns
            return claims.candidates(tx, lane.name, lane.gates_open(), turns, self._look(lane), most)

    def contexts_of(self, job: Job) -> tuple[str, ...]:
        """Return the bandwidth contexts that a job's requests and bytes are booked in."""
        if job.lane == HERE:
            return ()
        url = f"http://{job.lane}/"
        own = (job.context,) if job.context else ()
        return contexts(url, (*own, pages(job.gate, url)) if job.gate else own)

    def hold(self, seconds: float, why: str) -> None:
        """Hand out nothing for so many seconds."""
        with self._lock:
            self._held_until = self.clock.monotonic() + seconds
            self._held_why = why

    def fetched(self, job: Job) -> None:
        """Note that a claimed job needs its connection no more: another may be claimed while its file is delivered."""
        with self._lock:
            self._let_go(job)

    def _let_go(self, job: Job) -> None:
        if job.id in self._asking:
            self._asking.remove(job.id)
            self._busy[self._lane(job.lane).group] -= 1

    def done(self, job: Job, *, settled: bool) -> None:
        """Note that a claimed job does not run any more; a page may have queued others, an unsettled job itself."""
        with self._lock:
            self._running.pop(job.id, None)
            self._let_go(job)
            self.ended += 1
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

    def needs_nobody(self, before: float) -> bool:
        """Tell whether those who run will take all that comes free `before` a time on the monotonic clock."""
        if not self._running or self._allowance == 0:
            return False
        rest = self.rest()
        return rest is None or self.clock.monotonic() + rest >= before

    def _waiting_lanes(self) -> list[Lane]:
        """Return the lanes that time alone keeps from a request, or kept until a moment ago."""
        if self.paused.everything or self._is_busy():
            return []
        free = (self._lanes[name] for name in self._turn if name in self._lanes)
        return [lane for lane in free if lane.free_at > 0 and not self._is_full(lane)]

    def _is_busy(self) -> bool:
        return len(self._asking) >= self.limits.all or len(self._running) >= self.limits.all + AHEAD

    def _is_ready(self, lane: Lane, now: float) -> bool:
        return lane.free_at <= now and not self._is_full(lane)

    def _is_full(self, lane: Lane) -> bool:
        return self._busy[lane.group] >= self.limits.per_domain

    def running(self) -> list[Job]:
        """Return the jobs that run now."""
        with self._lock:
            return list(self._running.values())

    def waiting(self) -> list[Waiting]:
        """Return by whose rules requests wait now, those that free first before the others."""
        with self._lock:
            now, wall = self.clock.monotonic(), self.clock.now()
            lanes = [self._lanes[name] for name in self._turn if name in self._lanes]
            holds = {hold.context: hold for lane in lanes for hold in lane.holds(now)}
            found = sorted(holds.values(), key=lambda hold: hold.frees)
            return [Waiting(hold.context, hold.name, wall + hold.frees - now, hold.why) for hold in found]
