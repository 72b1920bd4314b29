"""A refetch at work: its items are queued piece by piece, and each page that comes tells what was delivered from it anew.

Here, because a page that is read again brings no new posts: it only completes what is there, or leads to the files that are fetched
again. The loop calls `feed`, the pipeline `run`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from syncer.frozen import frozen
from syncer.model import MediaFile, Post, UrlKind
from syncer.service import identity, more_metadata, page_fetch, post_job, scope
from syncer.service.delivery import TWIN_WAIT
from syncer.service.events import Event
from syncer.service.more_metadata import Told
from syncer.service.page_fetch import Read
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import count
from syncer.store import codec, deliveries, entries, jobs, posts, refetches, settle, site_log, walks
from syncer.store.database import Named, Transaction
from syncer.store.deliveries import Delivered
from syncer.store.jobs import Job, NewJob
from syncer.store.refetches import Item
from syncer.store.settle import READ, Outcome
from syncer.store.walks import Walk

LOW: Final = 100
"""With fewer open jobs a refetch gets more of them."""
PIECE: Final = 200
"""So many items are queued in one transaction."""
REST: Final = 30.0
SHOWN: Final = 5

NOTHING_NEW: Final = Outcome("same", "the page tells nothing new")


def feed(runtime: Runtime) -> float:
    """Queue more of the refetches that run low; return the seconds until the next look, 0 = something was queued."""
    with runtime.db.read() as tx:
        low = refetches.hungry(tx, LOW)
    for walk_id in low:
        with runtime.db.write(Named.WALK_DONE) as tx:
            queue(tx, runtime.snapshot, walk_id)
    if low:
        runtime.dispatch.look_again()
    return 0.0 if low else REST


def is_hungry(tx: Transaction) -> bool:
    """Tell whether a refetch has items that could be queued now."""
    return bool(refetches.hungry(tx, LOW))


def queue(tx: Transaction, snapshot: Snapshot, walk_id: int) -> None:
    """Queue the next piece of a refetch; with the last one its walk has ended."""
    walk = walks.get(tx, walk_id)
    assert walk is not None
    for item in refetches.take_items(tx, walk_id, PIECE):
        jobs.add(tx, _page(snapshot, walk, item)) if item.url else _straight(tx, snapshot, walk, item)
    if not refetches.left(tx, walk_id):
        walks.end(tx, walk_id, "")
        settle_if_done(tx, walk, "nothing of it could be fetched again")


def settle_if_done(tx: Transaction, walk: Walk, why: str) -> None:
    """Settle the wish of a refetch of which nothing is open or left, and that has not settled with the last of it."""
    open_ = tx.value("SELECT open FROM tallies WHERE source = ?", (walk.source,))
    if not open_ and walk.entry is not None:
        entries.settle(tx, walk.entry, "empty", why)


def _page(snapshot: Snapshot, walk: Walk, item: Item) -> NewJob:
    key = identity.page_key(snapshot.library, item.url)
    given = {"posts": item.posts, "deliveries": item.deliveries, **snapshot.one_off(walk.options)}
    return NewJob(
        kind="reread",
        url=item.url,
        # Of several refetches that want the metadata of one page, one reads it for all.
        key=f"reread:{walk.id}:{key}" if item.deliveries else f"reread:{key}",
        lane=identity.page_lane(snapshot.library, item.url),
        source=walk.source,
        origin=walk.origin,
        priority=jobs.PRIORITIES[str(given["priority"])],
        walk=walk.id,
        options=codec.dump(given),
        site=item.site,
    )


def _straight(tx: Transaction, snapshot: Snapshot, walk: Walk, item: Item) -> None:
    """Queue a file of which no page is known: from where it came before."""
    for earlier in _earlier(tx, item.deliveries):
        media = earlier.job.media or MediaFile(earlier.job.url)
        _file(tx, snapshot, walk, earlier, media, earlier.job.post)


@frozen
class _Earlier:
    """A delivery that is to come again, the job that made it, and its post."""

    delivery: Delivered
    job: Job
    post: Post
    key: str


def _earlier(tx: Transaction, delivery_ids: Sequence[int]) -> Iterator[_Earlier]:
    for delivery_id in delivery_ids:
        delivery = deliveries.get(tx, delivery_id)
        job = jobs.get(tx, delivery.job) if delivery is not None else None
        if delivery is None or job is None:
            continue
        stored = posts.get(tx, job.post) if job.post is not None else None
        yield _Earlier(delivery, job, stored.post if stored else Post(), stored.key if stored else delivery.post_key)


def _file(
    tx: Transaction, snapshot: Snapshot, walk: Walk, earlier: _Earlier, media: MediaFile, post_id: int | None
) -> None:
    """Queue a file that was delivered before, for whom it came then, under that wish's own options."""
    before = earlier.job
    given = dict(snapshot.one_off(before.options))
    if not before.by_walk:
        given[jobs.ALONE] = True
    jobs.add(
        tx,
        NewJob(
            kind="file",
            url=media.url,
            key=identity.url_key(media.url),
            lane=identity.lane(media.url),
            source=walk.source,
            origin=before.origin,
            priority=jobs.PRIORITIES[str(snapshot.one_off(walk.options)["priority"])],
            post=post_id,
            media=media,
            walk=walk.id,
            referrer=before.referrer,
            options=codec.dump(given),
            into_path=before.into_path,
            again=True,
            site=before.site,
        ),
    )


