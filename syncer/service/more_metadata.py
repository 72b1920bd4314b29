"""Metadata that arrives later: the same bytes at another place tell more tags, notes and sources, and the sidecar grows.

Here, because it needs the earlier delivery, both posts and the import folder. Media that the manager took is left alone: nothing
is delivered again for a tag. `delivery` calls it when bytes turn out to be there already.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from pathlib import Path
from typing import Final

from syncer.config.settings import ImportFolder
from syncer.deliver.disk import DiskError
from syncer.deliver.place import TakenError, Target
from syncer.deliver.sidecar import profile
from syncer.errors import SyncerError
from syncer.filters import titles, written
from syncer.model import Delivery, FileFacts, MediaFile, Origin, Post
from syncer.service import identity, scope
from syncer.service.runtime import Runtime
from syncer.service.snapshot import Snapshot
from syncer.store import deliveries, jobs, posts
from syncer.store.database import Named
from syncer.store.deliveries import Delivered
from syncer.store.jobs import Job

log = logging.getLogger(__name__)

_BLOCK: Final = 1 << 20


def grow(runtime: Runtime, snapshot: Snapshot, first: Delivered, job: Job, facts: FileFacts) -> str:
    """Write into the sidecars of a delivered file what another post with the same bytes tells; return what was done, "" = nothing.

    Only beside media that is there with the same bytes, and only over sidecars that are as we last wrote them.
    """
    folder = _folder(snapshot, first)
    found = _both(runtime, first, job)
    if folder is None or found is None:
        return ""
    earlier, post, media, origin = found
    target = runtime.targets.get(folder)
    with runtime.db.read() as tx:
        where = scope.of(
            tx, snapshot, origin, walk=earlier.walk is not None, site=post.site, url=post.url or earlier.url
        )
    options = snapshot.options(where, earlier.options)
    told = titles.with_title(options, written.post(options, post), origin)
    whole = Delivery(
        file=facts,
        name=Path(first.name).name,
        post=told,
        media=media,
        origin=origin,
        delivered_at=int(first.at),
        urls=tuple(dict.fromkeys(url for url in (told.url, media.url, *told.sources) if url)),
    )
    new = profile.sidecars(folder.profile, whole, json=folder.json, txt=folder.txt)
    old = tuple((suffix, text.encode()) for suffix, text in first.sidecars)
    if new == old or not _is_there(target, first):
        return ""
    try:
        target.put_sidecars(first.name, new, part=target.part(job.id), earlier=old)
    except (TakenError, DiskError) as error:
        log.info("the sidecar of %s stays as it is: %s", first.name, error)
        return ""
    with runtime.db.write(Named.SETTLE) as tx:
        deliveries.set_sidecars(tx, first.id, tuple((suffix, text.decode()) for suffix, text in new))
        if earlier.post is not None:
            posts.update(tx, earlier.post, post)
    return "; its sidecar has what both posts tell"


def _folder(snapshot: Snapshot, first: Delivered) -> ImportFolder | None:
    """Return the import folder that a delivery went into, if the config still has it."""
    folders = snapshot.config.import_folders.values()
    return next((folder for folder in folders if str(folder.path.resolve()) == first.folder), None)


def _both(runtime: Runtime, first: Delivered, job: Job) -> tuple[Job, Post, MediaFile, Origin] | None:
    """Return the job that delivered the file, its post with what the other one adds, its file, and who wished for it."""
    with runtime.db.read() as tx:
        earlier = jobs.get(tx, first.job)
        had = posts.get(tx, earlier.post) if earlier is not None and earlier.post is not None else None
        more = posts.get(tx, job.post) if job.post is not None else None
    if earlier is None or had is None or more is None or had.post.site == more.post.site:
        # Posts of one site that share bytes are most often a picture that stands for a missing file.
        return None
    media = earlier.media or MediaFile(earlier.url)
    other = job.media or MediaFile(job.url)
    known = {had.post.url, media.url}
    added = (url for url in (more.post.url, other.url, *more.post.sources) if url and url not in known)
    grown = identity.merged(more.post, had.post)
    post = replace(
        grown,
        site=had.post.site,
        id=had.post.id,
        url=had.post.url,
        files=had.post.files,
        tags=tuple(dict.fromkeys((*had.post.tags, *more.post.tags))),
        notes=tuple(dict.fromkeys((*had.post.notes, *more.post.notes))),
        sources=tuple(dict.fromkeys((*had.post.sources, *added))),
    )
    return earlier, post, media, had.origin


def _is_there(target: Target, first: Delivered) -> bool:
    """Tell whether the media lies where it was laid, with the bytes that were laid there."""
    try:
        if not target.has_media(first.name, first.size):
            return False
        sha256 = hashlib.sha256()
        with (target.path / first.name).open("rb") as file:
            while block := file.read(_BLOCK):
                sha256.update(block)
        return sha256.hexdigest() == first.sha256
    except (OSError, SyncerError):
        return False
