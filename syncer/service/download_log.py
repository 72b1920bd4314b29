"""What a gallery download met, kept as the log that a query for the same search begins with: its first check costs one page.

Here, because only what one walk met from the top of a listing down, without a fault, may pass for known ground. The listing job
calls it; checks ask whether there is such a log.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncer.follow.state import identity
from syncer.follow.stops import Reason, Stop
from syncer.follow.walk import Step
from syncer.model import Post
from syncer.service import handed
from syncer.service.snapshot import Snapshot
from syncer.store import follow_log, follows, walks
from syncer.store.database import Transaction
from syncer.store.follows import Follow
from syncer.store.walks import Walk

Finds = Sequence[tuple[str, Post]]


def identity_of(snapshot: Snapshot, site: str, urls: Sequence[str]) -> str:
    """Return the identity that a query with these first URLs has."""
    found = [handed.recognise(snapshot, url) for url in urls]
    return identity("query", site, [one.key if one else url for one, url in zip(found, urls, strict=True)])


def met(step: Step, posts: Finds) -> list[tuple[str, Post]]:
    """Return the posts of a page that a download has met, new and known ones: those behind its limit it has not."""
    stop = step.stop
    if stop is not None and stop.fault:
        return []
    if stop is not None and stop.reason is Reason.LIMIT:
        posts = posts[: max(step.take, default=-1) + 1]
    return [(key, Post(time=post.time)) for key, post in posts]


def keep(tx: Transaction, current: Walk, stop: Stop, finds: Finds) -> None:
    """Keep what a finished download met, unless a query for it has a log of its own."""
    if not current.search or stop.fault:
        return
    follow = follows.of_identity(tx, current.search)
    if follow is None or not follow.synced:
        times = {key: post.time for key, post in finds}
        follow_log.log_finds(tx, follow.id if follow else current.search, list(times.items()))


def stands_for_first_sync(tx: Transaction, follow: Follow) -> bool:
    """Tell whether a download has gone through a query's listing before its first check."""
    return not follow.synced and walks.was_searched(tx, follow.identity or follow.id)