def run(runtime: Runtime, snapshot: Snapshot, job: Job) -> bool:
    """Read a page again; True when the job is settled. Raises FetchError, DiskError, ItemError."""
    found = page_fetch.read(runtime, snapshot, job)
    if found is None:
        return False
    given = snapshot.one_off(job.options)
    if found.page.veto:
        why = f"the site file refuses this page: {found.page.veto}"
        outcome: Outcome | None = Outcome("skipped", why, f"veto: {found.page.veto}")
    elif not found.page.posts:
        raise post_job.nothing_there(runtime, snapshot, job, found)
    elif given["deliveries"]:
        outcome = _fetch_files(runtime, snapshot, job, found, given)
    else:
        outcome = _complete(runtime, snapshot, job, found, given)
    if outcome is None:
        return False
    with runtime.db.write(Named.SETTLE) as tx:
        if found.page.posts:
            site_log.was_read(tx, found.recognised.site)
        settle.job(tx, job.id, outcome)
    runtime.tell(Event(outcome.shown if outcome is not READ else "page", job.url, outcome.why))
    return True


def _posts(snapshot: Snapshot, found: Read, given: Mapping[str, Any]) -> Iterator[tuple[Post, set[str]]]:
    """Yield the posts of a page that may be taken, each with the keys under which it may have been delivered."""
    chosen = set(given["posts"]) if len(found.page.posts) == len(given["posts"]) == 1 else set[str]()
    # A thread is no page of any single post in it, and no link of its files.
    own = found.recognised.normalised if found.recognised.kind is UrlKind.POST else ""
    for post in found.page.posts:
        named = replace(post, site=found.recognised.site, url=post.url or own)
        if not named.veto:
            yield named, {identity.post_key(snapshot.library, named), *chosen}


def _complete(runtime: Runtime, snapshot: Snapshot, job: Job, found: Read, given: Mapping[str, Any]) -> Outcome | None:
    """Let all that was delivered of the posts on a page have what they tell now; None where it must be done once more."""
    done, kept = Counter[str](), Counter[str]()
    for post, keys in _posts(snapshot, found, given):
        with runtime.db.read() as tx:
            told = [each for key in sorted(keys) for each in _told(tx, snapshot, post, key, given)]
        for sha256, each in told:
            grown = more_metadata.outcome(runtime, snapshot, sha256, replace(each, source=job.source))
            if grown.waits:
                _come_again(runtime, job)
                return None
            done[grown.words] += 1
            kept[grown.kept] += 1
    return _came_out(done, kept)


