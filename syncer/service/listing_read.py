"""A fetched page of a listing as its walk sees it: the posts with their keys, what is known of each, where it goes on.

Here, because this needs site files, store and the walk's own wish together. The listing job uses it inside its transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncer.follow import bounds, order
from syncer.follow.bounds import Bounds
from syncer.follow.walk_state import Find, Link, ReadPage, WalkState
from syncer.frozen import frozen
from syncer.model import Post
from syncer.service import advice, asked, gap_job, handed, identity, walking
from syncer.service.page_fetch import Read
from syncer.service.snapshot import Snapshot
from syncer.store import follow_log, known
from syncer.store.database import Transaction
from syncer.store.walks import Walk


@frozen
class Found:
    """A page's posts in order, each with its key."""

    posts: tuple[tuple[str, Post], ...] = ()


def found(snapshot: Snapshot, read: Read) -> Found:
    """Return the posts of a page; a post that the page names twice is taken once.

    One that cannot be told from others (no id, no page, no file) is none: a site that changed must not look like a full page.
    """
    if read.page.veto:
        return Found()
    keyed: dict[str, Post] = {}
    for post in read.page.posts:
        if not (post.id or post.url or post.follow or post.files):
            continue
        named = post if post.site else replace(post, site=read.recognised.site)
        keyed.setdefault(identity.post_key(snapshot.library, named), named)
    return Found(tuple(keyed.items()))


def as_page(
    tx: Transaction, snapshot: Snapshot, current: Walk, state: WalkState, read: Read, found: Found, *, late: bool
) -> ReadPage:
    """Return a page for its walk, which stands at `state`; `late`: it was read long after the page before it."""
    unpinned = [(key, post) for key, post in found.posts if not post.pinned]
    wanted = bounds_of(snapshot, current)
    following, deepest = _following(snapshot, current, read, unpinned)
    return ReadPage(
        finds=tuple(
            Find(key, known=True, pinned=post.pinned)
            if key in read.met
            else _find(tx, current, wanted, key, post, is_below=state.is_below_ground)
            for key, post in found.posts
        ),
        next=following,
        galleries=tuple(walking.link(snapshot, url) for url in read.page.galleries),
        wrong=asked.wrong(tx, snapshot, current, read, found.posts),
        missing=asked.elsewhere(snapshot, current, read, found=bool(found.posts)) if current.pages else "",
        past=_past(snapshot, current, wanted, unpinned) if wanted else "",
        deepest=deepest,
        late=late,
    )


def bounds_of(snapshot: Snapshot, current: Walk) -> Bounds:
    """Return the bounds that a download was given."""
    return bounds.NONE if current.options == "{}" else bounds.of(snapshot.one_off(current.options))


def _past(snapshot: Snapshot, current: Walk, wanted: Bounds, posts: Sequence[tuple[str, Post]]) -> str:
    if _another_order(snapshot, current):
        return ""
    return wanted.past([(post.id, post.time) for _, post in posts])


def _another_order(snapshot: Snapshot, current: Walk) -> str:
    """Say why the listing of a walk's query does not show the newest first; "" where nothing says so."""
    return advice.not_newest_first(snapshot, current.site, current.origin.query)


def _following(
    snapshot: Snapshot, current: Walk, read: Read, posts: Sequence[tuple[str, Post]]
) -> tuple[tuple[Link, ...], str]:
    """Return the next pages, and why there are none although there may be more posts ("" = there are none)."""
    library = snapshot.library
    if read.page.next:
        return tuple(walking.link(snapshot, url) for url in read.page.next), ""
    if handed.piece(read.recognised.url):
        return (), ""
    if counted := library.next_page(read.recognised, read.page.last):
        return (walking.link(snapshot, counted, named=False),), ""
    if not library.is_last(read.recognised):
        return (), ""
    if below := _below(snapshot, current, [key for key, _ in posts]):
        return (walking.link(snapshot, below),), ""
    return (), f"the site shows no page beyond {read.recognised.url}: ask for less at a time, with more words"


def _below(snapshot: Snapshot, current: Walk, keys: Sequence[str]) -> str:
    """Return where the same search goes on below the last of a page's posts; "" where the site cannot be asked so."""
    query, numbers = current.origin.query, order.numbers(keys)
    if not query or query.lower().startswith(("http://", "https://")) or not numbers:
        return ""
    word = snapshot.library.below(current.site, min(numbers))
    if not word or not order.mostly_fall(numbers) or _another_order(snapshot, current):
        return ""
    urls = snapshot.library.search(current.site, f"{query} {word}")
    return urls[0] if len(urls) == 1 else ""


def _find(tx: Transaction, current: Walk, wanted: Bounds, key: str, post: Post, *, is_below: bool) -> Find:
    if current.kind == "gap":
        assert current.follow is not None
        return gap_job.find(tx, current.follow, key, pinned=post.pinned)
    if wanted and wanted.outside(post.id, post.time):
        return Find(key, pinned=post.pinned, outside=True)
    return Find(key, _is_known(tx, current, key, is_below=is_below), post.pinned)


def _is_known(tx: Transaction, current: Walk, key: str, *, is_below: bool) -> bool:
    """Tell what counts as known: for a follow what its own checks met, for a gallery download what is settled.

    Below old ground what is settled counts for a follow, too: its log forgets old posts.
    """
    if current.follow:
        met = follow_log.has_found(tx, current.follow, key)
        if met or not is_below:
            return met
    if current.again:
        return False
    # What failed or vanished is tried again when a person asks for it, as everywhere.
    before = known.find(tx, (key,))
    return before is not None and before.outcome not in ("failed", "gone")
