"""Under which keys things are known and queued, and what two finds of one post have in common.

Here, because queue, known list and walks must agree on it. Pure; the service's jobs use it.
"""

from __future__ import annotations

from dataclasses import replace

from syncer.config import web
from syncer.config.hosts import PORTS
from syncer.deliver.sidecar import content
from syncer.model import Note, Post, earliest
from syncer.service import handed
from syncer.sites import urls
from syncer.sites.library import Library

HERE = "file:"
"""The lane of files that lie on this machine already: no request is made for them, and no host can be called so."""


def url_key(url: str) -> str:
    """Return the key of a URL in queue and known list."""
    return f"url:{urls.key(url)}"


def page_key(library: Library, url: str) -> str:
    """Return the key of a page by its for-server form, so that spellings of one page meet."""
    found = library.recognise(url)
    return f"url:{found.key}" if found else url_key(url)


def named_key(site: str, post_id: str) -> str:
    """Return the key of a post that has a name on its site."""
    return f"post:{site}/{post_id}"


def post_key(library: Library, post: Post) -> str:
    """Return a post's key: its id on its site, else its page, else its first file."""
    if post.id:
        return named_key(post.site, post.id)
    for url in (post.url, *post.follow):
        if url:
            found = library.recognise(url)
            if found and found.post_id:
                return f"post:{found.site}/{found.post_id}"
            return f"url:{found.key}" if found else url_key(url)
    return url_key(post.files[0].url) if post.files else f"post:{post.site}/?"


def lane(url: str) -> str:
    """Return the lane of a request: host and, where it is not the scheme's own, port."""
    place = handed.on_the_net(url)
    try:
        found = web.read(place)
    except ValueError:
        return web.host_of(place)
    if found.parts.scheme == "file":
        return HERE
    host = f"[{found.host}]" if ":" in found.host else found.host
    return f"{host}:{found.port}" if found.port and found.port != PORTS.get(found.parts.scheme) else host


def page_lane(library: Library, url: str) -> str:
    """Return the lane of a page's request, which may go to another host than its URL names (an API)."""
    found = None if handed.piece(url) else library.recognise(url)
    return lane(found.fetch_url if found else url)


def merged(known: Post, found: Post) -> Post:
    """Return a post with what its listing told and what its own page tells; the page's word counts more."""
    return replace(
        found,
        site=found.site or known.site,
        id=known.id or found.id,
        url=found.url or known.url,
        tags=tuple(dict.fromkeys((*known.tags, *found.tags))),
        notes=_notes((*known.notes, *found.notes)),
        sources=tuple(dict.fromkeys((*known.sources, *found.sources))),
        title=found.title or known.title,
        time=earliest(known.time, found.time),
        times=times(known, found) if known.times or found.times else (),
    )


def times(known: Post, found: Post) -> tuple[tuple[str, int], ...]:
    """Return by domain when two posts of one file say that they were posted; nothing where only one domain tells it."""
    told: dict[str, int] = {}
    for post in (known, found):
        domain = content.domain(post.url or (post.files[0].url if post.files else ""))
        own = () if post.time is None or not domain else ((domain, post.time),)
        for each, seconds in post.times or own:
            told[each] = earliest(seconds, told.get(each)) or seconds
    return tuple(told.items()) if len(told) > 1 else ()


def _notes(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    return tuple(dict.fromkeys(notes))
