"""The travelling things as JSON text in the store, and back.

Here, so that one place knows what old rows look like; a missing key takes the field's default. The store and the service use it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from syncer.model import MediaFile, Note, Origin, Post, Tag

# One encoder for all: `json.dumps` would make a new one each time, and a start dumps thousands of rows.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_TAG_OF: Callable[[list[str]], Tag] = partial(tuple.__new__, Tag)
"""Makes a tag of its two texts without a call in Python: a post has dozens."""


def dump(value: object) -> str:
    """Write plain lists, dicts and scalars as compact JSON."""
    return _encode(value)


def media_to_text(media: MediaFile) -> str:
    """Write a media file as JSON."""
    return dump(_media_fields(media))


def media_from_text(text: str) -> MediaFile:
    """Read what `media_to_text` wrote."""
    return _media(json.loads(text))


def post_to_text(post: Post) -> str:
    """Write a post as JSON."""
    return dump(
        {
            "site": post.site,
            "id": post.id,
            "url": post.url,
            "files": [_media_fields(media) for media in post.files],
            "follow": post.follow,
            "tags": [[tag.namespace, tag.text] for tag in post.tags],
            "notes": [[note.name, note.text] for note in post.notes],
            "sources": post.sources,
            "title": post.title,
            "time": post.time,
            "times": post.times,
            "veto": post.veto,
            "pinned": post.pinned,
        }
    )


def post_from_text(text: str) -> Post:
    """Read what `post_to_text` wrote."""
    data: dict[str, Any] = json.loads(text)
    return Post(
        site=data["site"],
        id=data["id"],
        url=data["url"],
        files=tuple(_media(each) for each in data["files"]),
        follow=tuple(data["follow"]),
        tags=tuple(map(_TAG_OF, data["tags"])),
        notes=tuple(Note(name, body) for name, body in data["notes"]),
        sources=tuple(data["sources"]),
        title=data["title"],
        time=data["time"],
        times=tuple((domain, seconds) for domain, seconds in data.get("times", ())),
        veto=data["veto"],
        pinned=data["pinned"],
    )


def origin_to_text(origin: Origin) -> str:
    """Write an origin as JSON."""
    return dump([origin.by, origin.name, origin.query, origin.follow, origin.label])


def origin_from_text(text: str) -> Origin:
    """Read what `origin_to_text` wrote."""
    return Origin(*json.loads(text))


def _media_fields(media: MediaFile) -> list[object]:
    return [media.url, media.index, media.hashes, media.headers, media.name]


def _media(fields: list[Any]) -> MediaFile:
    url, index, hashes, headers, name = fields
    return MediaFile(url, index, tuple((a, b) for a, b in hashes), tuple((a, b) for a, b in headers), name)
