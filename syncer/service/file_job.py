"""A media file: fetched into a part, looked at, filtered and delivered.

Here, because only a true, whole and wanted file may reach the import folder, and the reason must be known where one does not.
"""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from syncer.config.settings import ImportFolder
from syncer.deliver import disk, pressure
from syncer.deliver.disk import DiskError, FullError
from syncer.deliver.kind import groups_of
from syncer.deliver.place import Target
from syncer.filters import files as file_filter
from syncer.filters import tags as tag_filter
from syncer.filters import titles, written
from syncer.filters.files import Known
from syncer.filters.options import Options, Resolved
from syncer.model import TAKEN, MediaFile, Post, Verdict
from syncer.service import (
    adopt_file,
    delivery,
    enqueue,
    handed,
    handover_archive,
    handover_file,
    headers,
    identity,
    parts,
    placeholders,
    scope,
    taken_back,
    truth,
)
from syncer.service.events import Event
from syncer.service.page_fetch import follow_redirect, meter
from syncer.service.parcel import Parcel
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Scope, Snapshot
from syncer.service.truth import Fetched
from syncer.service.words import day
from syncer.store import deliveries, more, posts, settle
from syncer.store.database import Named, Transaction, is_away
from syncer.store.jobs import Job
from syncer.store.posts import StoredPost
from syncer.store.settle import Outcome
from syncer.together import Steps


def run(runtime: Runtime, snapshot: Snapshot, job: Job) -> Steps:
    """Do one file; True when the job is settled. Raises FetchError, DiskError, ItemError."""
    with runtime.db.read() as tx:
        begun = deliveries.of_job(tx, job.id)
        stored = posts.get(tx, job.post) if job.post is not None else None
        resolved = snapshot.resolved(_scope(tx, snapshot, job, stored), job.options)
    options = resolved.options
    if begun is not None and begun.state == "placing":
        with taken_back.whole_or_not_at_all(runtime, snapshot, job):
            return (yield from delivery.finish(runtime, snapshot, job, begun))
    media = job.media or MediaFile(job.url)
    if not (verdict := _before(options, stored, media.url or job.url)).taken:
        if job.partial:
            parts.drop(runtime, snapshot, job.id, job.into_path)
        return skip(runtime, job, Outcome("skipped", verdict.why, verdict.rule))
    if not job.again and job.lane != identity.HERE and _came_meanwhile(runtime, snapshot, job, stored, media):
        return True
    folder = snapshot.import_folder(job.into_path, options.import_folder)
    target = runtime.targets.get(folder)
    check_space(runtime, snapshot, target)
    part = target.part(job.id)
    archived = handover_archive.begin(runtime, snapshot.config, job.id, media)
    began = runtime.clock.monotonic()
    fetched = _fetch(runtime, snapshot, job, stored, media, part, options)
    if isinstance(fetched, bool):
        return fetched
    runtime.after_fetch(job, fetched.answer.size, runtime.clock.monotonic() - began)
    key = stored.key if stored is not None else job.key
    if fetched.here:
        with adopt_file.judged(runtime, job) as judged:
            judged.settled = yield from _take(runtime, snapshot, job, fetched, (folder, target, key), resolved)
        return judged.settled
    settled = yield from _take(runtime, snapshot, job, fetched, (folder, target, key), resolved)
    if settled and (archived or handed.file(media.url)):
        handover_file.done(runtime, part)
    return settled


def _came_meanwhile(
    runtime: Runtime, snapshot: Snapshot, job: Job, stored: StoredPost | None, media: MediaFile
) -> bool:
    """Settle a job whose bytes came while it waited for its turn, by the hash that the site gives: nothing is fetched then."""
    with runtime.db.read() as tx:
        sha256 = deliveries.by_hash(tx, media.hashes)
        first = deliveries.first(tx, sha256) if sha256 is not None else None
    if first is None:
        return False
    if job.partial:
        parts.drop(runtime, snapshot, job.id, job.into_path)
    why, notice = f"the same bytes were delivered on {day(first.at)} as {first.name}", ""
    with runtime.db.write(Named.SETTLE) as tx:
        if stored is not None and stored.key != first.post_key:
            word, notice = placeholders.seen_again(tx, first.sha256, stored.post.site, stored.key, first.name)
            why += word
        settle.job(tx, job.id, Outcome("known", why, "hash"))
        more.add(tx, job.id, first.sha256)
    for kind, text in (("notice", notice), ("known", why)):
        if text:
            runtime.tell(Event(kind, job.url, text))
    return True


