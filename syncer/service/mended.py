"""Jobs that wait for a site file to be mended: they rest in the queue, and go on by themselves once it is.

Here, because a URL of such a site is neither a file nor unknown: only nobody can read it now. Page jobs call it, and what puts a config
in force.
"""

from __future__ import annotations

from typing import Final

from syncer.service.events import Event
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import jobs, queue
from syncer.store.database import Named, Transaction
from syncer.store.jobs import Job

CAUSE: Final = "site file"
LOOK: Final = 6 * 3600.0
"""Seconds after which a job looks again by itself."""


def waits(runtime: Runtime, snapshot: Snapshot, job: Job) -> bool:
    """Tell whether a job's URL belongs to a site whose file is broken; if so, let it rest."""
    problem = snapshot.library.held(job.url)
    if problem is None:
        return False
    why = f"its site file is broken: {problem}"
    advice = f"Mend it (`syncer sites test {problem.file.stem}` names its mistakes); it goes on by itself then"
    with runtime.db.write(Named.PUT_OFF) as tx:
        jobs.rest(tx, job.id, until=tx.now + LOOK, cause=CAUSE, why=why, advice=advice)
    runtime.tell(Event("waits", job.url, f"{why}. {advice}"))
    return True


def wake(tx: Transaction) -> None:
    """Let all of them look again: site files were read anew."""
    for row in queue.resting(tx, cause=CAUSE):
        jobs.wake_one(tx, row["id"])
