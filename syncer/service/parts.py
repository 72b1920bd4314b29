"""What stays of files that broke off: noted with their jobs, gone on with at the next try, removed once nobody wants them.

Here, because the parts lie in work folders and their facts in the store. File jobs and what follows from their failures use it.
"""

from __future__ import annotations

import logging

from syncer.deliver.disk import DiskError
from syncer.errors import SyncerError
from syncer.fetch import resume
from syncer.fetch.failure import Failure, FailureKind
from syncer.fetch.files import Keep
from syncer.fetch.resume import Partial
from syncer.model import MediaFile
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import partials
from syncer.store.database import Named
from syncer.store.jobs import Job

log = logging.getLogger(__name__)

COMPARED = frozenset({"md5", "sha256"})
"""The hashes of a site that file jobs compare."""
_MISLED = frozenset({FailureKind.RANGE, FailureKind.CHANGED})


def keep(runtime: Runtime, job: Job, media: MediaFile) -> Keep | None:
    """Return what is known of a job's part, and where it is noted; None where none is to be kept."""
    if job.partial == partials.NEVER:
        return None

    def note(partial: Partial | None) -> None:
        with runtime.db.write(Named.FLUSH) as tx:
            partials.note(tx, job.id, resume.to_text(partial) if partial is not None else "")
            if partial is not None and resume.is_progress(partials.reached(tx, job.id), partial.size, partial.total):
                partials.progress(tx, job.id, partial.size)

    hashed = any(kind in COMPARED for kind, _ in media.hashes)
    return Keep(note, resume.from_text(job.partial) if job.partial else None, hashed)


def after(runtime: Runtime, job: Job, failure: Failure) -> None:
    """Keep no part of a file any more whose site once sent a wrong one: the next tries fetch it whole."""
    if failure.kind in _MISLED:
        with runtime.db.write(Named.PUT_OFF) as tx:
            partials.note(tx, job.id, partials.NEVER)


def drop(runtime: Runtime, snapshot: Snapshot, job_id: int, into_path: str) -> None:
    """Remove what is there of a file that nobody waits for; a folder that is away keeps it until it is old."""
    folders = [snapshot.import_folder(into_path)] if into_path else [*snapshot.config.import_folders.values()]
    for folder in folders:  # which of them it was begun in is for the options of that time to say
        try:
            target = runtime.targets.get(folder)
            target.drop_part(target.part(job_id))
        except (DiskError, SyncerError) as error:
            log.warning("the part of a file that is not wanted any more stays: %s", error)


def tidy(runtime: Runtime) -> None:
    """Remove the parts of jobs that ended in another way than by themselves: taken out of the queue, cancelled."""
    with runtime.db.read() as tx:
        left = partials.of_done(tx)
    for row in left:
        drop(runtime, runtime.snapshot, row["id"], row["into_path"])
    if left:
        with runtime.db.write(Named.FLUSH) as tx:
            for row in left:
                partials.note(tx, row["id"], "")
