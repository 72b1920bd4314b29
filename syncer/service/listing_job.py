"""A page of a listing: fetched, read, and the walk moved on; at the walk's end its finds are queued.

Here, because finds, cursor and next page are written in one transaction: a walk goes on after any crash without a hole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncer.config.handover import PROGRAMS
from syncer.follow import walk, walk_state
from syncer.follow.state import Trouble
from syncer.follow.stops import Reason, Stop
from syncer.follow.walk import Step
from syncer.model import Post
from syncer.service import (
    asked,
    catalogue_job,
    check_job,
    download_log,
    enqueue,
    faulty_pages,
    first_check,
    gap_job,
    handed,
    handover_job,
    listing_read,
    logins,
    page_fetch,
    walking,
)
from syncer.service.check_job import Said
from syncer.service.enqueue import Wish
from syncer.service.events import Event
from syncer.service.listing_read import Found
from syncer.service.page_fetch import Read
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import count
from syncer.store import follow_log, follows, jobs, rests, settle, site_log, walks
from syncer.store.database import Named, Transaction
from syncer.store.jobs import Job
from syncer.store.settle import READ, Outcome
from syncer.store.walks import Walk

LATE = 3600.0
"""Seconds after which a listing may have moved on by whole pages: the walk was paused, or its site was down."""


def run(runtime: Runtime, snapshot: Snapshot, job: Job) -> bool:
    """Do one page of a walk; True when the job is settled."""
    read = (handover_job if handed.piece(job.url) else page_fetch).read(runtime, snapshot, job)
    if read is None:
        return False
    assert job.walk is not None
    found = listing_read.found(snapshot, read)
    with runtime.db.write(Named.PAGE_DONE) as tx:
        current = walks.get(tx, job.walk)
        if current is None or current.state == "done":
            return settle.job(tx, job.id, READ)
        state = walk_state.load(current.cursor)
        told = _says(current, state, read)
        state = replace(state, total=read.page.total if current.pages == 0 else state.total)
        late = tx.now - rests.queued_at(tx, job.id) > LATE
        step = walk.after_page(state, listing_read.as_page(tx, snapshot, current, state, read, found, late=late))
        said = Said(read.page.title, read.page.archived, read.page.dying)
        _log(tx, snapshot, read, step.stop)
        told += _advance(tx, snapshot, job, current, step, found, said)
    told += _keep(runtime, snapshot, current, read, step.stop, empty_handed=_is_empty_handed(current, step))
    for event in (*_unread(job, read), *told):
        runtime.tell(event)
    return True


def _says(current: Walk, state: walk_state.WalkState, read: Read) -> list[Event]:
    """Return what there is to tell of how much a listing has, before it is walked for the first time."""
    if current.pages or read.page.total is None or state.rules.kind not in ("first sync", "gallery download"):
        return []
    origin = current.origin
    name = f"{origin.name}: {origin.query}" if current.follow else origin.name or current.site
    return [Event("walk", name, first_check.of_all(read.page.total, state.rules.limit))]


def _keep(
    runtime: Runtime, snapshot: Snapshot, current: Walk, read: Read, stop: Stop | None, *, empty_handed: bool
) -> list[Event]:
    """Keep a page in the cache, or for whoever must look at it; return what there is to tell of that."""
    faulty = stop is not None and stop.fault
    if faulty or not read.page.posts:
        runtime.client.drop_page(read.answer)
    else:
        runtime.client.keep_page(read.answer)
    if stop is None or not (faulty or empty_handed) or not read.text:
        return []
    shown = logins.hide(runtime, read.url, read.text)
    kept = faulty_pages.keep(snapshot.config.folders.state, current.site, read.url, shown)
    words = stop.words if faulty else "nothing was found here"
    return [Event("notice", read.url, words if kept is None else f"{words}; the page is kept as {kept}")]


def _log(tx: Transaction, snapshot: Snapshot, read: Read, stop: Stop | None) -> None:
    """Note at the site whether its file made sense of the page, wholly or in part."""
    site, url, page = read.recognised.site, read.url, read.page
    if site in PROGRAMS:
        return  # no file of ours has read it
    if stop is not None and stop.fault:
        site_log.failed(tx, site, url, stop.words, page_fetch.look_again(snapshot, site, url))
        return
    if page.faults:
        site_log.failed(tx, site, url, _items(page.faults))
    if page.posts:
        site_log.was_read(tx, site)


def _items(faults: Sequence[str]) -> str:
    return f"{count(len(faults), 'item')} could not be read: {faults[0]}"


def _is_empty_handed(current: Walk, step: Step) -> bool:
    """Tell whether a query that never found anything has found nothing again: who looks at the page may see why."""
    return current.origin.by == "subscription" and not step.state.seen and not step.state.known_before


def _unread(job: Job, read: Read) -> list[Event]:
    """Return what there is to tell of a page's items that could not be read."""
    return [Event("notice", job.url, _items(read.page.faults))] if read.page.faults else []


