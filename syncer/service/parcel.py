"""A whole and wanted file with all that is known of it, and what follows from that: its name and its sidecars.

Here, because name and sidecars join what the person's config, the site and the file itself say. `delivery` lays it down.
"""

from __future__ import annotations

import functools
from pathlib import Path, PurePosixPath

from syncer.config.settings import ImportFolder
from syncer.deliver import naming
from syncer.deliver.place import Target
from syncer.deliver.sidecar import profile
from syncer.frozen import frozen
from syncer.model import Delivery, FileFacts, MediaFile, Post
from syncer.store.jobs import Job

Sidecars = tuple[tuple[str, bytes], ...]


@frozen
class Parcel:
    """A whole and wanted file with all that is known of it."""

    folder: ImportFolder
    target: Target
    part: Path
    facts: FileFacts
    post: Post
    """As its sidecars tell it, see `filters.written`."""
    media: MediaFile
    post_key: str
    options: str = "{}"
    """As JSON: value and layer of each option that is not the default."""
    stars: int | None = None

    def sidecars(self, job: Job, path: str, at: float) -> Sidecars:
        """Return the sidecars that the folder's profile writes beside the media `path`."""
        whole = Delivery(
            file=self.facts,
            name=PurePosixPath(path).name,
            post=self.post,
            media=self.media,
            origin=job.origin,
            delivered_at=int(at),
            urls=tuple(url for url in (self.post.url, self.media.url, *self.post.sources) if url),
            stars=self.stars,
        )
        return profile.sidecars(self.folder, whole)

    def first_name(self, job: Job, at: float) -> str:
        """Return the name that the folder's template gives."""
        values = naming.values(self.post, self.media, job.origin, at=at, facts=self.facts)
        template = _template(self.folder.names or naming.default_template(self.folder.profile))
        dots = profile.profile(self.folder.profile).dots
        return template.path(values, self.facts.extension, dots=dots, most=self.target.name_limit())


@functools.lru_cache(maxsize=64)
def _template(text: str) -> naming.Template:
    return naming.template(text)
