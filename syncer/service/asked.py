"""Whether a fetched listing is the one that was asked for: sites answer an odd search with all posts, or send it elsewhere.

Here, because it needs the addresses of the request, the words of the query and what earlier checks of the same query saw. The
listing job asks it before anything of the page counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote_plus

from syncer.follow import order
from syncer.model import Post, UrlKind
from syncer.service.page_fetch import Read
from syncer.service.snapshot import Snapshot
from syncer.store import follows
from syncer.store.database import Transaction
from syncer.store.walks import Walk


def wrong(tx: Transaction, snapshot: Snapshot, current: Walk, read: Read, posts: Iterable[Post]) -> str:
    """Say why a page is not the listing that a walk asked for, "" where nothing speaks against it."""
    query = current.origin.query
    if not query:
        return ""
    if lost := _elsewhere(snapshot, query, read):
        return lost
    if not current.follow or not follows.is_tagged(tx, current.follow):
        return ""
    share = _share(query, posts)
    if share is None or share > order.FEW_CARRY:
        return ""
    return (
        "the site shows something else than what was asked for (all posts?): what it found before carried"
        f' "{" ".join(order.plain_words(query))}", these posts do not; nothing of it was taken'
    )


def learn(tx: Transaction, current: Walk, posts: Iterable[Post]) -> None:
    """Note at a query whether what it finds carries its words, so that a page of something else is known as such."""
    if not current.follow or not current.origin.query or follows.is_tagged(tx, current.follow):
        return
    share = _share(current.origin.query, posts)
    if share is not None and share >= order.MOST_CARRY:
        follows.set_tagged(tx, current.follow)


def _share(query: str, posts: Iterable[Post]) -> float | None:
    words = order.plain_words(query)
    return order.share_carrying(words, (order.tag_words(tag.text for tag in post.tags) for post in posts))


def _elsewhere(snapshot: Snapshot, query: str, read: Read) -> str:
    """Tell a redirect to a listing that no longer asks for what was asked for."""
    asked = read.recognised.fetch_url
    if read.url == asked:
        return ""
    landed = snapshot.library.recognise(read.url)
    if landed is None or landed.kind is not UrlKind.GALLERY:
        return ""
    lost = order.lost_words(query, unquote_plus(asked), unquote_plus(read.url))
    if not lost:
        return ""
    return f'the site sent the search on to {read.url}, which does not ask for "{" ".join(lost)}"'