def _fetch(
    runtime: Runtime,
    snapshot: Snapshot,
    job: Job,
    stored: StoredPost | None,
    media: MediaFile,
    part: Path,
    options: Options,
) -> Fetched | bool:
    """Fetch a file into its part; a truth value where nothing came: whether the job is settled."""
    post = stored.post if stored is not None else Post(files=(media,))
    if job.lane == identity.HERE:
        copied = adopt_file.copy(runtime, job, part)
        return copied if isinstance(copied, bool) else Fetched(media, post, part, copied, here=True)
    if wanted := handed.file(media.url):
        brought = handover_file.fetch(runtime, snapshot, job, wanted, part, post, options)
        if isinstance(brought, Verdict):
            handover_file.done(runtime, part)
            return skip(runtime, job, Outcome("skipped", brought.why, brought.rule))
        if stored is not None:
            with runtime.db.write(Named.PAGE_DONE) as tx:
                posts.update(tx, stored.id, brought.post)
                for each in brought.more:
                    enqueue.further(tx, enqueue.of_job(tx, job), stored.id, brought.post, each)
        return Fetched(brought.media, brought.post, part, brought.answer)
    url = job.hop or media.url
    request = headers.for_file(runtime, snapshot, post.site, media, url, job.referrer or None)
    answer = runtime.client.file(request, part, meter(runtime, job), parts.keep(runtime, job, media))
    if answer.location is not None:
        follow_redirect(runtime, snapshot, job, url, answer)
        return False
    return Fetched(media, post, part, answer)


def _take(
    runtime: Runtime,
    snapshot: Snapshot,
    job: Job,
    fetched: Fetched,
    place: tuple[ImportFolder, Target, str],
    resolved: Resolved,
) -> Steps:
    """Deliver a fetched file if it is true and wanted; `place`: where to, and the key of its post."""
    folder, target, key = place
    options, part = resolved.options, fetched.part
    try:
        facts = truth.facts_of(runtime, snapshot, job, fetched, options)
        runtime.streaks.worked(job.lane)
        verdict = file_filter.judge(options, facts)
        if verdict.taken:
            # The program that brought it may have told of further tags.
            verdict = tag_filter.judge(options, fetched.post)
        if verdict.taken:
            told = titles.with_title(options, written.post(options, fetched.post), job.origin)
            parcel = Parcel(folder, target, part, facts, told, fetched.media, key, resolved.shown, options.stars)
            with taken_back.whole_or_not_at_all(runtime, snapshot, job):
                return (yield from delivery.deliver(runtime, snapshot, job, parcel))
    except Exception as error:
        # What only waits for the disk or the store is taken up again, where it has been staged.
        if not (is_away(error) or isinstance(error, DiskError)):
            target.drop_part(part)
        raise
    target.drop_part(part)
    return skip(runtime, job, Outcome("skipped", verdict.why, verdict.rule))


def _scope(tx: Transaction, snapshot: Snapshot, job: Job, stored: StoredPost | None) -> Scope:
    post = stored.post if stored is not None else Post()
    return scope.of(tx, snapshot, job.origin, walk=job.by_walk, site=post.site, url=post.url or job.url)


def _before(options: Options, stored: StoredPost | None, url: str) -> Verdict:
    """Judge a file before it is fetched: it was queued under other options, or its own page has told of further tags since."""
    verdict = tag_filter.judge(options, stored.post) if stored is not None else TAKEN
    return file_filter.judge(options, named(url)) if verdict.taken else verdict


def named(url: str) -> Known:
    """Return what the name of a file tells of it before it is fetched; of what a program fetches, only the page has a name."""
    if handed.file(url) is not None:
        return Known()
    return Known(groups=groups_of(PurePosixPath(urlsplit(url).path).suffix))


def check_space(runtime: Runtime, snapshot: Snapshot, target: Target) -> None:
    """Refuse to begin a file where the drive is away or too full; the job waits then."""
    if not target.is_there():
        raise target.away()
    state, floor = snapshot.config.folders.state, snapshot.config.pressure.free_space
    with disk.errors(state):
        free = {target.path: target.free_space(), state: shutil.disk_usage(state).free}
    for path, there in free.items():
        decided = pressure.judge(there, floor, holding=path in runtime.held)
        if decided.hold:
            runtime.held.add(path)
            raise FullError(f"{path}: {decided.why}", decided.cure)
        runtime.held.discard(path)


def skip(runtime: Runtime, job: Job, outcome: Outcome) -> bool:
    """Settle a job whose file is not taken."""
    with runtime.db.write(Named.SETTLE) as tx:
        settle.job(tx, job.id, outcome)
    runtime.tell(Event("skipped", job.url, outcome.why))
    return True
