"""Metadata that arrives later: another post with the same bytes, or the same post read again, tells more tags, notes and links.

Here, because it needs the earlier delivery, both posts and the import folder. What is still there gets a sidecar with all of it; what
the manager took is placed again where the option `on_more` says so. `delivery` calls `grow` with the bytes at hand, everyone else
`arrived`; who is inside a transaction notes the job by `store.more.add`, and `growing` does the rest.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from enum import Enum
from typing import Final

from syncer.config.settings import ImportFolder
from syncer.deliver.place import TakenError, Target
from syncer.frozen import frozen
from syncer.model import MediaFile, Post
from syncer.service import handed, identity, retold, scope
from syncer.service.retold import Again
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.service.words import day
from syncer.store import deliveries, jobs, known, posts
from syncer.store.database import Named, Transaction
from syncer.store.deliveries import Delivered
from syncer.store.jobs import Job, NewJob

log = logging.getLogger(__name__)

GROWN: Final = "its sidecar has all that is told of it by now"
AGAIN: Final = "it is placed again with all that is told of it by now"
TAKEN: Final = "it does not lie any more where it was laid"
OTHER: Final = "other bytes lie in its place"
EDITED: Final = "its sidecar is not as it was last written"
_DELETED: Final = frozenset({"skipped"})
"""As what a hash is known whose file was delivered, when another program says that the person deleted it."""


@frozen
class Told:
    """What is told of a delivered file after its delivery."""

    post: Post
    key: str
    """The post's key (`identity.post_key`): the one that was delivered, or another with the same bytes."""
    url: str = ""
    """Of the file there; "" = it names none of its own."""
    on_more: str = "nothing"
    """The option of that name in force for whoever met it."""
    source: str = ""
    """Whose wish it was: `entry:3`, `follow:ab12`; a file that is fetched again for it is theirs."""


@frozen
class Grown:
    """What came of it."""

    words: str = ""
    """What was done, or is to be done; "" = nothing."""
    again: Again | None = None
    """What is to be placed again; None = nothing."""
    waits: bool = False
    """It can be done only later."""
    kept: str = ""
    """Why more is told that was written nowhere; "" = nothing more is told, or it was written."""


_NOTHING: Final = Grown()


class _Lies(Enum):
    THERE = "there"
    GONE = "gone"
    OTHER = "other"


def told_by(tx: Transaction, snapshot: Snapshot, job: Job) -> Told | None:
    """Return what the post of a file job tells; None where it has none."""
    stored = posts.get(tx, job.post) if job.post is not None else None
    if stored is None:
        return None
    where = scope.of(tx, snapshot, job.origin, walk=job.by_walk, site=stored.post.site, url=stored.post.url or job.url)
    on_more = snapshot.options(where, job.options).on_more
    return Told(
        stored.post, stored.key, handed.on_the_net(job.media.url if job.media else job.url), on_more, job.source
    )


def arrived(runtime: Runtime, snapshot: Snapshot, sha256: str, told: Told) -> str | None:
    """Return in words what `outcome` did; "" = nothing, None = it is just being placed: come again."""
    found = outcome(runtime, snapshot, sha256, told)
    return None if found.waits else found.words


def outcome(runtime: Runtime, snapshot: Snapshot, sha256: str, told: Told) -> Grown:
    """Let a delivered file have what is told of it now; return what came of it.

    Whose media is there gets its sidecars written anew; what the manager took is fetched and placed again, if `told.on_more` is
    "redeliver". Must not be called inside a transaction. Raises DiskError where the drive is away.
    """
    with runtime.db.read() as tx:
        delivered = deliveries.newest(tx, sha256)
    if delivered is None or delivered.state == "unknown":
        return _NOTHING
    if delivered.state == "placing":
        return Grown(waits=True)
    found = grow(runtime, snapshot, delivered, told)
    fetch_again(runtime, found, told)
    return found


def fetch_again(runtime: Runtime, grown: Grown, told: Told) -> str:
    """Queue the file of what is to be placed again; return the words for what was or will be done, "" = nothing."""
    if grown.again is None:
        return grown.words
    new = _job(grown.again.job, grown.again.folder, told)
    if new is None:
        return ""
    with runtime.db.write(Named.ACCEPT) as tx:
        jobs.add(tx, new)
    runtime.dispatch.look_again()
    return grown.words


def grow(runtime: Runtime, snapshot: Snapshot, delivered: Delivered, told: Told) -> Grown:
    """Write what is told into the sidecars of a delivered file, or say that it is to be placed again; see `arrived`.

    Only beside media that is there with the same bytes, and only over sidecars that are as we last wrote them. Raises DiskError.
    """
    folder = snapshot.folder_at(delivered.folder)
    found = _both(runtime, delivered, told)
    if folder is None or found is None:
        return _NOTHING
    earlier, post, is_more = found
    again = retold.again(runtime.db, snapshot, folder, earlier, post)
    new = retold.sidecars(again, delivered)
    if new == tuple((suffix, text.encode()) for suffix, text in delivered.sidecars):
        return _NOTHING
    target = runtime.targets.get(folder)
    lies = _lies(target, delivered)
    if lies is _Lies.THERE:
        return _rewrite(runtime, target, delivered, earlier, post, new)
    if lies is _Lies.GONE and is_more and told.on_more == "redeliver" and _was_taken(runtime, folder, delivered):
        _keep(runtime, earlier, post)
        return Grown(AGAIN, again)
    return Grown(kept=TAKEN if lies is _Lies.GONE else OTHER)