def without_page(runtime: Runtime, snapshot: Snapshot, job: Job, why: str) -> None:
    """Go on with a walk whose next page cannot be had (404, refused): its other pages and its finds stay."""
    assert job.walk is not None
    with runtime.db.write(Named.PAGE_DONE) as tx:
        current = walks.get(tx, job.walk)
        if current is None or current.state == "done":
            settle.job(tx, job.id, READ)
            return
        step = walk.without_page(walk_state.load(current.cursor), why)
        told = _advance(tx, snapshot, job, current, step, Found(), Said())
    for event in told:
        runtime.tell(event)


def _advance(
    tx: Transaction,
    snapshot: Snapshot,
    job: Job,
    current: Walk,
    step: Step,
    found: Found,
    said: Said,
) -> list[Event]:
    """Write what a page brought and queue what follows; return what there is to tell."""
    wish = enqueue.of_job(tx, job)
    if said.is_gone_soon:
        wish = replace(wish, priority=min(wish.priority, jobs.DYING))
    walks.page_done(tx, current.id, walk_state.dump(step.state), found=len(found.posts), new=len(step.take))
    taken = [found.posts[position] for position in step.take]
    events = [Event("page", job.url, f"{len(found.posts)} posts, {len(taken)} new")]
    if current.kind == "gallery":
        events += _queue(tx, snapshot, wish, taken)
        walks.add_finds(tx, current.id, download_log.met(step, found.posts))
    elif current.kind == "catalogue" and current.follow is not None:
        # Threads that were met before may be wanted only now: the words have changed, or another one has ended.
        events += catalogue_job.take(tx, snapshot, current.follow, [post for _, post in found.posts])
        follow_log.log_finds(tx, current.follow, [(key, post.time) for key, post in taken])
    else:
        walks.add_finds(tx, current.id, taken)
        asked.learn(tx, current, [post for _, post in taken])
    if step.stop is None:
        walking.queue_next(tx, snapshot, wish, current.id, step.state)
    else:
        events += _end(tx, snapshot, wish, current, step.state, step.stop, said)
    settle.job(tx, job.id, _outcome(current, step.stop))
    return events


def _outcome(current: Walk, stop: Stop | None) -> Outcome:
    """Return what becomes of a page's job: a download whose listing is not there, or is another one, has not worked."""
    name = _NOT_READ.get(stop.reason) if stop is not None and current.kind == "gallery" else None
    return Outcome(name, stop.words, "something else" if name == "failed" else "") if name and stop else READ


_NOT_READ = {Reason.GONE: "gone", Reason.ELSE: "failed"}


def _queue(tx: Transaction, snapshot: Snapshot, wish: Wish, finds: list[tuple[str, Post]]) -> list[Event]:
    return [event for key, post in finds for event in enqueue.post(tx, snapshot, wish, key, post)]


def _end(
    tx: Transaction,
    snapshot: Snapshot,
    wish: Wish,
    current: Walk,
    state: walk_state.WalkState,
    stop: Stop,
    said: Said,
) -> list[Event]:
    """End a walk; a check's finds are queued now, oldest first, and its follow gets its next time."""
    walks.end(tx, current.id, stop.words, complete=not stop.fault)
    finds = walks.take_finds(tx, current.id)
    if current.follow is None:
        download_log.keep(tx, current, stop, finds)
        return [Event("walk", current.origin.name or current.site, stop.words)]
    follow_log.log_finds(tx, current.follow, [(key, post.time) for key, post in finds])
    if current.origin.by == "watcher" and not wish.origin.name:
        wish = replace(wish, origin=replace(wish.origin, name=said.title))
    told = _queue(tx, snapshot, wish, finds[::-1])
    if current.kind == "gap":
        return told + gap_job.ended(tx, snapshot, current.follow, stop, len(finds))
    follow = follows.get(tx, current.follow)
    if stop.gap and follow is not None and current.kind == "check":
        told += gap_job.record(tx, snapshot, follow, state, stop)
    return told + check_job.ended(tx, snapshot, current.follow, stop, said)


def broken_off(runtime: Runtime, snapshot: Snapshot, job: Job, trouble: Trouble) -> float | None:
    """Note at a walk's follow that its check was broken off; return when the page is tried again, None = never.

    The walk keeps its cursor and its finds, so that it goes on where it was.
    """
    assert job.walk is not None
    with runtime.db.write(Named.CHECK_DONE) as tx:
        current = walks.get(tx, job.walk)
        if current is None or current.follow is None:
            return None
        if current.kind == "gap":
            return gap_job.broken_off(tx, trouble)
        at, events = check_job.broken_off(tx, snapshot, current.follow, trouble)
    for event in events:
        runtime.tell(event)
    return at
