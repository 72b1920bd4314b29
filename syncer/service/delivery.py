"""Laying a whole file into the import folder exactly once: stage, sidecars, media, settle; and taking up what a crash left.

Here, because store and disk must change in one fixed order (promise 2 of docs/design.md). File jobs and recovery call it.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from syncer.deliver import naming
from syncer.deliver.disk import DiskError
from syncer.deliver.place import TakenError, Target
from syncer.deliver.sidecar import profile
from syncer.errors import ItemError
from syncer.frozen import frozen
from syncer.model import MediaFile
from syncer.service import handed, more_metadata, placeholders, taken_back
from syncer.service.events import Event
from syncer.service.more_metadata import Grown
from syncer.service.parcel import Parcel, Sidecars
from syncer.service.retold import Again
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import day
from syncer.store import deliveries, hooks, jobs, known, more, settle
from syncer.store.database import Named, Transaction
from syncer.store.deliveries import Delivered, NewDelivery
from syncer.store.jobs import Job
from syncer.store.settle import Outcome
from syncer.together import A_TURN, Steps, Wait, alone

MOST_NAMES = 10_000
"""So many names are tried before a file is given up."""
TURNS = 8
"""So many turns a file waits for another of the same bytes that is placed beside it, which takes half of that."""
BESIDE = "another job is delivering the same bytes"
TWIN_WAIT = 5.0
"""Seconds that a job waits while another places the same bytes."""


def deliver(runtime: Runtime, snapshot: Snapshot, job: Job, parcel: Parcel) -> Steps:
    """Deliver a fetched file; True when the job is settled. Raises DiskError, ItemError."""
    at = runtime.clock.now()
    if not job.again and _is_there(runtime, job, parcel):
        return True
    name = _free_name(runtime, parcel.target, parcel.first_name(job, at))
    sidecars = parcel.sidecars(job, name.path, at)
    if parcel.folder.media_time == "source" and (posted := parcel.post.posted(at)) is not None:
        parcel.target.set_times(parcel.part, posted)
    yield parcel.target.write_part(parcel.part, sidecars)
    staged = yield from _stage(runtime, job, parcel, name, sidecars, at)
    if staged is None:
        return (yield from _same_bytes(runtime, snapshot, job, parcel))
    return (yield from _place(runtime, job, parcel.target, staged))


def _is_there(runtime: Runtime, job: Job, parcel: Parcel) -> bool:
    """Settle a job whose bytes a person has from elsewhere, or deleted there."""
    facts = parcel.facts
    with runtime.db.read() as tx:
        found = known.find(tx, (f"sha256:{facts.sha256}", f"md5:{facts.md5}"))
        if found is None or found.outcome in ("failed", "gone") or deliveries.first(tx, facts.sha256) is not None:
            return False
    outcome = Outcome("known", f"the same bytes are known since {day(found.at)}: {found.why}", "sha256")
    with runtime.db.write(Named.SETTLE) as tx:
        settle.job(tx, job.id, outcome)
    parcel.target.drop_part(parcel.part)
    runtime.tell(Event("known", job.url, outcome.why))
    return True


@frozen
class _Name:
    """The `number`-th name of those that begin with the one that the template gives."""

    first: str
    number: int
    path: str


def _free_name(runtime: Runtime, target: Target, first: str, after: int = 0) -> _Name:
    """Return a name that was never used in the folder and no file on the disk has, behind the first `after` of its row."""

    def numbered(number: int) -> str:
        return first if number == 1 else naming.other(first, number, most=target.name_limit())

    def is_free(number: int) -> bool:
        name = numbered(number)
        with runtime.db.read() as tx:
            used = deliveries.name_taken(tx, str(target.path), naming.name_key(name))
        return not used and not target.exists(name)

    # In steps that grow, and then between the last two: thousands of files may be called alike.
    taken, free = after, after + 1
    while not is_free(free):
        if free > MOST_NAMES:
            raise ItemError(f"no free name is left for {first}", "Use a name template that tells files apart")
        taken, free = free, free + 2 * (free - taken)
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (taken, middle) if is_free(middle) else (middle, free)
    return _Name(first, free, numbered(free))


def _stage(
    runtime: Runtime, job: Job, parcel: Parcel, name: _Name, sidecars: Sidecars, at: float
) -> Generator[Wait, Any, Delivered | None]:
    """Take the hash and reserve the name in one transaction; None where these bytes are delivered or being placed."""
    for _ in range(MOST_NAMES):
        try:
            staged: Delivered | None = yield runtime.db.joined(
                Named.STAGE,
                functools.partial(_staged, job=job, parcel=parcel, name=name.path, sidecars=sidecars, at=at),
            )
        except sqlite3.IntegrityError:
            # Another job reserved this name between our look and now.
            name = _free_name(runtime, parcel.target, name.first, name.number)
            sidecars = parcel.sidecars(job, name.path, at)
        else:
            return staged
    raise ItemError(f"no free name is left for {name.first}", "Use a name template that tells files apart")


def _staged(tx: Transaction, *, job: Job, parcel: Parcel, name: str, sidecars: Sidecars, at: float) -> Delivered | None:
    if not job.again and deliveries.first(tx, parcel.facts.sha256) is not None:
        return None
    return deliveries.stage(tx, _row(tx, job, parcel, name, sidecars, at))


def _row(tx: Transaction, job: Job, parcel: Parcel, name: str, sidecars: Sidecars, at: float) -> NewDelivery:
    facts = parcel.facts
    generation = deliveries.next_generation(tx, facts.sha256) if job.again else 0
    return NewDelivery(
        sha256=facts.sha256,
        folder=str(parcel.target.path),
        name=name,
        name_key=naming.name_key(name),
        job=job.id,
        part=parcel.part.name,
        size=facts.size,
        md5=facts.md5,
        mime=facts.mime,
        sidecars=tuple((suffix, content.decode()) for suffix, content in sidecars),
        post_key=parcel.post_key,
        origin=job.origin,
        options=parcel.options,
        generation=generation,
        cause="" if generation == 0 else deliveries.MORE_METADATA if job.more else deliveries.ASKED,
        at=at,
    )


def _same_bytes(runtime: Runtime, snapshot: Snapshot, job: Job, parcel: Parcel) -> Steps:
    """Settle a job whose bytes are delivered already, or let it wait while another job places them."""
    if (yield from _are_free(runtime, snapshot, parcel)):
        return (yield from deliver(runtime, snapshot, job, parcel))
    with runtime.db.write(Named.SETTLE) as tx:
        first, newest = deliveries.first(tx, parcel.facts.sha256), deliveries.newest(tx, parcel.facts.sha256)
        if first is None or newest is None or newest.state == "placing":
            jobs.put_off(tx, job.id, until=tx.now + TWIN_WAIT, cause="same bytes", why=BESIDE, advice="", counts=False)
            return False
        told = more_metadata.told_by(tx, snapshot, job) if newest.state == "placed" else None
    # Files are looked at outside of a transaction, and the job settles after what it leads to.
    try:
        grown = more_metadata.grow(runtime, snapshot, newest, told) if told else Grown()
    except DiskError:
        grown = Grown("its sidecar gets what is told of it now when its disk is there", waits=True)
    if grown.again is not None and str(parcel.target.path) == newest.folder:
        return (yield from _place_again(runtime, snapshot, job, parcel, grown.again))
    if told is not None:
        more_metadata.fetch_again(runtime, grown, told)
    return _known_bytes(runtime, job, parcel, first, grown)


def _are_free(runtime: Runtime, snapshot: Snapshot, parcel: Parcel) -> Generator[Wait, Any, bool]:
    """Wait a little while another job places the same bytes; True where by now nobody has them or places them."""
    for _ in range(TURNS):
        with runtime.db.read() as tx:
            newest = deliveries.newest(tx, parcel.facts.sha256)
            left = jobs.get(tx, newest.job) if newest and settle.outcome_of(tx, newest.job) is not None else None
        if newest is None or newest.state != "placing":
            return newest is None
        if left is None or left in runtime.dispatch.running():
            yield A_TURN
        else:  # It was taken out of the queue while its disk was away: nobody else brings it to its end.
            alone(finish(runtime, snapshot, left, newest))
    return False


def _known_bytes(runtime: Runtime, job: Job, parcel: Parcel, first: Delivered, grown: Grown) -> bool:
    with runtime.db.write(Named.SETTLE) as tx:
        why, notice = f"the same bytes were delivered on {day(first.at)} as {first.name}", ""
        why += f"; {grown.words}" if grown.words else ""
        if parcel.post_key != first.post_key:
            word, notice = placeholders.seen_again(tx, first.sha256, parcel.post.site, parcel.post_key, first.name)
            why += word
        if grown.waits:
            more.add(tx, job.id, first.sha256)
        outcome = Outcome("known", why, "sha256")
        settle.job(tx, job.id, outcome)
    if notice:
        runtime.tell(Event("notice", job.url, notice))
    parcel.target.drop_part(parcel.part)
    runtime.tell(Event("known", job.url, outcome.why))
    return True


def _place_again(runtime: Runtime, snapshot: Snapshot, job: Job, parcel: Parcel, earlier: Again) -> Steps:
    """Lay down what the manager took, from the bytes at hand, with all that is told of it by now."""
    with runtime.db.write(Named.STAGE) as tx:
        jobs.deliver_for(tx, job.id, earlier.job)
        again = jobs.get(tx, job.id)
    assert again is not None
    media = earlier.job.media or MediaFile(earlier.job.url)
    whole = replace(
        parcel, folder=earlier.folder, post=earlier.post, media=media, options=earlier.options, stars=earlier.stars
    )
    return (yield from deliver(runtime, snapshot, again, whole))


def _place(runtime: Runtime, job: Job, target: Target, staged: Delivered) -> Steps:
    """Lay sidecars and media down, under another name where the disk has taken ours, and settle."""
    part = target.named_part(staged.part)
    for _ in range(MOST_NAMES):
        sidecars = tuple((suffix, text.encode()) for suffix, text in staged.sidecars)
        try:
            yield target.lay_sidecars(staged.name, sidecars, part=part)
            yield target.lay_media(part, staged.name)
            return (yield from _settled(runtime, job, staged))
        except TakenError:
            target.remove_sidecars(staged.name, sidecars)
            staged = _renamed(runtime, target, staged)
        except DiskError:
            # While the disk is waited for, no sidecar shall lie alone; where the media came, its sidecars stay with it.
            with suppress(DiskError):
                if target.has_part(part):
                    target.remove_sidecars(staged.name, sidecars)
            raise
    raise ItemError(f"no free name is left for {staged.name}", "Use a name template that tells files apart")


def _renamed(runtime: Runtime, target: Target, staged: Delivered) -> Delivered:
    name = _free_name(runtime, target, staged.name).path
    old, new = PurePosixPath(staged.name).name, PurePosixPath(name).name
    sidecars = profile.renamed(staged.sidecars, old, new)
    with runtime.db.write(Named.STAGE) as tx:
        deliveries.rename(tx, staged.id, name, naming.name_key(name), sidecars)
        renamed = deliveries.get(tx, staged.id)
    assert renamed is not None
    return renamed


def _settled(runtime: Runtime, job: Job, staged: Delivered) -> Steps:
    """Note that everything is in its place: the delivery, the hashes, the URL, the post and the wishes, in one transaction."""
    folder = runtime.snapshot.folder_at(staged.folder)
    has_hook = folder is not None and bool(folder.hook)

    def settled(tx: Transaction) -> None:
        deliveries.placed(tx, staged.id)
        if has_hook:
            hooks.add(tx, staged.id)
        hashes = (f"sha256:{staged.sha256}", f"md5:{staged.md5}")
        settle.job(tx, job.id, Outcome("delivered", staged.name), hashes)

    yield runtime.db.joined(Named.SETTLE, settled)
    runtime.tell(Event("delivered", staged.name, job.url))
    if has_hook:
        runtime.after_delivery()
    return True


def finish(runtime: Runtime, snapshot: Snapshot, job: Job, staged: Delivered) -> Steps:
    """Take up a delivery that was begun; True when the job is settled.

    Its part is there: sidecars are written anew, then the media is placed. The part is gone: it was placed, if the media is there
    with our size, or the folder drains and no part can have been lost with the work folder; else no one can tell, and a person is
    asked. Of a job that was taken out of the queue what was not placed is taken back. Raises DiskError where the drive is away.
    """
    target, drains = taken_back.target_of(runtime, snapshot, staged)
    part = target.named_part(staged.part)
    if target.has_part(part):
        if taken_back.is_dropped(runtime, job):
            taken_back.take_back(runtime, snapshot, staged)
            return True
        return (yield from _place(runtime, job, target, staged))
    if (drains and target.lasts_since(staged.at)) or target.has_media(staged.name, staged.size):
        return (yield from _settled(runtime, job, staged))
    return _unknown(runtime, job, staged)


def _unknown(runtime: Runtime, job: Job, staged: Delivered) -> bool:
    why = f"syncer was stopped while it placed {staged.name}, and the file is not there: it arrived and was removed, or never did"
    advice = f"Say which: `syncer queue settle {staged.id} --as delivered` or `--as again`"
    with runtime.db.write(Named.STAGE) as tx:
        deliveries.unknown(tx, staged.id)
        jobs.ask(tx, job.id, cause="unknown", why=why, advice=advice)
    runtime.tell(Event("notice", job.url, f"{why}. {advice}"))
    return False


def decide(runtime: Runtime, delivery_id: int, *, delivered: bool) -> str:
    """Settle a delivery that no one can tell about, as the person says; return what was done, in words. Raises ItemError."""
    with runtime.db.write(Named.SETTLE) as tx:
        staged = deliveries.get(tx, delivery_id)
        job = jobs.get(tx, staged.job) if staged is not None else None
        if staged is None or job is None or staged.state != "unknown":
            raise ItemError(f"there is no delivery {delivery_id} that waits for a word", "`syncer status` lists them")
        if not delivered:
            deliveries.give_up(tx, staged.id)
            jobs.wake_one(tx, job.id)
    if delivered:
        alone(_settled(runtime, job, staged))
        return f"{staged.name} counts as delivered"
    taken_back.remove_sidecars(runtime, runtime.snapshot, staged)
    runtime.dispatch.look_again()
    return f"{handed.shown(job.url)} is fetched again"
