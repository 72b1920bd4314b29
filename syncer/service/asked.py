"""Whether a fetched page is what was asked for: sites answer an odd search with all posts, a login, an error, or send it elsewhere.

Here, because it needs the addresses of the request, the words of the query and what earlier checks of the same query saw. The
listing job asks it before anything of the page counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import unquote_plus, urlsplit

from syncer.follow import order
from syncer.model import Post, UrlKind
from syncer.service.page_fetch import Read
from syncer.service.snapshot import Snapshot
from syncer.sites import other_pages
from syncer.store import follows
from syncer.store.database import Transaction
from syncer.store.walks import Walk

_OF_ALL = frozenset({"rating", "meta"})
"""What many posts have in common whatever was searched."""
UNLIKE = "the site shows something else than what was asked for (all posts?)"


def wrong(tx: Transaction, snapshot: Snapshot, current: Walk, read: Read, posts: Sequence[tuple[str, Post]]) -> str:
    """Say why a page is not the one that a walk asked for, "" where nothing speaks against it."""
    led = elsewhere(snapshot, current, read, found=bool(posts)) if current.pages == 0 else ""
    if led or not posts:
        return led or _nothing(snapshot, current, read)
    fresh = [post for key, post in posts if key not in read.met]
    # What the query has met before counts as carrying its words: that was looked at then.
    if len(posts) - len(fresh) > order.FEW_CARRY * len(posts):
        return ""
    return _unlike(tx, snapshot, current, fresh)


def _nothing(snapshot: Snapshot, current: Walk, read: Read) -> str:
    """Say why a page without a post is not just an empty listing."""
    if current.pages == 0 and read.page.veto:
        # Further down it is the end: some sites say so in words.
        return f"the site file refuses the page: {read.page.veto}"
    if said := other_pages.other(read.text, current.origin.query):
        return said
    if current.pages == 0 and read.page.faults and not (read.page.next or read.page.galleries):
        return f"nothing on the page could be read: {read.page.faults[0]}"
    # Downloaders of hydrus see no posts without a file; to other site files a thread has one at least.
    is_thread = read.recognised.kind is UrlKind.WATCHABLE and current.origin.by == "watcher"
    is_empty = is_thread and snapshot.library.sites[current.site].dialect == "native"
    return "the thread shows no post at all: the site changed, or shows another page" if is_empty else ""


def _unlike(tx: Transaction, snapshot: Snapshot, current: Walk, posts: Sequence[Post]) -> str:
    if (
        not posts
        or not current.follow
        or not (words := order.plain_words(current.origin.query))
        or _is_free(snapshot, current.site)
    ):
        return ""
    common, accepted = follows.learnt(tx, current.follow)
    if accepted or not order.is_unlike(words, _tags(posts), common):
        return ""
    before = (
        "none of these posts carries" if common is None else "what it found before carried, and these posts do not,"
    )
    return f'{UNLIKE}: {before} "{" ".join(words)}"; nothing of it was taken. `syncer follow resume` accepts it'


def _is_free(snapshot: Snapshot, site: str) -> bool:
    """Tell whether a search looks for words anywhere: its posts need not carry them as tags."""
    stem, _, name = site.partition("/")
    found = snapshot.library.sites.get(stem)
    return found is not None and bool(found.searches) and (name or found.searches[0]) in found.of_words


def learn(tx: Transaction, current: Walk, posts: Iterable[Post]) -> None:
    """Note at a query that what it finds carries its words, so that a page of something else is known as such."""
    words = order.plain_words(current.origin.query)
    if not current.follow or not words or follows.learnt(tx, current.follow)[0] is not None:
        return
    tags = _tags(posts)
    share = order.share_carrying(words, tags)
    if share is not None and share >= order.MOST_CARRY:
        follows.set_carries(tx, current.follow, order.common_tags(tags))


def _tags(posts: Iterable[Post]) -> list[frozenset[str]]:
    return [order.tag_words(tag.text for tag in post.tags if tag.namespace not in _OF_ALL) for post in posts]


def elsewhere(snapshot: Snapshot, current: Walk, read: Read, *, found: bool) -> str:
    """Tell a redirect to another kind of page, to one that nobody knows, or to a listing that asks for something else.

    Of a walk's first page that is a fault; behind the last one many sites do it, and it is the end.
    """
    asked = read.recognised.fetch_url
    if urlsplit(read.url)[2:4] == urlsplit(asked)[2:4]:
        return ""
    landed = snapshot.library.recognise(read.url)
    if landed is None:
        return "" if found else f"the site sent it on to {read.url}, which no site file knows"
    if landed.kind is not read.recognised.kind:
        return f"the site sent it on to {read.url}, which is a {landed.kind} page"
    lost = order.lost_words(current.origin.query, unquote_plus(asked), unquote_plus(read.url))
    if not lost or landed.kind is not UrlKind.GALLERY:
        return ""
    return f'the site sent the search on to {read.url}, which does not ask for "{" ".join(lost)}"'
