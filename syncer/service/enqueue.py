"""From finds to jobs: a post becomes one row and a job for each of its files and pages, or is settled with the reason.

Here, because listings, post pages and dropped links all end in the same decision. Called inside a transaction.
"""

from __future__ import annotations

from dataclasses import replace

from syncer.filters import posts as post_filter
from syncer.filters.options import Options
from syncer.follow import bounds
from syncer.frozen import frozen
from syncer.model import MediaFile, Origin, Post, Verdict
from syncer.service import identity, scope
from syncer.service.events import Event
from syncer.service.snapshot import Snapshot
from syncer.service.words import day
from syncer.store import deliveries, jobs, known, more, posts, settle
from syncer.store.database import Transaction
from syncer.store.jobs import NewJob
from syncer.store.settle import Outcome

Also = tuple[tuple[str, int], ...]

EMPTY = Outcome("skipped", "the site shows no file for this post (deleted, limited, or text alone)", "no file")


@frozen
class Wish:
    """On whose behalf jobs are queued, and with which one-off settings."""

    source: str
    origin: Origin
    priority: int = jobs.NORMAL
    options: str = "{}"
    into_path: str = ""
    again: bool = False
    walk: int | None = None
    also: tuple[str, ...] = ()
    """Further sources that wanted the same before it was fetched."""
    here: str = ""
    """Key of the job of a file that lies on this machine already; "" = it is fetched."""
    place: str = ""
    """And the file: URL of where it lies."""


def of_job(tx: Transaction, job: jobs.Job) -> Wish:
    """Return the wish that a job passes on to what it finds."""
    also = {source for source, _ in jobs.wishes(tx, job.id)} - {job.source}
    return Wish(
        job.source, job.origin, job.priority, job.options, job.into_path, job.again, job.walk, tuple(sorted(also))
    )


def post(tx: Transaction, snapshot: Snapshot, wish: Wish, key: str, found: Post) -> list[Event]:
    """Store a post and queue what it needs; return what there is to tell: it is known, or not taken, and why."""
    before = None if wish.again else known.find(tx, (key,))
    post_id = posts.add(tx, key, found, wish.origin, wish.walk)
    if before is not None and before.outcome in ("delivered", "known", "skipped"):
        also = tuple((source, post_id) for source in wish.also)
        return _nothing(tx, wish, post_id, found, Outcome("known", known_as(before), "post"), also)
    return parts(tx, snapshot, wish, post_id, found, tuple((source, post_id) for source in wish.also))


def known_as(found: known.Known) -> str:
    """Say since when something is known as what."""
    return f"known since {day(found.at)} as {found.outcome}" + (f": {found.why}" if found.why else "")


def parts(
    tx: Transaction, snapshot: Snapshot, wish: Wish, post_id: int, found: Post, also: Also = (), *, ending: int = 0
) -> list[Event]:
    """Queue a stored post's files and the pages that hold more of them; return what there is to tell.

    `also`: further wishes for them, as pairs of source and post; `ending`: so many open jobs of the post settle right after.
    """
    verdict = _verdict(tx, snapshot, wish, found)
    told: list[Event] = []
    if verdict is None:
        for url in found.follow:
            key, lane = identity.page_key(snapshot.library, url), identity.page_lane(snapshot.library, url)
            led = "" if url == found.url else found.url  # no page leads to itself
            new = replace(_new(wish, "post", url, key, post_id, found), lane=lane, also=also, referrer=led)
            jobs.add(tx, new)
    for media in found.files:
        told += _file(tx, wish, post_id, found, media, verdict, also)
    if not found.files and (verdict is not None or not found.follow):
        if verdict is None and is_wanted_text(_options(tx, snapshot, wish, found), found):
            _note(tx, wish, post_id, found, also, ending=ending)
        else:
            told += _nothing(tx, wish, post_id, found, verdict or EMPTY, also, ending=ending)
    return told


def further(tx: Transaction, wish: Wish, post_id: int, found: Post, media: MediaFile) -> None:
    """Queue one more file of a stored post that is taken, while another of its files is still open."""
    _file(tx, wish, post_id, found, media, None, tuple((source, post_id) for source in wish.also))


def is_wanted_text(options: Options, found: Post) -> bool:
    """Tell whether a post without files is to be delivered as text."""
    return options.text_posts != "" and any(note.text.strip() for note in found.notes)


