"""What `get --preview` shows: one page of a listing, its posts, and what the filters would make of each as far as one can tell now.

Here, because it goes the way of a walk's first page without its ends: nothing is stored, queued or known by it. It keeps every pace.
Where a service runs, it is asked there, in a thread of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from syncer.errors import ItemError
from syncer.filters import files as file_filter
from syncer.filters import posts as post_filter
from syncer.filters.options import Options
from syncer.follow import bounds
from syncer.follow.bounds import Bounds
from syncer.model import MediaFile, Origin, Page, Post, Recognised, UrlKind
from syncer.service import accept_job, enqueue, file_job, handed, handover_look, identity, one_page, scope
from syncer.service.accept_job import Asked
from syncer.service.enqueue import EMPTY
from syncer.service.runtime import Runtime
from syncer.store import known
from syncer.store.database import Transaction


def preview(runtime: Runtime, details: dict[str, Any]) -> dict[str, Any]:
    """Fetch and read one page for a wish; return its posts and what would become of them. Raises ItemError."""
    asked = Asked(details["text"], details.get("url", ""), details.get("site", ""), details.get("query", ""))
    wanted = bounds.of(details)
    planned = accept_job.plan_within(runtime.snapshot, asked, wanted)
    if planned.kind == "refused":
        raise ItemError(planned.why)
    if piece := handover_look.piece_of(runtime, planned):
        recognised = handed.recognise(runtime.snapshot, str(piece))
        assert recognised is not None
        return _told(runtime, recognised, piece.url, handover_look.look(runtime, piece), wanted)
    recognised = planned.recognised or runtime.snapshot.library.recognise(planned.urls[0])
    if planned.kind == "file" or recognised is None or recognised.parser is None:
        raise ItemError(
            f"{planned.urls[0]} is a file or unknown: there is no page to look at", "Fetch it with `syncer get`"
        )
    return _told(runtime, recognised, *_read(runtime, recognised), wanted)


def _told(runtime: Runtime, recognised: Recognised, url: str, page: Page, wanted: Bounds) -> dict[str, Any]:
    """Return what a page shows, and what would become of it."""
    following = page.next or tuple(filter(None, (runtime.snapshot.library.next_page(recognised, page.last),)))
    walk = recognised.kind is UrlKind.GALLERY
    with runtime.db.read() as tx:
        posts = [
            _post(tx, runtime, replace(post, site=post.site or recognised.site), wanted, walk=walk)
            for post in page.posts
        ]
    return {
        "url": url,
        "class": f"{recognised.site}/{recognised.url_class}",
        "title": page.title,
        "veto": page.veto,
        "faults": list(page.faults),
        "next": [handed.shown(each) for each in following],
        "galleries": list(page.galleries),
        "total": page.total,
        "posts": posts,
    }


def _read(runtime: Runtime, recognised: Recognised) -> tuple[str, Page]:
    """Fetch and parse a page, redirects followed; return its URL too."""
    library = runtime.snapshot.library
    fetched = one_page.fetch(runtime, recognised.fetch_url, recognised)
    landed = library.recognise(fetched.url) if fetched.url != recognised.fetch_url else None
    if landed is not None and landed.parser is not None and landed.kind == recognised.kind:
        recognised = landed
    return fetched.url, library.parse(recognised, fetched.text, fetched.url, int(runtime.clock.now()))


def _post(tx: Transaction, runtime: Runtime, post: Post, wanted: Bounds, *, walk: bool) -> dict[str, Any]:
    where = scope.of(tx, runtime.snapshot, Origin("url"), walk=walk, site=post.site, url=post.url)
    options = runtime.snapshot.options(where)
    out = wanted.outside(post.id, post.time)
    would, why = ("skip", out) if out else _fate(tx, runtime, options, post)
    return {
        "post": post.id,
        "url": post.url or next(iter(post.follow), ""),
        "title": post.title,
        "time": post.time,
        "pinned": post.pinned,
        "tags": [str(tag) for tag in post.tags],
        "would": would,
        "why": why,
        "files": [_file(tx, options, media) for media in post.files],
    }


def _fate(tx: Transaction, runtime: Runtime, options: Options, post: Post) -> tuple[str, str]:
    """Return what would become of a post as far as its listing tells: `take`, `look`, `skip` or `known`, and why."""
    before = known.find(tx, (identity.post_key(runtime.snapshot.library, post),))
    if before is not None and before.outcome not in ("failed", "gone"):
        return "known", enqueue.known_as(before)
    if post.veto:
        return "skip", f"the site file refuses this post: {post.veto}"
    verdict = post_filter.judge(options, post, runtime.clock.now())
    if not verdict.taken:
        return "skip", verdict.why
    if post.files:
        return "take", ""
    if post.follow:
        return "look", "its own page is read first, and may tell more tags"
    return ("take", "as text") if enqueue.is_wanted_text(options, post) else ("skip", EMPTY.why)


def _file(tx: Transaction, options: Options, media: MediaFile) -> dict[str, Any]:
    """Return what is known of a file before it is fetched, and what the filters say to that."""
    keys = (identity.url_key(media.url), *(f"{kind}:{value}" for kind, value in media.hashes))
    before = known.find(tx, keys)
    if before is not None and before.outcome not in ("failed", "gone"):
        return {"url": handed.on_the_net(media.url), "would": "known", "why": enqueue.known_as(before)}
    verdict = file_filter.judge(options, file_job.named(media.url))
    return {"url": handed.on_the_net(media.url), "would": "take" if verdict.taken else "skip", "why": verdict.why}
