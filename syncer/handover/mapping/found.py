"""What one file's metadata comes to: a post with this one file, and what else is known of the file before it is here.

Here, because both programs tell of files, while queue and store know posts. Pure; the service imports it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from syncer.frozen import frozen
from syncer.model import MediaFile, Note, Post, Tag


@frozen
class Found:
    """One file of a post, as another program tells of it; 0 and "" are what it did not tell."""

    post: Post
    """With exactly this file; the URL of the file is "" where nothing tells it."""
    size: int = 0
    """In bytes."""
    width: int = 0
    height: int = 0
    duration: float = 0.0
    """In seconds."""
    alone: bool = True
    """The post has no other file, as far as the metadata tells."""
    extension: str = ""
    """Without the dot, in lower case."""
    unread: tuple[str, ...] = ()
    """What a person's own mapping names and the metadata has not, or not so that it could be read."""

    @property
    def media(self) -> MediaFile:
        """Return the file."""
        return self.post.files[0]


def posts(found: Iterable[Found]) -> tuple[Post, ...]:
    """Put the files of each post together, in the order in which the posts first came.

    Files without a post id are posts of their own. What the files' metadata tells is joined; the first title and time count.
    """
    joined: dict[tuple[str, str], Post] = {}
    alone = 0
    for each in found:
        post = each.post
        key = (post.site, post.id)
        if not post.id:
            alone += 1
            key = (post.site, f"\0{alone}")
        before = joined.get(key)
        joined[key] = post if before is None else _joined(before, post)
    return tuple(joined.values())


def _joined(first: Post, other: Post) -> Post:
    files = {file.url or f"\0{number}": file for number, file in enumerate((*first.files, *other.files))}
    tags: dict[Tag, None] = dict.fromkeys((*first.tags, *other.tags))
    notes: dict[Note, None] = dict.fromkeys((*first.notes, *other.notes))
    return replace(
        first,
        url=first.url or other.url,
        files=tuple(sorted(files.values(), key=lambda file: file.index)),
        tags=tuple(tags),
        notes=tuple(notes),
        sources=tuple(dict.fromkeys((*first.sources, *other.sources))),
        title=first.title or other.title,
        time=first.time if first.time is not None else other.time,
    )
