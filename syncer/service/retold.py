"""The sidecars of a delivered file, made anew from what the store has: its post, its job and its row.

Here, because options and profile in force now decide what they say. `more_metadata` and `repair` use it; it writes nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from syncer.config.settings import ImportFolder
from syncer.deliver import signatures
from syncer.deliver.sidecar import profile
from syncer.filters import titles, written
from syncer.frozen import frozen
from syncer.model import Delivery, FileFacts, MediaFile, Post
from syncer.service import scope
from syncer.service.snapshot import Snapshot
from syncer.store.database import Database
from syncer.store.deliveries import Delivered
from syncer.store.jobs import Job


@frozen
class Again:
    """A file that is to be placed once more: what its sidecars are to tell is stored already."""

    job: Job
    """The job that delivered it."""
    folder: ImportFolder
    post: Post
    """As its sidecars tell it."""
    options: str
    """As JSON, like `Parcel.options`."""
    stars: int | None


def again(db: Database, snapshot: Snapshot, folder: ImportFolder, earlier: Job, post: Post) -> Again:
    """Return a post as the options in force for its delivery have it written."""
    url = post.url or earlier.url
    with db.read() as tx:
        where = scope.of(tx, snapshot, earlier.origin, walk=earlier.by_walk, site=post.site, url=url)
    resolved = snapshot.resolved(where, earlier.options)
    told = titles.with_title(resolved.options, written.post(resolved.options, post), earlier.origin)
    return Again(earlier, folder, told, resolved.shown, resolved.options.stars)


def sidecars(again: Again, delivered: Delivered) -> tuple[tuple[str, bytes], ...]:
    """Return the sidecars of a delivery with new metadata, all else as it was told before."""
    job, folder, told = again.job, again.folder, again.post
    media = job.media or MediaFile(job.url)
    whole = Delivery(
        file=facts_of(delivered),
        name=Path(delivered.name).name,
        post=told,
        media=media,
        origin=job.origin,
        delivered_at=int(delivered.told_at),
        urls=tuple(dict.fromkeys(url for url in (told.url, media.url, *told.sources) if url)),
        stars=again.stars,
    )
    return profile.sidecars(folder, whole)


def facts_of(delivered: Delivered) -> FileFacts:
    """Return what is known of a delivered file, from its row and its JSON sidecar as we last wrote it."""
    text = next((text for suffix, text in delivered.sidecars if profile.is_json(suffix)), "")
    told: dict[str, Any] = json.loads(text)["file"] if text else {}
    return FileFacts(
        sha256=delivered.sha256,
        md5=delivered.md5,
        size=delivered.size,
        mime=delivered.mime,
        extension=Path(delivered.name).suffix.removeprefix("."),
        group=next((kind.group for kind in signatures.KINDS.values() if kind.mime == delivered.mime), ""),
        width=told.get("width"),
        height=told.get("height"),
        unverified=tuple(told.get("unverified", ())),
    )
