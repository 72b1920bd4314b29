"""A post without files, made a text file and delivered like any other: for whoever keeps stories and announcements, too.

Here, because it joins post, options and delivery. It asks nothing of the net; the pipeline calls it.
"""

from __future__ import annotations

import hashlib

from syncer.config.option_values import SAME_FOLDER
from syncer.deliver import disk, note_file
from syncer.filters import tags as tag_filter
from syncer.filters import titles, written
from syncer.filters.options import Options
from syncer.frozen import frozen
from syncer.model import FileFacts, MediaFile, Post
from syncer.service import delivery, file_job, scope, taken_back
from syncer.service.enqueue import EMPTY
from syncer.service.parcel import Parcel
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import deliveries, posts
from syncer.store.jobs import Job
from syncer.store.settle import Outcome
from syncer.together import Steps


def run(runtime: Runtime, snapshot: Snapshot, job: Job) -> Steps:
    """Deliver one post as text; True when the job is settled. Raises DiskError, ItemError."""
    with runtime.db.read() as tx:
        begun = deliveries.of_job(tx, job.id)
        stored = posts.get(tx, job.post) if job.post is not None else None
        site, url = (stored.post.site, stored.post.url) if stored is not None else ("", "")
        where = scope.of(tx, snapshot, job.origin, walk=job.by_walk, site=site, url=url or job.url)
        resolved = snapshot.resolved(where, job.options)
    with taken_back.whole_or_not_at_all(runtime, snapshot, job):
        if begun is not None and begun.state == "placing":
            return (yield from delivery.finish(runtime, snapshot, job, begun))
        options = resolved.options
        if stored is None or not (told := _text(options, stored.post, job)).data:
            return file_job.skip(runtime, job, EMPTY)
        if not (verdict := tag_filter.judge(options, stored.post)).taken:
            return file_job.skip(runtime, job, Outcome("skipped", verdict.why, verdict.rule))
        name = options.import_folder if options.text_posts == SAME_FOLDER else options.text_posts
        folder = snapshot.import_folder(job.into_path, name)
        target = runtime.targets.get(folder)
        file_job.check_space(runtime, snapshot, target)
        part = target.part(job.id)
        with disk.errors(part):
            part.write_bytes(told.data)
        media = MediaFile(stored.post.url)
        facts, shown = _facts(told.data), resolved.shown
        parcel = Parcel(folder, target, part, facts, told.post, media, stored.key, shown, options.stars)
        return (yield from delivery.deliver(runtime, snapshot, job, parcel))


@frozen
class _Told:
    post: Post
    data: bytes
    """b"" = nothing of it is wanted."""


def _text(options: Options, post: Post, job: Job) -> _Told:
    told = written.post(options, post)
    data = note_file.render(told) if options.text_posts else b""
    return _Told(titles.with_title(options, told, job.origin), data)


def _facts(data: bytes) -> FileFacts:
    return FileFacts(
        sha256=hashlib.sha256(data).hexdigest(),
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        size=len(data),
        mime=note_file.KIND.mime,
        extension=note_file.KIND.extension,
        group=note_file.KIND.group,
    )
