"""A post page: fetched, read, merged into what its listing told, and turned into file jobs.

Here, because a post's own page completes its metadata before any of its files is delivered.
"""

from __future__ import annotations

from dataclasses import replace

from syncer.errors import ItemError
from syncer.model import MediaFile, Post, Recognised, UrlKind
from syncer.service import (
    enqueue,
    faulty_pages,
    follows_of,
    handover_job,
    headers,
    identity,
    logins,
    mended,
    page_fetch,
    rule_job,
)
from syncer.service.events import Event
from syncer.service.page_fetch import Read
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.sites import other_pages
from syncer.store import entries, follow_log, jobs, posts, settle, site_log
from syncer.store.database import Named, Transaction
from syncer.store.jobs import Job
from syncer.store.posts import StoredPost
from syncer.store.settle import READ, Outcome


def run(runtime: Runtime, snapshot: Snapshot, job: Job) -> bool:
    """Do one post page; True when the job is settled."""
    if rule := rule_job.rule_of(snapshot, job):
        return rule_job.run(runtime, snapshot, job, rule)
    found = _look(runtime, snapshot, job)
    if isinstance(found, bool):
        return found
    if found.page.veto:
        outcome = Outcome("skipped", f"the site file refuses this page: {found.page.veto}", f"veto: {found.page.veto}")
        with runtime.db.write(Named.SETTLE) as tx:
            settle.job(tx, job.id, outcome)
        runtime.tell(Event("skipped", job.url, outcome.why))
        return True
    if not found.page.posts:
        raise nothing_there(runtime, snapshot, job, found)
    with runtime.db.write(Named.PAGE_DONE) as tx:
        site_log.was_read(tx, found.recognised.site)
        told = _take(tx, snapshot, job, found)
        settle.job(tx, job.id, READ)
    for event in (Event("page", found.url), *told):
        runtime.tell(event)
    return True


def _look(runtime: Runtime, snapshot: Snapshot, job: Job) -> Read | bool:
    """Return what is on a job's page, by its site file or by another program; else whether the job is settled."""
    if mended.waits(runtime, snapshot, job):
        return False
    found = snapshot.library.recognise(job.url)
    if found is None or headers.missing_key(snapshot, found):
        return handover_job.decide(runtime, snapshot, job)
    if job.cause == mended.CAUSE and job.post is None and (begin := _HELD.get(found.kind)) is not None:
        return begin(runtime, snapshot, job, found)
    return page_fetch.read(runtime, snapshot, job) or False


def _as_file(runtime: Runtime, snapshot: Snapshot, job: Job, found: Recognised) -> bool:
    """Let a wish whose site file was mended be the link of a file, as it would have been."""
    del snapshot
    with runtime.db.write(Named.PUT_OFF) as tx:
        jobs.become(tx, job.id, "file", MediaFile(found.fetch_url))
    return False


def _as_walk(runtime: Runtime, snapshot: Snapshot, job: Job, found: Recognised) -> bool:
    with runtime.db.write(Named.PAGE_DONE) as tx:
        handover_job.walk(tx, snapshot, job, found.site, found.for_server)
    return True


def _as_thread(runtime: Runtime, snapshot: Snapshot, job: Job, found: Recognised) -> bool:
    with runtime.db.write(Named.PAGE_DONE) as tx:
        words = follows_of.watch(tx, snapshot, found, job.origin)
        entries.settle(tx, int(job.source.removeprefix("entry:")), "delivered", words)
        settle.job(tx, job.id, READ)
    return True


_HELD = {UrlKind.FILE: _as_file, UrlKind.GALLERY: _as_walk, UrlKind.WATCHABLE: _as_thread}


def nothing_there(runtime: Runtime, snapshot: Snapshot, job: Job, found: Read) -> ItemError:
    """Return the error for a page without a post; the page is kept for whoever must look at it."""
    said = other_pages.other(found.text) or next(iter(found.page.faults), "")
    why = "the site file finds no post on this page" + (f": {said}" if said else "")
    site = found.recognised.site
    faulty_pages.keep(snapshot.config.folders.state, site, found.url, logins.hide(runtime, found.url, found.text))
    page_fetch.log_fault(runtime, job, site, why, page_fetch.look_again(snapshot, site, found.url))
    return ItemError(
        why,
        "The page may show something else now; `syncer sites parse` tells what the site file sees",
    )


def _take(tx: Transaction, snapshot: Snapshot, job: Job, found: Read) -> list[Event]:
    """Store what the page tells: the first post belongs to the job's own row, further ones get rows of their own."""
    stored = posts.get(tx, job.post) if job.post is not None else None
    wish = enqueue.of_job(tx, job)
    also = tuple(each for each in jobs.wishes(tx, job.id) if each != (job.source, job.post))
    told: list[Event] = []
    for place, post in enumerate(found.page.posts):
        named = replace(post, site=post.site or found.recognised.site, url=post.url or found.recognised.normalised)
        if place == 0 and stored is not None:
            whole = _without_self(identity.merged(stored.post, named), snapshot, job)
            for post_id in {stored.id, *(other for _, other in also if other)}:
                posts.update(tx, post_id, whole)
            _note_time(tx, job, stored, whole)
            told += enqueue.parts(tx, snapshot, wish, stored.id, whole, also, ending=1)
        else:
            whole = _without_self(named, snapshot, job)
            told += enqueue.post(tx, snapshot, wish, identity.post_key(snapshot.library, named), whole)
    return told


def _without_self(post: Post, snapshot: Snapshot, job: Job) -> Post:
    """Drop a page's link to itself: following it would never end."""
    here = identity.page_key(snapshot.library, job.url)
    return replace(post, follow=tuple(url for url in post.follow if identity.page_key(snapshot.library, url) != here))


def _note_time(tx: Transaction, job: Job, stored: StoredPost, whole: Post) -> None:
    if job.origin.follow and whole.time is not None:
        follow_log.set_time(tx, job.origin.follow, stored.key, whole.time)
