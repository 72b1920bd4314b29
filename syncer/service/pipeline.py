"""Runs a claimed job: the step for its kind, and whatever an error in it means.

Here, because one bad page, post or file must never stop the rest. It only dispatches; the steps are in the `*_job` modules.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

from syncer.deliver.disk import DiskError
from syncer.errors import ItemError, SyncerError
from syncer.fetch.failure import FetchError
from syncer.service import failures, file_job, handed, listing_job, login_job, note_job, post_job, refetch_job
from syncer.service.dispatch import STORE_REST
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import jobs
from syncer.store.database import Named, is_away
from syncer.store.jobs import Job
from syncer.store.settle import Outcome
from syncer.together import Steps

log = logging.getLogger(__name__)

ASIDE = 6 * 3600.0

PAGES: dict[str, Callable[[Runtime, Snapshot, Job], bool]] = {
    "listing": listing_job.run,
    "post": post_job.run,
    "reread": refetch_job.run,
}
DELIVERIES: dict[str, Callable[[Runtime, Snapshot, Job], Steps]] = {
    "file": file_job.run,
    "note": note_job.run,
}
"""What waits for the disk on its way, see `together`."""


def run(runtime: Runtime, job: Job) -> Steps:
    """Do a claimed job to its end or to its next rest; tells whether it is settled, and never raises."""
    settled = False
    try:
        settled = yield from _run(runtime, runtime.snapshot, job)
    except Exception as error:  # the store is away, or a mistake in what follows from a mistake
        why = f"the store cannot be written: {error}"
        if not is_away(error):
            why = f"syncer made a mistake here ({type(error).__name__}: {error})"
            log.debug("the job for %s broke twice", job.url, exc_info=True)
        _set_aside(runtime, job, why, away=is_away(error))
    finally:
        login_job.forget(runtime, job)
        runtime.dispatch.done(job, settled=settled)
    return settled


def _set_aside(runtime: Runtime, job: Job, why: str, *, away: bool) -> None:
    """Let everything rest while the store is away, or for long the one job that could be neither done nor given up."""
    log.error("%s: %s", handed.shown(job.url), why)
    try:
        if not away:
            with runtime.db.write(Named.PUT_OFF) as tx:
                advice = "Run it again with -v and report what it shows"
                jobs.rest(tx, job.id, until=tx.now + ASIDE, cause="internal", why=why, advice=advice)
            return
    except sqlite3.Error as error:
        log.error("it could not be put off: %s", error)
    # The job is still in the store and comes again.
    runtime.dispatch.hold(STORE_REST, why)


def _step(runtime: Runtime, snapshot: Snapshot, job: Job) -> Steps:
    if not login_job.admit(runtime, snapshot, job):
        return False
    if job.kind in DELIVERIES:
        return (yield from DELIVERIES[job.kind](runtime, snapshot, job))
    return PAGES[job.kind](runtime, snapshot, job)


def _run(runtime: Runtime, snapshot: Snapshot, job: Job) -> Steps:
    try:
        return (yield from _step(runtime, snapshot, job))
    except FetchError as error:
        if login_job.shut_out(runtime, snapshot, job, error.failure):
            return False
        return failures.handle(runtime, snapshot, job, error.failure)
    except DiskError as error:
        return failures.disk(runtime, snapshot, job, error)
    except ItemError as error:
        return failures.unreadable(runtime, snapshot, job, error)
    except SyncerError as error:
        log.error("%s", error)
        return failures.broken(runtime, snapshot, job, Outcome("failed", error.title, "service", error.advice))
    except Exception as error:
        if is_away(error):
            raise
        log.debug("the job for %s broke", job.url, exc_info=True)
        why = f"syncer made a mistake here ({type(error).__name__}: {error})"
        outcome = Outcome("failed", why, "internal", "Run it again with -v and report what it shows")
        return failures.broken(runtime, snapshot, job, outcome)
