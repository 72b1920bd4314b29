"""A file that lies on this machine already: copied and hashed instead of fetched, and what follows where that cannot be.

Here, because it takes the place of the client for the file jobs of adopted folders, which import it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from syncer.deliver import disk
from syncer.fetch.client import Answer
from syncer.fetch.failure import FetchError
from syncer.fetch.judge import Outcome as Judged
from syncer.fetch.judge import judge
from syncer.intake import adopt_scan
from syncer.intake.adopt_scan import UnreadableError
from syncer.service import failures, identity
from syncer.service.runtime import Runtime
from syncer.store import adopted, jobs, known
from syncer.store.adopted import Adopted
from syncer.store.database import Named
from syncer.store.jobs import Job
from syncer.store.settle import Outcome
from syncer.sums import BLOCK, Sums

_MANY: Final = 99
"""Tries after which nothing is tried again: what lies here does not get better by looking at it."""
REST: Final = 300.0
"""Seconds until a file is tried again that cannot be read or still changes."""
VANISHED: Final = Outcome("gone", "it was taken away before it could be read", "vanished")
MEND: Final = "Look at it where it lies; when it is another file there, it is read again"


def copy(runtime: Runtime, job: Job, part: Path) -> Answer | bool:
    """Copy a job's file into its part and say what came; a truth value where there is none: whether the job is settled.

    Raises DiskError where the part cannot be written, FetchError (aborted) where syncer ends.
    """
    with runtime.db.read() as tx:
        found = adopted.of_key(tx, job.key)
    if found is None:
        return _vanished(runtime, job)
    try:
        with adopt_scan.opened(found.place) as source:
            before = adopt_scan.who(os.fstat(source))
            if before != found.who:
                _note(runtime, found, job, before)
                return _rests(runtime, job, "it changed since it was looked at")
            _note(runtime, found, job, before)
            answer = _copied(runtime, job, source, part)
            if adopt_scan.who(os.fstat(source)) != before:
                return _rests(runtime, job, "it changed while it was read")
            return answer
    except (FileNotFoundError, NotADirectoryError):
        return _vanished(runtime, job)
    except (OSError, UnreadableError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        return _rests(runtime, job, f"it cannot be read: {words or error}", "Give syncer's user the right to read it")


def _copied(runtime: Runtime, job: Job, source: int, part: Path) -> Answer:
    found = Sums()
    with disk.errors(part):
        target = part.open("wb")
    try:
        while block := os.read(source, BLOCK):
            runtime.client.check()
            found.take(block)
            with disk.errors(part):
                target.write(block)
        with disk.errors(part):
            target.flush()
    finally:
        # What could not be written is tried once more here: that is no fault of what is read.
        with disk.errors(part):
            target.close()
    return Answer(job.url, 200, {}, size=found.size, sha256=found.sha256, md5=found.md5, length_known=True)


def _note(runtime: Runtime, found: Adopted, job: Job, who: adopted.Who) -> None:
    if (found.job, found.who) != (job.id, who):
        with runtime.db.write(Named.PUT_OFF) as tx:
            adopted.taken_by(tx, found.id, job.id, who)


def _rests(runtime: Runtime, job: Job, why: str, advice: str = "") -> bool:
    with runtime.db.write(Named.PUT_OFF) as tx:
        jobs.rest(tx, job.id, until=tx.now + REST, cause="adopt", why=why, advice=advice)
    return False


def _vanished(runtime: Runtime, job: Job) -> bool:
    """Give up a file that lies there no more; who else wants it has it fetched from its site."""
    with runtime.db.read() as tx:
        others = any(not source.startswith("adopt:") for source, _ in jobs.wishes(tx, job.id))
    if others and job.media is not None and job.media.url:
        with runtime.db.write(Named.PUT_OFF) as tx:
            jobs.elsewhere(tx, job.id, identity.lane(job.media.url))
        return False
    return failures.give_up(runtime, job, VANISHED)


@dataclass(slots=True)
class Settled:
    """Whether a job is settled."""

    settled: bool = False


@contextmanager
def judged(runtime: Runtime, job: Job) -> Iterator[Settled]:
    """Give up a file that turns out in the block not to be what it is to be: it stays where it lies. Else note its URL as known."""
    found = Settled()
    try:
        yield found
    except FetchError as error:
        found.settled = _untrue(runtime, job, error)
        return
    url = job.media.url if job.media is not None else ""
    if found.settled and url and not job.key.startswith("url:"):
        with runtime.db.write(Named.FLUSH) as tx:
            known.add_new(tx, [(identity.url_key(url), "delivered", "adopted")])


def _untrue(runtime: Runtime, job: Job, error: FetchError) -> bool:
    judgement = judge(error.failure, _MANY, runtime.clock.now())
    name = "gone" if judgement.outcome is Judged.GONE else "failed"
    why = error.failure.detail or judgement.why
    return failures.give_up(runtime, job, Outcome(name, why, str(error.failure.kind), MEND))
