"""The local site as a JSON interface of the kind that boorus have.

Pure: world and request in, reply out. Only the demo and tests import it.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncer.demo.html import iso, page_number
from syncer.demo.posts import WorldFile, WorldPost
from syncer.demo.reply import Ask, Reply, data
from syncer.demo.world import PAGE_SIZE, World
from syncer.model import Tag

_MOST = 200


def posts(world: World, ask: Ask) -> Reply:
    """Answer `/api/posts.json?tags=a+b&page=N&limit=20`: a list of posts, at most 200."""
    limit = ask.arguments.get("limit", "")
    size = min(max(int(limit), 1), _MOST) if limit.isascii() and limit.isdigit() else PAGE_SIZE
    found, _more = world.page(ask.arguments.get("tags", ""), page_number(ask), size, ask.now)
    return data([describe(post, ask) for post in found])


def post(world: World, ask: Ask, number: str) -> Reply:
    """Answer `/api/post/12.json`."""
    found = world.post(int(number), ask.now)
    if found is None:
        return data({"success": False, "message": "no such post"}, 404)
    return data(describe(found, ask))


def describe(post: WorldPost, ask: Ask) -> dict[str, object]:
    """Return one post as the interface gives it; a deleted one has neither files nor hashes."""
    deleted = post.deleted(ask.now)
    return {
        "id": post.id,
        **({} if deleted else _files(post.files, ask.root)),
        "tags": _words(post.tags_at(ask.now), ""),
        "tag_string_artist": _words(post.tags_at(ask.now), "creator"),
        "tag_string_series": _words(post.tags_at(ask.now), "series"),
        "rating": post.rating,
        "source": post.sources[0] if post.sources else "",
        "created_at": iso(post.time),
        "title": post.title,
        "notes": [{"name": note.name, "text": note.text} for note in post.notes],
        "is_deleted": deleted,
        "pinned": post.pinned,
    }


def _words(tags: Sequence[Tag], namespace: str) -> str:
    return " ".join(tag.text.replace(" ", "_") for tag in tags if tag.namespace == namespace)


def _files(files: tuple[WorldFile, ...], root: str) -> dict[str, object]:
    if len(files) == 1:
        only = files[0]
        size = {"image_width": only.picture.width, "image_height": only.picture.height, "file_size": only.size}
        return {"file_url": root + only.path, "md5": only.md5, "file_ext": only.extension, **size}
    return {
        "files": [
            {"url": root + file.path, "md5": file.md5, "width": file.picture.width, "height": file.picture.height}
            for file in files
        ]
    }
