"""A page as JSON data and back: how a child that read it tells its parent.

Here, apart from the store's own texts, which must be read years later; these live for a millisecond. Imported by library.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from syncer.model import MediaFile, Note, Page, Post, Tag
from syncer.sites.cell import Codec

_OF_PAGE = [field.name for field in fields(Page) if field.name != "posts"]
_OF_POST = [field.name for field in fields(Post) if field.name not in {"files", "tags", "notes"}]
_OF_FILE = [field.name for field in fields(MediaFile)]


def _pack(page: Page) -> list[Any]:
    return [[getattr(page, name) for name in _OF_PAGE], [_pack_post(post) for post in page.posts]]


def _unpack(data: list[Any]) -> Page:
    rest, posts = data
    return Page(posts=tuple(_unpack_post(*post) for post in posts), **dict(zip(_OF_PAGE, _frozen(rest), strict=True)))


def _pack_post(post: Post) -> list[Any]:
    files = [[getattr(file, name) for name in _OF_FILE] for file in post.files]
    notes = [[note.name, note.text] for note in post.notes]
    return [[getattr(post, name) for name in _OF_POST], files, post.tags, notes]


def _unpack_post(rest: list[Any], files: list[Any], tags: list[Any], notes: list[Any]) -> Post:
    return Post(
        files=tuple(MediaFile(*_frozen(file)) for file in files),
        tags=tuple(Tag(*tag) for tag in tags),
        notes=tuple(Note(*note) for note in notes),
        **dict(zip(_OF_POST, _frozen(rest), strict=True)),
    )


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


PAGE = Codec(_pack, _unpack)
"""A page; what comes back equals what was packed."""
