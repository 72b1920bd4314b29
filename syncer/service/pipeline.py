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
from syncer.service import failures, file_job, listing_job, post_job
from syncer.service.dispatch import STORE_REST
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import jobs
from syncer.store.database import Named
from syncer.store.jobs import Job
from syncer.store.settle import Outcome

log = logging.getLogger(__name__)

ASIDE = 6 * 3600.0

Step = Callable[[Runtime, Snapshot, Job], bool]

STEPS: dict[str, Step] = {"listing": listing_job.run, "post": post_job.run, "file": file_job.run}


def run(runtime: Runtime, job: Job) -> None:
    """Do a claimed job to its end or to its next rest; never raises."""
    settled = False
    try:
        settled = _run(runtime, runtime.snapshot, job)
    except sqlite3.Error as error:
        # The store itself does not take it (a full disk, above all): the job is still there and comes again.
        log.error("the store could not be written: %s; everything waits for a minute", error)
        runtime.dispatch.hold(STORE_REST, f"the store cannot be written: {error}")
    except Exception as error:  # a mistake in what follows from a mistake: the job waits, and the others go on
        log.error("%s: syncer made a mistake here (%s: %s)", job.url, type(error).__name__, error)
        log.debug("the job for %s broke twice", job.url, exc_info=True)
        _set_aside(runtime, job, f"syncer made a mistake here ({type(error).__name__}: {error})")
    finally:
        runtime.dispatch.done(job, settled=settled)


def _set_aside(runtime: Runtime, job: Job, why: str) -> None:
    """Let a job rest for long that could be neither done nor given up, so that it stops no other."""
    try:
        with runtime.db.write(Named.PUT_OFF) as tx:
            advice = "Run it again with -v and report what it shows"
            jobs.rest(tx, job.id, until=tx.now + ASIDE, cause="internal", why=why, advice=advice)
    except sqlite3.Error:
        runtime.dispatch.hold(STORE_REST, why)


def _run(runtime: Runtime, snapshot: Snapshot, job: Job) -> bool:
    try:
        return STEPS[job.kind](runtime, snapshot, job)
    except FetchError as error:
        return failures.handle(runtime, snapshot, job, error.failure)
    except DiskError as error:
        return failures.disk(runtime, snapshot, job, error)
    except ItemError as error:
        return failures.unreadable(runtime, snapshot, job, error)
    except SyncerError as error:
        log.error("%s", error)
        return failures.broken(runtime, snapshot, job, Outcome("failed", error.title, "service", error.advice))
    except sqlite3.Error:
        raise
    except Exception as error:
        log.debug("the job for %s broke", job.url, exc_info=True)
        why = f"syncer made a mistake here ({type(error).__name__}: {error})"
        outcome = Outcome("failed", why, "internal", "Run it again with -v and report what it shows")
        return failures.broken(runtime, snapshot, job, outcome)