def _options(tx: Transaction, snapshot: Snapshot, wish: Wish, found: Post) -> Options:
    where = scope.of(tx, snapshot, wish.origin, walk=wish.walk is not None, site=found.site, url=found.url)
    return snapshot.options(where, wish.options)


def _verdict(tx: Transaction, snapshot: Snapshot, wish: Wish, found: Post) -> Outcome | None:
    """Return why a post is not taken, or None."""
    if found.veto:
        return Outcome("skipped", f"the site file refuses this post: {found.veto}", f"veto: {found.veto}")
    if wish.options != "{}" and (out := bounds.of(snapshot.one_off(wish.options)).outside(found.id, found.time)):
        return Outcome(settle.OUTSIDE, f"{out}: it is left for another time", "bounds")
    verdict: Verdict = post_filter.judge(_options(tx, snapshot, wish, found), found, tx.now)
    return None if verdict.taken else Outcome("skipped", verdict.why, verdict.rule)


def page(wish: Wish, url: str, key: str, post_id: int) -> NewJob:
    """Return the job for a page that belongs to a stored post."""
    return _new(wish, "post", url, key, post_id, Post(url=""))


def _new(wish: Wish, kind: str, url: str, key: str, post_id: int, found: Post) -> NewJob:
    return NewJob(
        kind=kind,
        url=url,
        key=key,
        lane=identity.lane(url),
        source=wish.source,
        origin=wish.origin,
        priority=wish.priority,
        post=post_id,
        walk=wish.walk,
        referrer=found.url,
        site=found.site,
        options=wish.options,
        into_path=wish.into_path,
        again=wish.again,
    )


def _file(
    tx: Transaction, wish: Wish, post_id: int, found: Post, media: MediaFile, verdict: Outcome | None, also: Also
) -> list[Event]:
    # A post that is not taken says nothing about its file's URL: another post may show it, too.
    key = identity.url_key(media.url) if verdict is None else f"none:{post_id}:{media.index}"
    if verdict is None or not wish.here.startswith("url:"):
        key = wish.here or key
    new = replace(_new(wish, "file", media.url or wish.place, key, post_id, found), media=media, also=also)
    if wish.here:
        new = replace(new, lane=identity.HERE)
    outcome = verdict or (None if wish.again else _known(tx, key, media))
    job_id, fresh = jobs.add(tx, new)
    if outcome is None or not fresh:
        return []
    settle.job(tx, job_id, outcome)
    if outcome.name == "known" and (sha256 := deliveries.by_hash(tx, media.hashes)):
        more.add(tx, job_id, sha256)
    return [Event(outcome.shown, found.url or media.url, outcome.why)]


def _known(tx: Transaction, key: str, media: MediaFile) -> Outcome | None:
    """Return the outcome of a file that was delivered or skipped before, by its URL or by the hash that the site gives."""
    hashes = [f"{kind}:{value}" for kind, value in media.hashes]
    found = known.find(tx, (key, *hashes))
    if found is None or found.outcome in ("failed", "gone"):
        return None
    return Outcome("known", known_as(found), found.key.partition(":")[0])


def _note(tx: Transaction, wish: Wish, post_id: int, found: Post, also: Also, *, ending: int) -> None:
    """Queue a post that is to become a text, unless something else of it is still to come."""
    stored = posts.get(tx, post_id)
    if stored is not None and stored.open <= ending:
        new = _new(wish, "note", found.url or stored.key, f"note:{stored.key}", post_id, found)
        jobs.add(tx, replace(new, lane=identity.HERE, also=also))


def _nothing(
    tx: Transaction, wish: Wish, post_id: int, found: Post, outcome: Outcome, also: Also, *, ending: int = 0
) -> list[Event]:
    """Settle a post that gives nothing to fetch, as a job of its own, so that the reason is kept and counted."""
    stored = posts.get(tx, post_id)
    if stored is None or stored.open > ending:
        return []
    url = found.url or (found.follow[0] if found.follow else stored.key)
    new = replace(_new(wish, "post", url, f"none:{stored.key}", post_id, found), also=also)
    job_id, fresh = jobs.add(tx, new)
    if fresh:
        settle.job(tx, job_id, outcome)
    return [Event(outcome.shown, url, outcome.why)] if fresh else []
