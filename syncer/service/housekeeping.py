"""The small chores of the running service: counters to the store, what runs now, old rows and idle connections.

Here, because they belong to no job. The loop's clockwork calls them.
"""

from __future__ import annotations

import os
from dataclasses import astuple

from syncer.fetch.usage import KEEP, KEEP_OTHERS
from syncer.service import cookie_job, parts, recover
from syncer.service.runtime import Runtime
from syncer.store import requests, usage
from syncer.store.database import Database, Named

KEEP_REQUESTS = 86400.0
TOLD = 500
"""So many of those who wait for bandwidth are told to other processes."""
UNENDED = "a run has not ended"
KILLS = "runs after a kill"
MOST_KILLS = 50


def begin(db: Database) -> list[float]:
    """Note that a run begins; return when runs began whose forerunner was killed, so that its last requests may not be booked."""
    with db.write(Named.FLUSH) as tx:
        kills: list[float] = requests.fact(tx, KILLS) or []
        if requests.fact(tx, UNENDED):
            kills = [*kills, tx.now][-MOST_KILLS:]
            requests.set_fact(tx, KILLS, kills)
        requests.set_fact(tx, UNENDED, value=True)
    return kills


def flush(runtime: Runtime, *, last: bool = False) -> None:
    """Write the bandwidth counters and what runs now; `last` gives back what was leased ahead, at a clean end."""
    cookie_job.save(runtime)
    rows = runtime.ledger.flush(last=last)
    running = [[job.kind, job.url, job.lane] for job in runtime.dispatch.running()]
    waiting = [list(astuple(each)) for each in runtime.dispatch.waiting()[:TOLD]]
    state: list[object] = [running, waiting]
    if not rows and state == runtime.published and not last:
        return
    with runtime.db.write(Named.FLUSH) as tx:
        usage.add(tx, rows)
        requests.set_fact(tx, "running", {"process": os.getpid(), "at": tx.now, "jobs": running, "waiting": waiting})
        if last:
            requests.set_fact(tx, UNENDED, value=False)
    runtime.ledger.flushed()
    runtime.published = state


def tidy(runtime: Runtime) -> None:
    """Drop answered requests, connections and files that no one needs any more."""
    runtime.client.close_idle()
    recover.dropped(runtime)
    parts.tidy(runtime)
    forget_requests(runtime)


def at_start(runtime: Runtime) -> None:
    """Forget what is old: rounds that a timer starts end long before the service's chores would come round."""
    forget_usage(runtime)
    forget_requests(runtime)
    runtime.cookie_disk.drop_left_over(runtime.clock.now() - cookie_job.LEFT_OVER)


def forget_requests(runtime: Runtime) -> None:
    """Drop what other commands asked and were answered long ago."""
    with runtime.db.write(Named.FLUSH) as tx:
        requests.forget_before(tx, tx.now - KEEP_REQUESTS)


def forget_usage(runtime: Runtime) -> None:
    """Drop the bandwidth counters that no rule can ask for any more."""
    with runtime.db.write(Named.FLUSH) as tx:
        for keep, lasting in ((KEEP, True), (KEEP_OTHERS, False)):
            for unit, seconds in keep.items():
                usage.forget_before(tx, unit, int(tx.now) - seconds, lasting=lasting)
