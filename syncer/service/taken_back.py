"""Takes back what was staged of a delivery and never placed: the job was given up, or taken out of the queue.

Here, because the order counts: a kill between any two steps must leave neither a file that nobody wants nor one in doubt. Deliveries,
their jobs and the chores of the service use it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.deliver.disk import DiskError
from syncer.deliver.place import Target
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import deliveries, partials, settle
from syncer.store.database import Named, is_away
from syncer.store.deliveries import Delivered
from syncer.store.jobs import Job


@contextmanager
def whole_or_not_at_all(runtime: Runtime, snapshot: Snapshot, job: Job) -> Iterator[None]:
    """Take back what a delivery has staged when it is given up inside the block, so that its bytes are free again.

    What only waits (the disk, the store) is left for the job's next run.
    """
    try:
        yield
    except Exception as error:
        if is_away(error) or isinstance(error, DiskError):
            raise
        with runtime.db.read() as tx:
            staged = deliveries.of_job(tx, job.id)
        if staged is not None and staged.state == "placing":
            take_back(runtime, snapshot, staged)
        raise


def is_dropped(runtime: Runtime, job: Job) -> bool:
    """Tell whether a job was taken out of the queue."""
    with runtime.db.read() as tx:
        return settle.outcome_of(tx, job.id) == "dropped"


def take_back(runtime: Runtime, snapshot: Snapshot, staged: Delivered) -> None:
    """Remove what is there of a delivery whose media lies in the work folder still. Raises DiskError."""
    target = remove_sidecars(runtime, snapshot, staged)
    # The part goes last: as long as the delivery counts as begun, it tells that nothing was placed.
    with runtime.db.write(Named.STAGE) as tx:
        deliveries.give_up(tx, staged.id)
        partials.left(tx, staged.job)
    target.drop_part(target.named_part(staged.part))


def target_of(runtime: Runtime, snapshot: Snapshot, staged: Delivered) -> tuple[Target, bool]:
    """Return the folder of a delivery, and whether its manager removes what it took."""
    for folder in snapshot.config.import_folders.values():
        # Asked by path: another folder whose drive is away must not keep this one waiting.
        if os.path.realpath(folder.path) == staged.folder:
            return runtime.targets.get(folder), folder.drains
    return runtime.targets.get(snapshot.import_folder(staged.folder)), False


def remove_sidecars(runtime: Runtime, snapshot: Snapshot, staged: Delivered) -> Target:
    """Remove the sidecars of a delivery that is as they were written; return its folder."""
    target, _ = target_of(runtime, snapshot, staged)
    target.remove_sidecars(staged.name, tuple((suffix, text.encode()) for suffix, text in staged.sidecars))
    return target
