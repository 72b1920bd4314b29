"""Writes the JSON sidecar: all that is known of a delivered file, in a form that stays the same and that hydrus can read.

Keys are only added within version 1, and all are always there: what is not known is null, an empty list or an empty object. Only
`unverified` stands in `file` just where there is something to say. Pure; `profile` imports it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from syncer.deliver.sidecar import content
from syncer.model import Delivery

VERSION: Final = 1

_text: Final = json.JSONEncoder(ensure_ascii=False).encode
"""Made once: `json.dumps` makes a new encoder for every call that does not escape."""


def render(delivery: Delivery) -> bytes:
    """Return the sidecar of a delivery: UTF-8 without byte order mark, one key a line, a line feed at the end."""
    lines = [f"  {_text(key)}: {_text(value)}" for key, value in _content(delivery).items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8", "replace")


def renamed(text: str, old: str, new: str) -> str:
    """Return a sidecar with the media's name changed, and nothing else that happens to be called so."""
    return text.replace(f'"file": {{"name": {_text(old)}', f'"file": {{"name": {_text(new)}', 1)


def _content(delivery: Delivery) -> Mapping[str, object]:
    post, media, origin, at = delivery.post, delivery.media, delivery.origin, delivery.delivered_at
    return {
        "syncer": VERSION,
        "tags": content.distinct(str(tag) for tag in post.tags),
        "urls": content.urls(delivery),
        "post_url": content.web(post.url) or None,
        "file_url": content.web(media.url) or None,
        "sources": content.distinct(map(content.web, post.sources)),
        "notes": content.distinct(map(content.note_row, post.notes)),
        "title": post.title.strip() or None,
        "stars": delivery.stars,
        "source_time": content.time(delivery),
        "source_times": content.times(delivery),
        "file": _file(delivery),
        "from": {
            "site": post.site,
            "post": post.id or None,
            "by": origin.by,
            "name": origin.name,
            "query": origin.query,
            "follow": origin.follow,
            "time": at,
        },
    }


def _file(delivery: Delivery) -> Mapping[str, object]:
    facts = delivery.file
    known: dict[str, object] = {
        "name": delivery.name,
        "sha256": facts.sha256,
        "md5": facts.md5,
        "size": facts.size,
        "type": facts.mime,
        "width": facts.width,
        "height": facts.height,
    }
    return known | {"unverified": list(facts.unverified)} if facts.unverified else known