def _came_out(done: Counter[str], kept: Counter[str]) -> Outcome:
    """Return how a page came out of whose files so many had what was done, or were left as they are, in words."""
    if not done:
        return Outcome("gone", "the page does not show what was delivered from it any more", "refetch")
    if words := _each(done):
        return Outcome("grown", words)
    if words := _each(kept):
        cure = '--redeliver or on_more = "redeliver" places again what the media manager took'
        return Outcome("skipped", f"more is told, but {words}", "on_more", cure)
    return NOTHING_NEW


def _each(counted: Counter[str]) -> str:
    return "; ".join(f"{count(number, 'file')}: {words}" for words, number in counted.items() if words)


def _told(
    tx: Transaction, snapshot: Snapshot, post: Post, key: str, given: Mapping[str, Any]
) -> Iterator[tuple[str, Told]]:
    """Yield for each file that was delivered of a post its sha256, and what is told of it under the options of its wish."""
    for sha256, job_id in deliveries.of_post(tx, key):
        before = jobs.get(tx, job_id)
        if before is None:
            continue
        url = post.url or before.url
        where = scope.of(tx, snapshot, before.origin, walk=before.by_walk, site=post.site, url=url)
        on_more = "redeliver" if given.get("redeliver") else snapshot.options(where, before.options).on_more
        yield sha256, Told(post, key, on_more=on_more)


def _come_again(runtime: Runtime, job: Job) -> None:
    why = "a file of it is just being delivered"
    with runtime.db.write(Named.PUT_OFF) as tx:
        jobs.put_off(tx, job.id, until=tx.now + TWIN_WAIT, cause="same bytes", why=why, advice="", counts=False)


def _fetch_files(runtime: Runtime, snapshot: Snapshot, job: Job, found: Read, given: Mapping[str, Any]) -> Outcome:
    """Queue the files of a page that are to come again, each with all that is told of its post by now."""
    shown = list(_posts(snapshot, found, given))
    queued, missing = 0, list[str]()
    with runtime.db.write(Named.PAGE_DONE) as tx:
        walk = walks.get(tx, job.walk) if job.walk is not None else None
        assert walk is not None
        for earlier in _earlier(tx, given["deliveries"]):
            post = next((post for post, keys in shown if earlier.key in keys), None)
            media = _same_file(post, earlier) if post is not None else None
            if post is None or media is None:
                missing.append(earlier.delivery.name)
                continue
            had = earlier.post
            # It stays what it was, also where another site file reads its page by now.
            whole = replace(identity.merged(had, post), site=had.site, id=had.id, url=had.url or post.url)
            row = posts.add(tx, earlier.key, whole, earlier.job.origin, walk.id)
            _file(tx, snapshot, walk, earlier, media, row)
            queued += 1
    if not missing:
        return READ
    why = f"the page does not show {count(len(missing), 'file')} of it any more: {', '.join(missing[:SHOWN])}"
    if queued:
        runtime.tell(Event("notice", job.url, why))
    return READ if queued else Outcome("gone", why, "refetch")


def _same_file(post: Post, earlier: _Earlier) -> MediaFile | None:
    """Return the file of a post that was delivered: known by its URL, by its hash, else by its place."""
    before = earlier.job.media or MediaFile(earlier.job.url)
    key, md5, sha256 = identity.url_key(before.url), earlier.delivery.md5, earlier.delivery.sha256
    tests: tuple[Callable[[MediaFile], bool], ...] = (
        lambda media: identity.url_key(media.url) == key,
        lambda media: not {("md5", md5), ("sha256", sha256)}.isdisjoint(media.hashes),
        lambda media: media.index == before.index,
    )
    return next((media for test in tests for media in post.files if test(media)), None)