def _both(runtime: Runtime, delivered: Delivered, told: Told) -> tuple[Job, Post, bool] | None:
    """Return the job that delivered the file, its post with what is told now, and whether that is more than before."""
    with runtime.db.read() as tx:
        earlier = jobs.get(tx, delivered.job)
        had = posts.get(tx, earlier.post) if earlier is not None and earlier.post is not None else None
    if earlier is None or had is None:
        return None
    if told.key not in (had.key, delivered.post_key) and had.post.site == told.post.site:
        # Posts of one site that share bytes are most often a picture that stands for a missing file.
        return None
    media = earlier.media or MediaFile(earlier.url)
    own = {had.post.url, handed.on_the_net(media.url)}
    added = (url for url in (told.post.url, told.url, *told.post.sources) if url and url not in own)
    post = replace(
        identity.merged(told.post, had.post),
        site=had.post.site,
        id=had.post.id,
        url=had.post.url,
        files=had.post.files,
        follow=had.post.follow,
        tags=tuple(dict.fromkeys((*had.post.tags, *told.post.tags))),
        notes=tuple(dict.fromkeys((*had.post.notes, *told.post.notes))),
        sources=tuple(dict.fromkeys((*had.post.sources, *added))),
        times=identity.times(had.post, told.post),
    )
    return earlier, post, _metadata(post) != _metadata(had.post)


def _metadata(post: Post) -> tuple[object, ...]:
    return post.tags, post.notes, post.sources, post.title, post.time


def _rewrite(
    runtime: Runtime,
    target: Target,
    delivered: Delivered,
    earlier: Job,
    post: Post,
    new: tuple[tuple[str, bytes], ...],
) -> Grown:
    """Write each sidecar that says more now; one that somebody has edited stays, and the others are written all the same."""
    told = {suffix: text.encode() for suffix, text in delivered.sidecars}
    part = target.part(f"more-{delivered.id}")
    grown = {}
    for suffix, content in new:
        if (old := told.get(suffix)) == content:
            continue
        try:
            target.put_sidecars(
                delivered.name, ((suffix, content),), part=part, earlier=() if old is None else ((suffix, old),)
            )
            grown[suffix] = content
        except TakenError as error:
            log.info("the sidecar of %s stays as it is: %s", delivered.name, error)
    if not grown:
        return Grown(kept=EDITED)
    _keep(runtime, earlier, post, delivered, tuple((told | grown).items()))
    return Grown(GROWN)


def _keep(
    runtime: Runtime,
    earlier: Job,
    post: Post,
    delivered: Delivered | None = None,
    new: tuple[tuple[str, bytes], ...] = (),
) -> None:
    with runtime.db.write(Named.SETTLE) as tx:
        if delivered is not None:
            deliveries.set_sidecars(tx, delivered.id, tuple((suffix, text.decode()) for suffix, text in new))
        if earlier.post is not None:
            posts.update(tx, earlier.post, post)


def _lies(target: Target, delivered: Delivered) -> _Lies:
    """Tell whether the media lies where it was laid, with the bytes that were laid there. Raises DiskError."""
    if not target.has_media(delivered.name, delivered.size):
        return _Lies.OTHER if target.has(delivered.name) else _Lies.GONE
    return _Lies.THERE if target.sha256(delivered.name) == delivered.sha256 else _Lies.OTHER


def _was_taken(runtime: Runtime, folder: ImportFolder, delivered: Delivered) -> bool:
    """Tell whether the manager took a file that is gone, and no one says that it was deleted there."""
    if not folder.drains:
        return False
    with runtime.db.read() as tx:
        found = known.find(tx, (f"sha256:{delivered.sha256}",)), known.find(tx, (f"md5:{delivered.md5}",))
    for each in found:
        if each is not None and each.outcome in _DELETED:
            log.info("%s is not placed again: %s since %s", delivered.name, each.why, day(each.at))
            return False
    return True


def _job(earlier: Job, folder: ImportFolder, told: Told) -> NewJob | None:
    """Return the job that fetches a delivered file once more; None for what came from this machine and is on no site."""
    media = earlier.media or MediaFile(earlier.url)
    url, key, lane = media.url, identity.url_key(media.url), identity.lane(media.url)
    if earlier.kind == "note":
        url, key, lane = earlier.url, earlier.key, earlier.lane
    elif lane in ("", identity.HERE):
        return None
    return NewJob(
        kind=earlier.kind,
        url=url,
        key=key,
        lane=lane,
        source=told.source or earlier.source,
        origin=earlier.origin,
        priority=jobs.BACKGROUND,
        post=earlier.post,
        media=media,
        walk=earlier.walk,
        referrer=earlier.referrer,
        options=earlier.options,
        into_path=str(folder.path),
        again=True,
        more=True,
        site=earlier.site,
    )
