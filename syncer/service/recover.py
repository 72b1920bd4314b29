"""What a start does first: deliveries that a crash cut short are taken up, and old parts are swept away.

Here, because a lone sidecar must not outlive the next start. `app` calls it once, before any job runs.
"""

from __future__ import annotations

import logging

from syncer.deliver.disk import DiskError
from syncer.errors import SyncerError
from syncer.service import delivery, handover_archive, mended, parts
from syncer.service.runtime import Runtime
from syncer.store import deliveries, jobs, settle
from syncer.store.database import Named
from syncer.together import alone

log = logging.getLogger(__name__)


def run(runtime: Runtime) -> int:
    """Finish what was being placed; return how many deliveries that were. What cannot be finished now stays for its job."""
    with runtime.db.read() as tx:
        begun = [(staged, jobs.get(tx, staged.job)) for staged in deliveries.in_state(tx, "placing")]
    finished = 0
    for staged, job in begun:
        if job is None:
            continue
        try:
            finished += alone(delivery.finish(runtime, runtime.snapshot, job, staged))
        except DiskError as error:
            log.warning("%s was being placed: %s", staged.name, error)
        except SyncerError as error:
            log.error("%s was being placed and cannot be finished: %s", staged.name, error)
    with runtime.db.write(Named.RECONCILE) as tx:
        mended.wake(tx)
    parts.tidy(runtime)
    handover_archive.told(runtime)
    sweep(runtime)
    return finished


def dropped(runtime: Runtime) -> None:
    """Take back what was staged of jobs that were taken out of the queue since; what lies in its place already stays."""
    running = {job.id for job in runtime.dispatch.running()}
    with runtime.db.read() as tx:
        begun = [each for each in deliveries.in_state(tx, "placing") if settle.outcome_of(tx, each.job) == "dropped"]
        left = [(staged, job) for staged in begun if (job := jobs.get(tx, staged.job)) and job.id not in running]
    for staged, job in left:
        try:
            alone(delivery.finish(runtime, runtime.snapshot, job, staged))
        except SyncerError as error:  # its drive is away; the next look comes
            log.debug("%s stays as it was begun: %s", staged.name, error)


def sweep(runtime: Runtime) -> None:
    """Remove parts that no delivery knows, once they are old."""
    with runtime.db.read() as tx:
        parts = {staged.part for state in ("placing", "unknown") for staged in deliveries.in_state(tx, state)}
    for target in runtime.targets.everyone():
        try:
            target.sweep(parts)
        except DiskError as error:
            log.warning("%s", error)
