"""What a start does first: deliveries that a crash cut short are taken up, and old parts are swept away.

Here, because a lone sidecar must not outlive the next start. `app` calls it once, before any job runs.
"""

from __future__ import annotations

import logging

from syncer.deliver.disk import DiskError
from syncer.errors import SyncerError
from syncer.service import delivery, handover_archive, parts
from syncer.service.runtime import Runtime
from syncer.store import deliveries, jobs
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
    parts.tidy(runtime)
    handover_archive.told(runtime)
    sweep(runtime)
    return finished


def sweep(runtime: Runtime) -> None:
    """Remove parts that no delivery knows, once they are old."""
    with runtime.db.read() as tx:
        parts = {staged.part for state in ("placing", "unknown") for staged in deliveries.in_state(tx, state)}
    for target in runtime.targets.everyone():
        try:
            target.sweep(parts)
        except DiskError as error:
            log.warning("%s", error)
