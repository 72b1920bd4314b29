"""The queue as a state machine: random accepting, claiming, crashing, restarting and settling loses and doubles nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from syncer.clock import VirtualClock
from syncer.model import Origin
from syncer.store import claims, entries, jobs, known, settle
from syncer.store.claims import Look, Turns
from syncer.store.database import Database, Named
from syncer.store.entries import NewEntry
from syncer.store.jobs import Job, NewJob
from syncer.store.settle import Outcome

LANES = ("a.example", "b.example", "c.example")
OUTCOMES = ("delivered", "skipped", "gone", "failed", "known")


class Queue(RuleBasedStateMachine):
    """Compares the store with a model of plain dicts, over any number of crashes."""

    @initialize()
    def begin(self) -> None:
        """Start with an empty store."""
        self.folder = tempfile.TemporaryDirectory()
        self.clock = VirtualClock()
        self.db = Database.open(Path(self.folder.name), self.clock)
        self.running: dict[int, Job] = {}
        self.open_keys: dict[str, int] = {}
        self.wished: dict[int, set[str]] = {}
        self.settled: dict[str, str] = {}
        self.claims: dict[int, int] = {}

    @rule(
        numbers=st.lists(st.integers(0, 30), min_size=1, max_size=5), lane=st.sampled_from(LANES), fails=st.booleans()
    )
    def accept(self, numbers: list[int], lane: str, fails: bool) -> None:
        """Accept an entry with jobs in one transaction, which now and then is broken off and must leave nothing."""
        try:
            with self.db.write(Named.ACCEPT) as tx:
                entry = entries.add(tx, NewEntry("wish", Origin("url")))
                added = {}
                for number in dict.fromkeys(numbers):
                    url = f"https://{lane}/{number}"
                    new = NewJob("file", url, f"url:{url}", lane, f"entry:{entry}", Origin("url"))
                    added[f"url:{url}"] = jobs.add(tx, new)
                if fails:
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            return
        for key, (job, fresh) in added.items():
            assert fresh == (key not in self.open_keys), "one open job a URL key"
            self.open_keys[key] = job
            self.wished.setdefault(entry, set()).add(key)

    @rule(lane=st.sampled_from(LANES), after=st.sampled_from(("", "entry:1", "entry:2", "entry:3")))
    def claim(self, lane: str, after: str) -> None:
        """Claim a job: it must be open, of this lane, and not run already."""
        with self.db.read() as tx:
            running = [each.id for each in self.running.values() if each.lane == lane]
            turns = Turns()
            turns.served("", jobs.NORMAL, after)
            found = claims.candidates(tx, lane, ("",), turns, Look(running))
        for job in found:
            assert job.lane == lane
            assert self.open_keys[job.key] == job.id
            assert job.id not in self.running
            self.running[job.id] = job

    @precondition(lambda self: self.running)
    @rule(data=st.data(), outcome=st.sampled_from(OUTCOMES))
    def finish(self, data: st.DataObject, outcome: str) -> None:
        """Settle a running job; a second time must change nothing."""
        job = self.running.pop(data.draw(st.sampled_from(sorted(self.running))))
        for expected in (True, False):
            with self.db.write(Named.SETTLE) as tx:
                assert settle.job(tx, job.id, Outcome(outcome)) is expected
        del self.open_keys[job.key]
        if self.settled.get(job.key) != "delivered" and not (outcome == "known" and job.key in self.settled):
            self.settled[job.key] = outcome
        for keys in self.wished.values():
            keys.discard(job.key)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), wait=st.integers(1, 100))
    def put_off(self, data: st.DataObject, wait: int) -> None:
        """Let a running job rest."""
        job = self.running.pop(data.draw(st.sampled_from(sorted(self.running))))
        with self.db.write(Named.PUT_OFF) as tx:
            jobs.put_off(tx, job.id, until=tx.now + wait, cause="timeout", why="", advice="", counts=True)

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds: int) -> None:
        """Let time pass and wake what is due."""
        self.clock.advance(seconds)
        with self.db.write(Named.PUT_OFF) as tx:
            jobs.wake(tx)

    @rule()
    def crash(self) -> None:
        """Die and start again: whatever ran is simply waiting."""
        self.db.close()
        self.running.clear()
        self.db = Database.open(Path(self.folder.name), self.clock)

    @invariant()
    def nothing_lost_or_doubled(self) -> None:
        """Every wish is open exactly as long as one of its jobs is, and what settled is known as that."""
        with self.db.read() as tx:
            assert sum(jobs.counts(tx).values()) == len(self.open_keys)
            for entry, keys in self.wished.items():
                found = entries.get(tx, entry)
                assert found is not None
                assert (found.state == "open") == bool(keys), f"entry {entry}"
            for key, outcome in self.settled.items():
                there = known.find(tx, (key,))
                assert there is not None
                assert there.outcome == outcome

    def teardown(self) -> None:
        """Everything that is open can still be claimed and settled to the last."""
        if not hasattr(self, "db"):
            return
        self.clock.advance(1000)
        with self.db.write(Named.PUT_OFF) as tx:
            jobs.wake(tx)
            while lanes := claims.lanes(tx):
                lane, gates = next(iter(lanes.items()))
                (job,) = claims.candidates(tx, lane, gates, Turns())
                settle.job(tx, job.id, Outcome("delivered"))
            assert jobs.counts(tx) == {}
            assert tx.value("SELECT count(*) FROM entries WHERE state = 'open'") == 0
            assert tx.value("SELECT count(*) FROM tallies WHERE open <> 0") == 0
        self.db.close()
        self.folder.cleanup()


TestQueue = Queue.TestCase
TestQueue.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)
