"""The local site as another program knows it: the interface of moebooru, which gallery-dl reads at any root that it is told.

Pure: world and request in, reply out. Only the demo and tests import it.
"""

from __future__ import annotations

from syncer.demo.html import page_number
from syncer.demo.posts import WorldPost
from syncer.demo.reply import Ask, Reply, data
from syncer.demo.world import PAGE_SIZE, World

_MOST = 100


def posts(world: World, ask: Ask) -> Reply:
    """Answer `/post.json?tags=a+b&page=N&limit=20`, also `tags=id:12`: a list of posts with one file each."""
    limit = ask.arguments.get("limit", "")
    size = min(max(int(limit), 1), _MOST) if limit.isascii() and limit.isdigit() else PAGE_SIZE
    tags = ask.arguments.get("tags", "")
    if tags.startswith("id:") and tags[3:].isdigit():
        one = world.post(int(tags[3:]), ask.now)
        return data([_describe(post, ask) for post in ([one] if one is not None else [])])
    found, _more = world.page(tags, page_number(ask), size, ask.now)
    return data([_describe(post, ask) for post in found])


def _describe(post: WorldPost, ask: Ask) -> dict[str, object]:
    words = {"id": post.id, "created_at": int(post.time), "rating": post.rating[0], "author": "somebody"}
    words |= {"source": post.sources[0] if post.sources else "", "status": "active"}
    words["tags"] = " ".join(tag.text.replace(" ", "_") for tag in post.tags_at(ask.now))
    if post.deleted(ask.now) or not post.files:
        return {**words, "status": "deleted"}
    file = post.files[0]
    size = {"width": file.picture.width, "height": file.picture.height, "file_size": file.size}
    return {**words, "file_url": ask.root + file.path, "md5": file.md5, "file_ext": file.extension, **size}
