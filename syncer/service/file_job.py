"""A media file: fetched into a part, looked at, filtered and delivered.

Here, because only a true, whole and wanted file may reach the import folder, and the reason must be known where one does not.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from syncer.deliver import disk, look, pressure, probe
from syncer.deliver.disk import AwayError, DiskError, FullError
from syncer.deliver.kind import groups_of
from syncer.deliver.look import NotMediaError, NotWholeError
from syncer.deliver.place import Target
from syncer.errors import ItemError
from syncer.fetch.client import Answer, Request
from syncer.fetch.failure import Failure, FailureKind, FetchError
from syncer.fetch.judge import Outcome as Judged
from syncer.fetch.judge import judge
from syncer.filters import files as file_filter
from syncer.filters import tags as tag_filter
from syncer.filters import titles, written
from syncer.filters.files import Known
from syncer.filters.options import Options
from syncer.model import TAKEN, FileFacts, MediaFile, Post, Verdict
from syncer.service import delivery, headers, parts, scope
from syncer.service.delivery import Parcel
from syncer.service.events import Event
from syncer.service.page_fetch import follow_redirect, meter
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Scope, Snapshot
from syncer.store import deliveries, posts, settle
from syncer.store.database import Named, Transaction, is_away
from syncer.store.jobs import Job
from syncer.store.posts import StoredPost
from syncer.store.settle import Outcome


def run(runtime: Runtime, snapshot: Snapshot, job: Job) -> bool:
    """Do one file; True when the job is settled. Raises FetchError, DiskError, ItemError."""
    with runtime.db.read() as tx:
        begun = deliveries.of_job(tx, job.id)
        stored = posts.get(tx, job.post) if job.post is not None else None
        options = snapshot.options(_scope(tx, snapshot, job, stored), job.options)
    if begun is not None and begun.state == "placing":
        with delivery.whole_or_not_at_all(runtime, snapshot, job):
            return delivery.finish(runtime, snapshot, job, begun)
    media = job.media or MediaFile(job.url)
    if not (verdict := _before(options, stored, media)).taken:
        if job.partial:
            parts.drop(runtime, snapshot, job.id, job.into_path)
        return _skip(runtime, job, Outcome("skipped", verdict.why, verdict.rule))
    folder = snapshot.import_folder(job.into_path, options.import_folder)
    target = runtime.targets.get(folder)
    _check_space(runtime, snapshot, target)
    part = target.part(job.id)
    url = job.hop or media.url
    site = stored.post.site if stored is not None else ""
    request = Request(url, headers.of_file(snapshot, site, media, url), job.referrer or None)
    answer = runtime.client.file(request, part, meter(runtime, job), parts.keep(runtime, job, media))
    if answer.location is not None:
        follow_redirect(runtime, job, url, answer)
        return False
    post = stored.post if stored is not None else Post(files=(media,))
    try:
        facts = _examine(runtime, job, media, post, part, answer, options)
        verdict = file_filter.judge(options, facts)
        if verdict.taken:
            key = stored.key if stored is not None else job.key
            told = titles.with_title(options, written.post(options, post), job.origin)
            return _deliver(runtime, snapshot, job, Parcel(folder, target, part, facts, told, media, key))
    except Exception as error:
        # What only waits for the disk or the store is taken up again, where it has been staged.
        if not (is_away(error) or isinstance(error, DiskError)):
            target.drop_part(part)
        raise
    target.drop_part(part)
    return _skip(runtime, job, Outcome("skipped", verdict.why, verdict.rule))


def _scope(tx: Transaction, snapshot: Snapshot, job: Job, stored: StoredPost | None) -> Scope:
    post = stored.post if stored is not None else Post()
    return scope.of(tx, snapshot, job.origin, walk=job.walk is not None, site=post.site, url=post.url or job.url)


def _before(options: Options, stored: StoredPost | None, media: MediaFile) -> Verdict:
    """Judge a file before it is fetched: it was queued under other options, or its own page has told of further tags since."""
    verdict = tag_filter.judge(options, stored.post) if stored is not None else TAKEN
    return file_filter.judge(options, named(media.url)) if verdict.taken else verdict


def named(url: str) -> Known:
    """Return what the name of a file tells of it before it is fetched."""
    return Known(groups=groups_of(PurePosixPath(urlsplit(url).path).suffix))


def _deliver(runtime: Runtime, snapshot: Snapshot, job: Job, parcel: Parcel) -> bool:
    with delivery.whole_or_not_at_all(runtime, snapshot, job):
        return delivery.deliver(runtime, job, parcel)


def _check_space(runtime: Runtime, snapshot: Snapshot, target: Target) -> None:
    """Refuse to begin a file where the drive is away or too full; the job waits then."""
    if not target.is_there():
        raise AwayError(
            f"The drive of {target.path} is away", "Attach or mount it again; syncer goes on by itself then."
        )
    state, floor = snapshot.config.folders.state, snapshot.config.pressure.free_space
    with disk.errors(state):
        free = {target.path: target.free_space(), state: shutil.disk_usage(state).free}
    for path, there in free.items():
        decided = pressure.judge(there, floor, holding=path in runtime.held)
        if decided.hold:
            runtime.held.add(path)
            raise FullError(f"{path}: {decided.why}", decided.cure)
        runtime.held.discard(path)


def _examine(
    runtime: Runtime, job: Job, media: MediaFile, post: Post, part: Path, answer: Answer, options: Options
) -> FileFacts:
    """Return what is true of a fetched file. Raises FetchError for what is no media, cut or wrong; the judge decides then."""
    unverified = () if answer.length_known else ("whether it is whole: the server gave no length",)
    try:
        facts = look.examine(part, sha256=answer.sha256, md5=answer.md5, size=answer.size, unverified=unverified)
        facts = _measured(options, facts, part)
    except NotMediaError as error:
        if not post.site:
            raise ItemError(
                f"no site file knows {job.url}, and it is not a media file: {error.title}",
                "Write a site file for it (docs/site-files.md), or drop the link of the file itself",
            ) from error
        raise FetchError(Failure(FailureKind.HTML_FOR_MEDIA, error.title, url=answer.url)) from error
    except NotWholeError as error:
        kind = FailureKind.CHANGED if answer.resumed else FailureKind.NOT_WHOLE
        raise FetchError(Failure(kind, error.title, url=answer.url)) from error
    differing = _differing_hash(media, facts)
    if not differing:
        return facts
    if answer.resumed:
        # Not the site's word is in doubt here, but what we put together.
        raise FetchError(Failure(FailureKind.CHANGED, differing, url=answer.url))
    failure = Failure(FailureKind.WRONG_HASH, differing, url=answer.url)
    if judge(failure, job.tries + 1, runtime.clock.now()).outcome is not Judged.KEEP:
        raise FetchError(failure)
    if options.wrong_hash == "refuse":
        raise ItemError(f"{job.url}: {differing}, twice", 'Set wrong_hash = "keep" to take such files')
    # Sites re-encode: what came twice alike and decodes is kept, with a word about it in the sidecar.
    return replace(facts, unverified=(*facts.unverified, differing))


def _measured(options: Options, facts: FileFacts, part: Path) -> FileFacts:
    """Add how long and large a video or sound is, where an option asks for it and ffprobe can tell."""
    if facts.group not in ("video", "audio") or not file_filter.asks_for_measures(options):
        return facts
    found = probe.probe(part)
    return replace(
        facts, duration=found.duration, width=facts.width or found.width, height=facts.height or found.height
    )


def _differing_hash(media: MediaFile, facts: FileFacts) -> str:
    have = {"md5": facts.md5, "sha256": facts.sha256}
    for kind, value in media.hashes:
        if kind in have and have[kind] != value:
            return f"the site says {kind} {value}, the file has {have[kind]}"
    return ""


def _skip(runtime: Runtime, job: Job, outcome: Outcome) -> bool:
    with runtime.db.write(Named.SETTLE) as tx:
        settle.job(tx, job.id, outcome)
    runtime.tell(Event("skipped", job.url, outcome.why))
    return True
