"""A page of a listing: fetched, read, and the walk moved on; at the walk's end its finds are queued.

Here, because finds, cursor and next page are written in one transaction: a walk goes on after any crash without a hole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncer.follow import walk, walk_state
from syncer.follow.state import Trouble
from syncer.follow.stops import Reason, Stop
from syncer.follow.walk import Step
from syncer.follow.walk_state import Find, ReadPage
from syncer.model import Post
from syncer.service import (
    asked,
    check_job,
    download_log,
    enqueue,
    faulty_pages,
    gap_job,
    identity,
    logins,
    page_fetch,
    walking,
)
from syncer.service.check_job import Said
from syncer.service.enqueue import Wish
from syncer.service.events import Event
from syncer.service.page_fetch import Read
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import count
from syncer.store import follows, jobs, known, rests, settle, walks
from syncer.store.database import Named, Transaction
from syncer.store.jobs import Job
from syncer.store.settle import READ, Outcome
from syncer.store.walks import Walk

LATE = 3600.0
"""Seconds after which a listing may have moved on by whole pages: the walk was paused, or its site was down."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A page's posts in order, each with its key."""

    posts: tuple[tuple[str, Post], ...]


def run(runtime: Runtime, snapshot: Snapshot, job: Job) -> bool:
    """Do one page of a walk; True when the job is settled."""
    read = page_fetch.read(runtime, snapshot, job)
    if read is None:
        return False
    assert job.walk is not None
    found = _found(snapshot, read)
    with runtime.db.write(Named.PAGE_DONE) as tx:
        current = walks.get(tx, job.walk)
        if current is None or current.state == "done":
            return settle.job(tx, job.id, READ)
        state = walk_state.load(current.cursor)
        page = replace(_as_page(tx, snapshot, current, read, found), late=tx.now - rests.queued_at(tx, job.id) > LATE)
        step = walk.after_page(state, page)
        said = Said(read.page.title, read.page.archived, read.page.dying)
        told = _advance(tx, snapshot, job, current, step, found, said)
    faulty = step.stop is not None and step.stop.fault
    if faulty or not read.page.posts:
        runtime.client.drop_page(read.answer)
    else:
        runtime.client.keep_page(read.answer)
    if step.stop is not None and step.stop.fault:
        kept = faulty_pages.keep(
            snapshot.config.folders.state, current.site, read.url, logins.hide(runtime, read.url, read.text)
        )
        told.append(Event("notice", job.url, f"{step.stop.words}; the page is kept as {kept}"))
    for event in (*_unread(job, read), *told):
        runtime.tell(event)
    return True


def _unread(job: Job, read: Read) -> list[Event]:
    """Return what there is to tell of a page's items that could not be read."""
    faults = read.page.faults
    return [Event("notice", job.url, f"{count(len(faults), 'item')} could not be read: {faults[0]}")] if faults else []


def without_page(runtime: Runtime, snapshot: Snapshot, job: Job, why: str) -> None:
    """Go on with a walk whose next page cannot be had (404, refused): its other pages and its finds stay."""
    assert job.walk is not None
    with runtime.db.write(Named.PAGE_DONE) as tx:
        current = walks.get(tx, job.walk)
        if current is None or current.state == "done":
            settle.job(tx, job.id, READ)
            return
        step = walk.without_page(walk_state.load(current.cursor), why)
        told = _advance(tx, snapshot, job, current, step, _Found(()), Said())
    for event in told:
        runtime.tell(event)


def _found(snapshot: Snapshot, read: Read) -> _Found:
    """Return the posts of a page; a post that the page names twice is taken once.

    One that cannot be told from others (no id, no page, no file) is none: a site that changed must not look like a full page.
    """
    if read.page.veto:
        return _Found(())
    keyed: dict[str, Post] = {}
    for post in read.page.posts:
        if not (post.id or post.url or post.follow or post.files):
            continue
        named = replace(post, site=read.recognised.site)
        keyed.setdefault(identity.post_key(snapshot.library, named), named)
    return _Found(tuple(keyed.items()))


def _as_page(tx: Transaction, snapshot: Snapshot, current: Walk, read: Read, found: _Found) -> ReadPage:
    named = read.page.next
    following = tuple(walking.link(snapshot, url) for url in named)
    if not named and (counted := snapshot.library.next_page(read.recognised)):
        following = (walking.link(snapshot, counted, named=False),)
    return ReadPage(
        finds=tuple(_find(tx, current, key, pinned=post.pinned) for key, post in found.posts),
        next=following,
        galleries=tuple(walking.link(snapshot, url) for url in read.page.galleries),
        wrong=asked.wrong(tx, snapshot, current, read, [post for _, post in found.posts]),
    )


def _find(tx: Transaction, current: Walk, key: str, *, pinned: bool) -> Find:
    if current.kind == "gap":
        assert current.follow is not None
        return gap_job.find(tx, current.follow, key, pinned=pinned)
    return Find(key, _is_known(tx, current, key), pinned)


def _is_known(tx: Transaction, current: Walk, key: str) -> bool:
    """Tell what counts as known: for a follow what its own checks met, for a gallery download what is settled."""
    if current.follow:
        return follows.has_found(tx, current.follow, key)
    if current.again:
        return False
    # What failed or vanished is tried again when a person asks for it, as everywhere.
    before = known.find(tx, (key,))
    return before is not None and before.outcome not in ("failed", "gone")


def _advance(
    tx: Transaction,
    snapshot: Snapshot,
    job: Job,
    current: Walk,
    step: Step,
    found: _Found,
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
    else:
        walks.add_finds(tx, current.id, taken)
        asked.learn(tx, current, [post for _, post in taken])
    if step.stop is None:
        walking.queue_next(tx, snapshot, wish, current.id, step.state)
    else:
        events += _end(tx, snapshot, wish, current, step.state, step.stop, said)
    gone = current.kind == "gallery" and step.stop is not None and step.stop.reason is Reason.GONE
    settle.job(tx, job.id, Outcome("gone", step.stop.words) if gone and step.stop else READ)
    return events


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
    follows.log_finds(tx, current.follow, [(key, post.time) for key, post in finds])
    if current.origin.by == "watcher" and not wish.origin.name:
        wish = replace(wish, origin=replace(wish.origin, name=said.title))
    told = _queue(tx, snapshot, wish, finds[::-1])
    if current.kind == "gap":
        return told + gap_job.ended(tx, snapshot, current.follow, stop, len(finds))
    follow = follows.get(tx, current.follow)
    if stop.gap and follow is not None:
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
