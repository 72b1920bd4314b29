"""Walks in the store: begun with their first page queued, moved on page by page, ended with what they found.

Here, because a walk's cursor, finds and next page change in one transaction. Accepting, checks and listing pages call it.
"""

from __future__ import annotations

from syncer.follow import walk_state
from syncer.follow.walk_state import Link, Rules, WalkState
from syncer.service import handed, identity
from syncer.service.enqueue import Wish
from syncer.service.snapshot import Snapshot
from syncer.store import jobs, walks
from syncer.store.database import Transaction
from syncer.store.jobs import NewJob
from syncer.store.walks import NewWalk


def link(snapshot: Snapshot, url: str, *, named: bool = True) -> Link:
    """Return a page of a listing with its key and URL class."""
    found = handed.recognise(snapshot, url)
    if found is None:
        return Link(url, identity.url_key(url), named)
    return Link(url, f"url:{found.key}", named, f"{found.site}/{found.url_class}")


def begin(
    tx: Transaction,
    snapshot: Snapshot,
    wish: Wish,
    kind: str,
    site: str,
    rules: Rules,
    urls: tuple[str, ...],
    *,
    entry: int | None = None,
    follow: str | None = None,
    known_before: int = 0,
    search: str = "",
) -> int:
    """Store a walk that begins at `urls` and queue its first page; return its id."""
    state = walk_state.begin(rules, [link(snapshot, url) for url in urls], known_before)
    walk_id = walks.begin(
        tx,
        NewWalk(
            kind=kind,
            site=site,
            origin=wish.origin,
            cursor=walk_state.dump(state),
            follow=follow,
            entry=entry,
            into_path=wish.into_path,
            options=wish.options,
            again=wish.again,
            search=search,
        ),
    )
    queue_next(tx, snapshot, wish, walk_id, state)
    return walk_id


def queue_next(tx: Transaction, snapshot: Snapshot, wish: Wish, walk_id: int, state: WalkState) -> None:
    """Queue the page that the walk waits for."""
    page = state.pending[0]
    jobs.add(
        tx,
        NewJob(
            kind="listing",
            url=page.url,
            key=f"walk:{walk_id}:{page.key}",
            lane=identity.page_lane(snapshot.library, page.url),
            source=wish.source,
            site=_site(snapshot, page.url),
            origin=wish.origin,
            priority=wish.priority,
            walk=walk_id,
            options=wish.options,
            into_path=wish.into_path,
            again=wish.again,
        ),
    )


def _site(snapshot: Snapshot, url: str) -> str:
    found = handed.recognise(snapshot, url)
    return found.site if found is not None else ""
